/*
 * A connection of the agent comes in; a reader program with SYSTEM's account and none of its privileges goes out at the other end,
 * and every byte between them (APDUs) is handed on unread. One connection is one program: to end the one ends the other.
 */
#ifndef TAPWARD_READER_DOOR_H
#define TAPWARD_READER_DOOR_H

#include <atomic>

#include "child.h"

namespace tapward {

class Host;

class ReaderDoor {
public:
    /* Begins at once where a reader program is configured. */
    explicit ReaderDoor(Host &host);
    /* Whose connections count from now on; 0: nobody's. */
    void agent_is(DWORD process) { agent = process; }
    /* The program is dead when this returns, unless it hangs in a driver: then it is when this process is. */
    void end();

private:
    static DWORD WINAPI begin(void *door);
    void run();
    /* Until one of the two ends is gone. */
    void serve();

    Host &host;
    std::wstring command;
    Handle pipe, stop, thread;
    Child program;
    std::atomic<DWORD> agent{ 0 };
};

} // namespace tapward

#endif
