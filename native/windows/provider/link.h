/*
 * A Windows session comes in; one thread that keeps a connection to the host and its desk goes out. Whoever looks at the
 * desk or acts at it does so through `with`, under one lock. It lives as long as anybody refers to it.
 */
#ifndef TAPWARD_LINK_H
#define TAPWARD_LINK_H

#include <windows.h>

#include "desk.h"

namespace tapward {

class Pipe;

class Link {
public:
    /* nullptr: Windows gave no thread or no event. The caller holds one reference. */
    static Link *open(DWORD session, bool unlocks);
    void add_ref();
    /* The last one ends the thread: what is still to be said has half a second. */
    void release();

    /* What `act` answers about the desk; what it said is sent at once. */
    template <typename Act> auto with(Act act)
    {
        const Guard guard(*this);
        auto answer = act(desk);
        if (!desk.outgoing().empty())
            SetEvent(says);
        return answer;
    }
    Sight sight();
    /* Waits until `done` of the desk is true, which may act as well, and says whether it is; false after so long. */
    template <typename Done> bool wait(DWORD milliseconds, Done done)
    {
        const ULONGLONG late = GetTickCount64() + milliseconds;
        const Guard guard(*this);
        for (;;) {
            const bool is_done = done(desk);
            if (!desk.outgoing().empty())
                SetEvent(says);
            if (is_done)
                return true;
            const ULONGLONG now = GetTickCount64();
            if (now >= late)
                return false;
            SleepConditionVariableSRW(&changed, &lock, static_cast<DWORD>(late - now), 0);
        }
    }

    /* From now on this window, of the caller's own thread, is sent `message` after a change; null: none. */
    void watch(HWND window, UINT message);
    /* That message was taken: the next change sends another one. */
    void seen();

private:
    class Guard {
    public:
        explicit Guard(Link &link) : lock(link.lock) { AcquireSRWLockExclusive(&lock); }
        ~Guard() { ReleaseSRWLockExclusive(&lock); }
        Guard(const Guard &) = delete;
        Guard &operator=(const Guard &) = delete;

    private:
        SRWLOCK &lock;
    };

    Link(DWORD session, bool unlocks);
    ~Link();
    static DWORD WINAPI run(void *self);
    void stay_connected();
    void converse(Pipe &pipe);
    bool take_in(DWORD count);
    bool send(Pipe &pipe, DWORD milliseconds);
    void tick(ULONGLONG now);
    bool lasted(bool is, ULONGLONG limit, ULONGLONG &since, ULONGLONG now);
    void tell();

    LONG references = 1;
    const DWORD session;
    const bool unlocks;
    HANDLE thread = nullptr, stopping, says;
    SRWLOCK lock = SRWLOCK_INIT;
    CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
    Desk desk;
    HWND window = nullptr;
    UINT message = 0;
    bool told = false;
    /* The worker's alone. */
    LineBuffer lines;
    DWORD pause = 0;
    ULONGLONG held_since = 0, checking_since = 0;
};

} // namespace tapward

#endif
