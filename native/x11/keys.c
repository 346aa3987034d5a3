/*
 * tapward-keys for X11: orders of the face come in on stdin, the keyboard and pointer are held, and what the face may have
 * of them goes out on stdout, one byte each. In C and in a process of its own: a grab must live where nothing stalls, and
 * a digit on its way lies in no collected heap. It logs nothing, and its end, however it comes, ends every grab.
 *
 * In:  'H' n and n window ids of 4 bytes, little-endian: hold, these are the face's windows.  'R': let go.
 *      Anything else is not our face: the program ends. The end of stdin is its end as well.
 * Out: 'h' held, 'n' not held though it should be, 'f' free: on every order and change, and once a second while it is to hold;
 *      other bytes are keys (choice.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "grab.h"

enum { ANEW = 1000, SOON = 30 }; /* milliseconds: between beats, each with a new grab, and between tries while another client grabs */
enum { ENDED = 0, NOT_OUR_FACE = 64, NO_X_SERVER = 69, ON_WAYLAND = 70 }; /* exit codes, known to electron/keys.ts */

static struct grab grab;
static bool wanted;

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* A face that does not read while some hundred bytes wait for it is hung: what it misses is lost, and we are not held up. */
static void tell(unsigned char byte)
{
    volatile unsigned char out = byte;

    if (write(STDOUT_FILENO, (const void *)&out, 1) < 0 && errno != EAGAIN && errno != EINTR)
        exit(ENDED);
    out = 0;
}

static void tell_state(void)
{
    tell(grab.held ? 'h' : wanted ? 'n' : 'f');
}

/* Takes one byte of an order; false for what no face says. */
static bool hear(unsigned char byte)
{
    static enum { ORDER, COUNT, WINDOWS } due = ORDER;
    static unsigned char windows[4 * MOST_FACES];
    static int count, filled;

    switch (due) {
    case ORDER:
        if (byte == 'H') {
            due = COUNT;
        } else if (byte == 'R') {
            wanted = false;
            grab_release(&grab);
            /* What came before the end is answered before another hold may begin. */
            grab_events(&grab, tell);
            XUngrabPointer(grab.display, CurrentTime);
            tell_state();
        } else {
            return false;
        }
        return true;
    case COUNT:
        count = byte;
        filled = 0;
        due = WINDOWS;
        break;
    case WINDOWS:
        windows[filled++] = byte;
        break;
    }
    if (count > MOST_FACES)
        return false;
    if (filled < 4 * count)
        return true;
    for (int i = 0; i < count; i++)
        grab.faces[i] = windows[4 * i] | (Window)windows[4 * i + 1] << 8 | (Window)windows[4 * i + 2] << 16 | (Window)windows[4 * i + 3] << 24;
    grab.face_count = count;
    wanted = true;
    due = ORDER;
    grab_hold(&grab);
    tell_state();
    return true;
}

static void hear_orders(void)
{
    unsigned char bytes[64];
    ssize_t length = read(STDIN_FILENO, bytes, sizeof bytes);

    if (length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN))
        exit(ENDED);
    for (ssize_t i = 0; i < length; i++)
        if (!hear(bytes[i]))
            exit(NOT_OUR_FACE);
}

/* No core file and no reading of our memory by other programs of the same user; ends when the face's process does. */
static void keep_to_ourselves(void)
{
    pid_t face = getppid();

    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != face)
        exit(ENDED);
    signal(SIGPIPE, SIG_IGN);
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
}

/* Milliseconds until there is something to do by ourselves; -1: nothing, while nobody wants us to hold. */
static int hold_on_time(void)
{
    static int64_t attempt, beat;
    int64_t time = now();

    if (!wanted)
        return -1;
    if (time >= attempt || time >= beat) {
        bool was = grab.held;
        bool changed = grab_hold(&grab) != was;

        attempt = time + (grab.held ? ANEW : SOON);
        if (changed || time >= beat) {
            tell_state();
            beat = time + ANEW;
        }
    }
    return (int)((attempt < beat ? attempt : beat) - time);
}

int main(void)
{
    keep_to_ourselves();
    switch (grab_open(&grab)) {
    case NO_SERVER:
        return NO_X_SERVER;
    case WAYLAND:
        return ON_WAYLAND;
    case OPENED:
        break;
    }
    for (;;) {
        struct pollfd sources[2] = { { STDIN_FILENO, POLLIN, 0 }, { ConnectionNumber(grab.display), POLLIN, 0 } };
        int wait = hold_on_time();

        grab_events(&grab, tell);
        XFlush(grab.display);
        if (poll(sources, 2, wait) < 0 && errno != EINTR)
            return ENDED;
        if (sources[0].revents)
            hear_orders();
    }
}
