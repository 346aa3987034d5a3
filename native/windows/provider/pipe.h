/* Nothing comes in; a connection to the host's pipe goes out, once it is certain who serves it, and bytes pass in both directions in bounded time. */
#ifndef TAPWARD_PIPE_H
#define TAPWARD_PIPE_H

#include <windows.h>

#include <cstddef>
#include <string_view>

namespace tapward {

class Pipe {
public:
    Pipe();
    Pipe(const Pipe &) = delete;
    Pipe &operator=(const Pipe &) = delete;
    ~Pipe();

    /* False where nobody serves the pipe, or somebody who is not our host. Nothing was sent then. */
    bool dial();
    /* Sends all of it; false when that took longer than `milliseconds` or the other end is gone. */
    bool write(std::string_view bytes, DWORD milliseconds);

    /* Begins to read into `room`; false when the other end is gone. `arrived` is signalled when something is there. */
    bool begin_read(char *room, std::size_t space);
    HANDLE arrived() const { return reading.hEvent; }
    /* After `arrived`: how many bytes; 0: the other end is gone. */
    DWORD end_read();

private:
    HANDLE pipe = INVALID_HANDLE_VALUE;
    OVERLAPPED reading = {}, writing = {};
    bool is_reading = false;
};

} // namespace tapward

#endif
