/* What a host is to say comes in; lines the provider said to it go out: a stand-in at the other end of the pipe, good or bad as each test wants it. */
#ifndef TAPWARD_TEST_HOST_H
#define TAPWARD_TEST_HOST_H

#include <windows.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

class Host {
public:
    /* Called on its thread with each line; what it answers is sent as it is. */
    using Answer = std::function<std::string(const std::string &line)>;
    /* `owner` is who made the pipe, in SDDL: SYSTEM where it is our host's. */
    explicit Host(const std::wstring &name, Answer answer = {}, const wchar_t *owner = L"O:SY");
    ~Host();
    Host(const Host &) = delete;
    Host &operator=(const Host &) = delete;

    /* The next line the provider says, without its LF; empty: none within so long. */
    std::string hears(DWORD milliseconds = 2000);
    /* Bytes as they are. */
    void send(const std::string &bytes);
    /* One line of fields. */
    void say(const std::string &line) { send(line + "\n"); }
    void hang_up();
    /* Until somebody is connected. */
    bool greeted(DWORD milliseconds = 3000);
    unsigned connections() const { return count; }

private:
    void serve();
    bool converse();
    bool transfer(bool reads, void *bytes, DWORD size, DWORD &done);

    std::wstring name;
    Answer answer;
    HANDLE pipe = INVALID_HANDLE_VALUE, stopping, hanging;
    OVERLAPPED in = {}, out = {};
    std::mutex mutex, sending;
    std::condition_variable changed;
    std::deque<std::string> lines;
    bool connected = false;
    unsigned count = 0;
    std::thread thread;
};

/* A password as the protocol carries it. */
std::string base64_of(const std::u16string &password);

#endif
