/*
 * The X server's raw input comes in; one byte goes out to standard output when somebody used a keyboard ('k') or a pointer
 * or touch screen ('p') of the session, at most one of each in half a second. Which key it was is never looked at.
 *
 * Raw events come whoever has grabbed the device (XI 2.1), so that a menu or a game that holds the keyboard hides nobody.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <X11/Xlib.h>
#include <X11/extensions/XInput2.h>

enum { QUIET_MS = 500 };
enum { ENDED = 0, NO_SERVER = 69 }; /* exit codes; Xlib itself ends with 1 when the server does */

/* When a byte was last told, in milliseconds; 0: never. */
struct told {
    int64_t key, pointer;
};

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* A byte and when it was last told in; it goes out unless that was a moment ago. Ends the program when nobody listens. */
static void tell(char byte, int64_t *last)
{
    int64_t time = now();

    if (*last != 0 && time - *last < QUIET_MS)
        return;
    *last = time;
    if (write(STDOUT_FILENO, &byte, 1) != 1 && errno != EINTR)
        exit(ENDED);
}

/* A display in; its raw events selected for all devices, or false. */
static bool select_raw(Display *display)
{
    unsigned char bits[XIMaskLen(XI_LASTEVENT)] = { 0 };
    XIEventMask mask = { XIAllMasterDevices, sizeof bits, bits };
    int opcode, event, error, major = 2, minor = 2;

    if (!XQueryExtension(display, "XInputExtension", &opcode, &event, &error) || XIQueryVersion(display, &major, &minor) != Success)
        return false;
    XISetMask(bits, XI_RawKeyPress);
    XISetMask(bits, XI_RawButtonPress);
    XISetMask(bits, XI_RawMotion);
    XISetMask(bits, XI_RawTouchBegin);
    return XISelectEvents(display, DefaultRootWindow(display), &mask, 1) == Success && XFlush(display) >= 0;
}

/* Takes every event that has come; its kind alone is read. */
static void hear(Display *display, struct told *told)
{
    while (XPending(display) > 0) {
        XEvent event;

        XNextEvent(display, &event);
        if (event.type == GenericEvent)
            tell(event.xcookie.evtype == XI_RawKeyPress ? 'k' : 'p', event.xcookie.evtype == XI_RawKeyPress ? &told->key : &told->pointer);
    }
}

int main(void)
{
    struct told told = { 0, 0 };
    Display *display;
    pid_t helper = getppid();

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != helper)
        return ENDED;
    signal(SIGPIPE, SIG_IGN);
    display = XOpenDisplay(NULL);
    if (!display || !select_raw(display))
        return NO_SERVER;
    for (;;) {
        struct pollfd sources[2] = { { ConnectionNumber(display), POLLIN, 0 }, { STDOUT_FILENO, 0, 0 } };

        hear(display, &told);
        if (poll(sources, 2, -1) < 0 && errno != EINTR)
            return ENDED;
        if (sources[1].revents & (POLLERR | POLLHUP))
            return ENDED;
    }
}
