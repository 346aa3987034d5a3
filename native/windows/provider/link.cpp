/* A session comes in, a desk that follows the host goes out: what link.h declares. */
#include "link.h"

#include <new>

#include "pipe.h"

namespace tapward {

namespace {

/* Milliseconds. */
constexpr DWORD shortest_pause = 5, longest_pause = 1000; /* between two connections */
constexpr DWORD write_limit = 2000, farewell = 500, greeting_limit = 5000;
/* A credential nobody fetches, and a typed password without a result, are wiped after the life of a grant. */
constexpr ULONGLONG secret_life = 30000;
/* After this a PIN that nobody answers may be typed again. */
constexpr ULONGLONG answer_limit = 10000;

} // namespace

Link::Link(DWORD of, bool for_unlock) : session(of), unlocks(for_unlock), stopping(CreateEventW(nullptr, TRUE, FALSE, nullptr)), says(CreateEventW(nullptr, FALSE, FALSE, nullptr)) {}

Link::~Link()
{
    for (const HANDLE one : { thread, stopping, says })
        if (one != nullptr)
            CloseHandle(one);
}

Link *Link::open(DWORD session, bool unlocks)
{
    Link *const link = new (std::nothrow) Link(session, unlocks);
    if (link == nullptr)
        return nullptr;
    if (link->stopping != nullptr && link->says != nullptr)
        link->thread = CreateThread(nullptr, 0, run, link, 0, nullptr);
    if (link->thread != nullptr)
        return link;
    delete link;
    return nullptr;
}

void Link::add_ref()
{
    InterlockedIncrement(&references);
}

void Link::release()
{
    if (InterlockedDecrement(&references) > 0)
        return;
    SetEvent(stopping);
    /* Each of its waits ends with `stopping`, or by itself within `farewell`. */
    WaitForSingleObject(thread, INFINITE);
    delete this;
}

Sight Link::sight()
{
    const Guard guard(*this);
    return desk.sight(GetTickCount64());
}

void Link::watch(HWND to, UINT with)
{
    const Guard guard(*this);
    window = to;
    message = with;
    told = false;
}

void Link::seen()
{
    const Guard guard(*this);
    told = false;
}

/* With the lock held. */
void Link::tell()
{
    WakeAllConditionVariable(&changed);
    if (window != nullptr && !told)
        told = PostMessageW(window, message, 0, 0) != 0;
}

DWORD WINAPI Link::run(void *self)
{
    static_cast<Link *>(self)->stay_connected();
    return 0;
}

void Link::stay_connected()
{
    while (WaitForSingleObject(stopping, pause) == WAIT_TIMEOUT) {
        Pipe pipe;
        if (pipe.dial())
            converse(pipe);
        const Guard guard(*this);
        desk.lost();
        tell();
        pause = pause == 0 ? shortest_pause : pause * 2 < longest_pause ? pause * 2 : longest_pause;
    }
    const Guard guard(*this);
    desk.lost();
}

void Link::converse(Pipe &pipe)
{
    lines.clear();
    with([this](Desk &at) { return at.connected(session, unlocks), true; });
    const ULONGLONG began = GetTickCount64();
    if (!pipe.begin_read(lines.room(), lines.space()))
        return;
    const HANDLE events[] = { pipe.arrived(), says, stopping };
    for (;;) {
        /* What has come is read before what is to be said: a grant that was taken back is not asked for. */
        const DWORD what = WaitForMultipleObjects(3, events, FALSE, 1000);
        const ULONGLONG now = GetTickCount64();
        switch (what) {
        case WAIT_OBJECT_0:
            if (!take_in(pipe.end_read()) || !pipe.begin_read(lines.room(), lines.space()))
                return;
            break;
        case WAIT_OBJECT_0 + 1:
            if (!send(pipe, write_limit))
                return;
            break;
        case WAIT_TIMEOUT:
            break;
        default:
            send(pipe, farewell);
            return;
        }
        if (with([](Desk &at) { return at.is_greeted(); }))
            pause = 0;
        else if (now - began > greeting_limit)
            return;
        tick(now);
    }
}

/* So many bytes came into the buffer; false where they end the connection. */
bool Link::take_in(DWORD count)
{
    std::string_view line;

    lines.add(count);
    for (;;) {
        switch (lines.next(line)) {
        case LineBuffer::Next::tooLong:
            return false;
        case LineBuffer::Next::none:
            return count > 0;
        case LineBuffer::Next::line:
            break;
        }
        const Guard guard(*this);
        const bool good = desk.hear(line, GetTickCount64());
        /* Before anybody else looks: nothing of a host that breaks the grammar counts. */
        if (!good)
            desk.lost();
        tell();
        if (!good)
            return false;
    }
}

/* What is to be said now, out of a place of its own: nobody at the tile waits for the pipe. */
bool Link::send(Pipe &pipe, DWORD milliseconds)
{
    Secret<char, 8192> text;
    with([&text](Desk &at) { return text.assign(at.outgoing().data(), at.outgoing().size()), at.sent(), true; });
    return pipe.write({ text.data(), text.size() }, milliseconds);
}

/* True once, when something has been so for longer than its limit; `since` is 0 while it is not. */
bool Link::lasted(bool is, ULONGLONG limit, ULONGLONG &since, ULONGLONG now)
{
    if (!is || since == 0)
        since = is ? now : 0;
    if (!is || now - since <= limit)
        return false;
    since = 0;
    return true;
}

void Link::tick(ULONGLONG now)
{
    const Guard guard(*this);
    const bool old = lasted(desk.keeps_secret(), secret_life, held_since, now), unanswered = lasted(desk.is_checking(), answer_limit, checking_since, now);
    if (old)
        desk.forget_old();
    if (unanswered)
        desk.stop_checking();
    if (!desk.outgoing().empty())
        SetEvent(says);
    /* The seconds that a person still has to wait. */
    if (old || unanswered || desk.sight(now).shown == Shown::wait)
        tell();
}

} // namespace tapward
