/* Run in a session to lock it: xsecurelock (X11) or swaylock (Wayland) is started and watched, and what it shows goes out to the agent, whose word of a tap opens it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <X11/keysym.h>

#include "link.h"
#include "press_x11.h"
#include "redeem.h"

static const char xsecurelock[] = "/usr/bin/xsecurelock";
static const char swaylock[] = "/usr/bin/swaylock";
static const char covers_option[] = "--covers";

/* Where the locker, or a child of it, finds the pipe by which it says that it covers everything. */
enum { covers_fd = 3, answer_ms = 1000, knock_again_ms = 1000 };

/* Our own path, or that of our neighbour of this name; returns 0, or -1. */
static int own_path(char *path, size_t size, const char *neighbour)
{
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0 || (size_t)length >= size - 1) return -1;
    path[length] = '\0';
    if (neighbour == NULL) return 0;
    char *name = strrchr(path, '/') + 1;
    const size_t room = size - (size_t)(name - path);
    return snprintf(name, room, "%s", neighbour) < (int)room ? 0 : -1;
}

/* What is locked. `service`: the locker's name in PAM. */
struct screen {
    int is_wayland;
    const char *service;
    const char *display;
};

/* A Wayland session has an X display as well, for old programs. */
static struct screen screen_here(void)
{
    const char *wayland = getenv("WAYLAND_DISPLAY");
    const char *x11 = getenv("DISPLAY");
    if (wayland != NULL && *wayland != '\0') return (struct screen){1, "swaylock", wayland};
    return (struct screen){0, "xsecurelock", x11 == NULL ? "" : x11};
}

/* In the child: becomes xsecurelock, which runs this program again once it covers everything. Returns where it cannot. */
static void become_xsecurelock(void)
{
    char self[512];
    char helper[512];
    if (own_path(self, sizeof self, NULL) == 0 && own_path(helper, sizeof helper, "authproto_tapward") == 0 && setenv("XSECURELOCK_AUTHPROTO", helper, 1) == 0 &&
        /* The key that wakes the dialog must not be typed into it. */
        unsetenv("XSECURELOCK_DISCARD_FIRST_KEYPRESS") == 0) {
        (void)execl(xsecurelock, xsecurelock, "--", self, covers_option, (char *)NULL);
    }
    perror(xsecurelock);
}

/* In the child: becomes swaylock, which writes to the pipe once the compositor says that everything is covered. Returns where it cannot. */
static void become_swaylock(void)
{
    /* No settings of the account's own: one of them, daemonize, would leave its process while it covers. */
    (void)execl(swaylock, swaylock, "--config", "/dev/null", "--color", "000000", "--ready-fd", "3", (char *)NULL);
    perror(swaylock);
}

/* Starts the locker; its process goes out, and in `covers` the pipe's end to read. Returns -1 if it could not be started. */
static pid_t begin(const struct screen *screen, int *covers)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    const pid_t child = fork();
    if (child == 0) {
        /* dup2 leaves close-on-exec set where both are the same. */
        if (ends[1] == covers_fd ? fcntl(covers_fd, F_SETFD, 0) == 0 : dup2(ends[1], covers_fd) == covers_fd) {
            if (screen->is_wayland) become_swaylock();
            else become_xsecurelock();
        }
        _exit(EXIT_FAILURE);
    }
    (void)close(ends[1]);
    *covers = ends[0];
    return child;
}

/* Whether the compositor still answers a wl_display.sync; swaylock ends with 0 when it has gone as well. A connection alone proves nothing: while a killed one is cleared away, its socket still takes them. */
static int compositor_answers(const char *display)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const int length = *display == '/' ? snprintf(address.sun_path, sizeof address.sun_path, "%s", display)
                                       : snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", runtime == NULL ? "" : runtime, display);
    if (length < 0 || (size_t)length >= sizeof address.sun_path) return 0;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return 0;
    /* Object 1, opcode 0, 12 bytes: the callback is to be object 2. */
    const uint32_t sync[] = {1, 12u << 16, 2};
    uint32_t done[3];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    const int answers = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 && send(fd, sync, sizeof sync, MSG_NOSIGNAL) == (ssize_t)sizeof sync &&
                        poll(&wait, 1, answer_ms) == 1 && recv(fd, done, sizeof done, 0) > 0;
    (void)close(fd);
    return answers;
}

