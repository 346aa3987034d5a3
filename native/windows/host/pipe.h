/*
 * A name and who may come come in; lines of the grammar that whoever came says go out, one pipe instance after the other.
 */
#ifndef TAPWARD_PIPE_H
#define TAPWARD_PIPE_H

#include <initializer_list>

#include "../protocol.h"
#include "peer.h"

namespace tapward {

class Pipe;

/* What becomes of what a pipe hears. A false ends the connection. */
class Listener {
public:
    virtual ~Listener() = default;
    /* The first line, HELLO, of somebody the kernel has named. */
    virtual bool hello(Pipe &pipe, const Line &line) = 0;
    virtual bool said(Pipe &pipe, const Line &line) = 0;
    /* Only after `hello` was true. */
    virtual void gone(Pipe &pipe) = 0;
};

/* One instance of a named pipe: it waits, serves one peer, waits again. The name is never free while one stands. */
class Pipe {
public:
    struct Rules {
        std::wstring name, sddl;
        const Shape *shapes;
        std::size_t count;
        /* Lines a second that a peer may say. */
        unsigned rate;
    };
    /* `first`: nobody else may have this name already. */
    Pipe(HANDLE port, const Rules &rules, bool first, DWORD instances, Listener &listener);
    ~Pipe();
    Pipe(const Pipe &) = delete;
    Pipe &operator=(const Pipe &) = delete;

    /* The name could be had. */
    bool stands() const { return static_cast<bool>(handle); }
    bool greeted() const { return state == State::greeted; }
    const Peer &peer() const { return who; }
    const std::string &ticket() const { return own; }
    /* How much more can be said before its peer has read. */
    std::size_t room() const { return sizeof out - said; }

    /* A line of fields; a peer that reads so little that there is no room for it is dropped. */
    void say(std::initializer_list<std::string_view> fields);
    void drop();
    /* For good: once `still`, it may be destroyed. */
    void close();
    /* Peers that say no HELLO or read nothing for 5 s are dropped; to be called four times a second at least. */
    void look(ULONGLONG now);

    /* For the loop: an operation of a pipe has ended. */
    static void ended(OVERLAPPED *operation, DWORD error, DWORD bytes);
    /* No operation is under way. */
    bool still() const { return !in.pending && !written.pending; }

private:
    enum class State { waiting, came, greeted, dropped };
    struct Operation : OVERLAPPED {
        Pipe *pipe = nullptr;
        bool pending = false;
    };
    void wait();
    void read();
    void write();
    void heard(DWORD bytes);
    void was_read(DWORD error, DWORD bytes);
    void was_written(DWORD error, DWORD bytes);
    void rest();
    bool judge(std::string_view text);

    HANDLE port;
    Handle handle;
    Rules rules;
    Listener &listener;
    State state = State::waiting;
    bool told = false, closing = false;
    Peer who;
    std::string own;
    Operation in, written;
    LineBuffer lines;
    char out[2 * longest_line];
    std::size_t said = 0;
    ULONGLONG since = 0, stuck = 0, second = 0;
    unsigned spoken = 0;
};

} // namespace tapward

#endif
