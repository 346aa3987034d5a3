/* Run in an X11 session to lock it: xsecurelock is started and watched, and what it shows goes out to the agent, whose word of a tap wakes its dialog. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <X11/keysym.h>

#include "link.h"
#include "press_x11.h"

static const char locker[] = "/usr/bin/xsecurelock";
static const char covers_option[] = "--covers";

/* Where xsecurelock's children find the pipe by which one of them says that it covers everything. */
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

/* In the child: becomes xsecurelock, which runs this program again once it covers everything. Does not return. */
static void become_locker(int pipe_end)
{
    char self[512];
    char helper[512];
    if (own_path(self, sizeof self, NULL) == 0 && own_path(helper, sizeof helper, "authproto_tapward") == 0 && setenv("XSECURELOCK_AUTHPROTO", helper, 1) == 0 &&
        /* The key that wakes the dialog must not be typed into it. */
        unsetenv("XSECURELOCK_DISCARD_FIRST_KEYPRESS") == 0 && dup2(pipe_end, covers_fd) == covers_fd) {
        (void)execl(locker, locker, "--", self, covers_option, (char *)NULL);
        perror(locker);
    }
    _exit(EXIT_FAILURE);
}

/* Starts xsecurelock; its process goes out, and in `covers` the pipe's end to read. Returns -1 if it could not be started. */
static pid_t begin(int *covers)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    const pid_t child = fork();
    if (child == 0) become_locker(ends[1]);
    (void)close(ends[1]);
    *covers = ends[0];
    return child;
}

/* What is to be said to the agent, and whether it has heard that the locker covers. */
struct report {
    struct tapward_link link;
    int covers;
    int told;
};

/* Connects if it is not, and says what it has not heard yet. Whether it hears changes nothing here: unheard, it counts the session as not locked, and escalates. */
static void tell(struct report *report, const char *display)
{
    const long long deadline = tapward_now() + answer_ms;
    if (report->link.fd < 0) {
        report->told = 0;
        if (tapward_link_ask_as_locker(&report->link, "WATCH", "xsecurelock", display, deadline) != 0) return;
    }
    if (!report->covers || report->told) return;
    if (tapward_link_say(&report->link, "COVERED\n", strlen("COVERED\n"), deadline) == 0) report->told = 1;
    else tapward_link_close(&report->link);
}

/* Follows xsecurelock to its end; `process` and `covers` are to be read from. */
static void follow(struct report *report, int process, int covers, const char *display)
{
    for (;;) {
        tell(report, display);
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
        /* Shift opens the dialog and does nothing anywhere else. */
        if (tapward_link_hear(&report->link, tapward_now() + answer_ms).kind == TAPWARD_WAKE) (void)tapward_press(XK_Shift_L);
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
    const char *said = getenv("DISPLAY");
    struct report report = {.link = {.fd = -1}, .covers = 0, .told = 0};
    int covers = -1;
    const pid_t child = begin(&covers);
    if (child < 0) {
        perror("tapward-locker");
        return EXIT_FAILURE;
    }
    const int process = pidfd_open(child, 0);
    if (process >= 0) follow(&report, process, covers, said == NULL ? "" : said);
    int status = 0;
    while (waitpid(child, &status, 0) != child && errno == EINTR) continue;
    const int opened = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const char *end = opened ? "OPENED\n" : "DIED\n";
    (void)tapward_link_say(&report.link, end, strlen(end), tapward_now() + answer_ms);
    tapward_link_close(&report.link);
    return opened ? EXIT_SUCCESS : EXIT_FAILURE;
}