/* What is to be said to the agent, and whether it has heard that the locker covers. */
struct report {
    struct tapward_link link;
    int covers;
    int told;
    /* The agent holds a grant for us that was not taken yet. */
    int woken;
};

/* Connects if it is not, and says what it has not heard yet. Whether it hears changes nothing here: unheard, it counts the session as not locked, and escalates. */
static void tell(struct report *report, const struct screen *screen)
{
    const long long deadline = tapward_now() + answer_ms;
    if (report->link.fd < 0) {
        report->told = 0;
        if (tapward_link_ask_as_locker(&report->link, "WATCH", screen->service, screen->display, deadline) != 0) return;
    }
    if (!report->covers || report->told) return;
    if (tapward_link_say(&report->link, "COVERED\n", strlen("COVERED\n"), deadline) == 0) report->told = 1;
    else tapward_link_close(&report->link);
}

/* A tap waits. Shift opens xsecurelock's dialog, which redeems the grant, and does nothing anywhere else. swaylock opens when we tell it to (SIGUSR1), once we have redeemed;
   before it covers, that signal would end it. */
static void open_by_tap(struct report *report, pid_t child, const struct screen *screen)
{
    if (screen->is_wayland && !report->covers) return;
    report->woken = 0;
    if (!screen->is_wayland) (void)tapward_press(XK_Shift_L);
    else if (tapward_redeem(screen->service, screen->display) == 1) (void)kill(child, SIGUSR1);
}

/* Follows the locker to its end; `process` and `covers` are to be read from. */
static void follow(struct report *report, pid_t child, int process, int covers, const struct screen *screen)
{
    for (;;) {
        tell(report, screen);
        if (report->woken) open_by_tap(report, child, screen);
        struct pollfd waits[] = {{.fd = process, .events = POLLIN}, {.fd = covers, .events = POLLIN}, {.fd = report->link.fd, .events = POLLIN}};
        const int ready = poll(waits, 3, knock_again_ms);
        if (ready < 0 && errno != EINTR) return;
        if (ready <= 0) continue;
        if (waits[0].revents != 0) return;
        if (waits[1].revents != 0) {
            char byte;
            report->covers |= read(covers, &byte, 1) == 1;
            /* Said once; its other ends live on in xsecurelock's children. */
            covers = -1;
        }
        if (waits[2].revents == 0) continue;
        if (tapward_link_hear(&report->link, tapward_now() + answer_ms).kind == TAPWARD_WAKE) report->woken = 1;
        else tapward_link_close(&report->link);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], covers_option) == 0) return write(covers_fd, "c", 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
    if (argc != 1) {
        (void)fputs("tapward-locker takes no arguments: run it in the session that it shall lock.\n", stderr);
        return EXIT_FAILURE;
    }
    const struct screen screen = screen_here();
    struct report report = {.link = {.fd = -1}, .covers = 0, .told = 0, .woken = 0};
    int covers = -1;
    const pid_t child = begin(&screen, &covers);
    if (child < 0) {
        perror("tapward-locker");
        return EXIT_FAILURE;
    }
    const int process = pidfd_open(child, 0);
    if (process >= 0) follow(&report, child, process, covers, &screen);
    int status = 0;
    while (waitpid(child, &status, 0) != child && errno == EINTR) continue;
    const int opened = WIFEXITED(status) && WEXITSTATUS(status) == 0 && (!screen.is_wayland || (report.covers && compositor_answers(screen.display)));
    if (screen.is_wayland && !report.covers) {
        (void)fputs("tapward-locker: swaylock ended before it covered: it needs --ready-fd (1.8) and a compositor that has ext-session-lock-v1.\n", stderr);
    }
    const char *end = opened ? "OPENED\n" : "DIED\n";
    (void)tapward_link_say(&report.link, end, strlen(end), tapward_now() + answer_ms);
    tapward_link_close(&report.link);
    return opened ? EXIT_SUCCESS : EXIT_FAILURE;
}
