/* Run by xsecurelock's dialog: exit 0 unlocks, and goes out for a redeemed grant or for what xsecurelock's own helper makes of a password. Anything else stays locked. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <X11/keysym.h>

#include "link.h"
#include "press_x11.h"
#include "redeem.h"

/* Debian's. It asks PAM for the password, as this program's child or in its place. */
static const char password_helper[] = "/usr/libexec/xsecurelock/authproto_pam";

static const char service[] = "xsecurelock";

/* For the agent's answer, and for the dialog to leave its prompt. */
enum { answer_ms = 1000, prompt_ms = 1000 };

/* Begins the password's helper as our child; returns its process, or -1. */
static pid_t begin_password(void)
{
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child != 0) return child;
    /* The dialog may be closed at any moment; nothing of it may stay. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(EXIT_FAILURE);
    (void)execl(password_helper, password_helper, (char *)NULL);
    _exit(EXIT_FAILURE);
}

/* How the child has ended, as our own exit status: nothing but its own 0 is one. */
static int ending_of(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) != child) {
        if (errno != EINTR) return EXIT_FAILURE;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The grant is ours, and the dialog may stand in a prompt that knows nothing of it: Escape leaves it. Nobody's desktop can get that key, for it is locked until we end. */
static void leave_prompt(pid_t child)
{
    (void)kill(child, SIGKILL);
    (void)ending_of(child);
    if (tapward_press(XK_Escape) != 0) return;
    struct pollfd prompt = {.fd = STDIN_FILENO, .events = POLLIN};
    (void)poll(&prompt, 1, prompt_ms);
}

/* Waits for the password or a tap, whichever comes first. `child`: the password's helper. Returns our exit status. */
static int wait_for_either(pid_t child, const char *display)
{
    const int process = pidfd_open(child, 0);
    if (process < 0) return ending_of(child);
    struct tapward_link link;
    /* Without it, a tap is seen the next time the dialog opens. */
    if (tapward_link_ask_as_locker(&link, "WATCH", service, display, tapward_now() + answer_ms) != 0) link.fd = -1;
    for (;;) {
        struct pollfd waits[] = {{.fd = process, .events = POLLIN}, {.fd = link.fd, .events = POLLIN}};
        const int ready = poll(waits, 2, -1);
        if (ready < 0 && errno != EINTR) return ending_of(child);
        if (ready <= 0) continue;
        if (waits[0].revents != 0) return ending_of(child);
        if (tapward_link_hear(&link, tapward_now() + answer_ms).kind != TAPWARD_WAKE) tapward_link_close(&link);
        else if (tapward_redeem(service, display) == 1) {
            leave_prompt(child);
            return EXIT_SUCCESS;
        }
    }
}

int main(void)
{
    const char *said = getenv("DISPLAY");
    const char *display = said == NULL ? "" : said;
    const int redeemed = tapward_redeem(service, display);
    if (redeemed == 1) return EXIT_SUCCESS;
    if (redeemed == 0) {
        const pid_t child = begin_password();
        if (child > 0) return wait_for_either(child, display);
    }
    (void)execl(password_helper, password_helper, (char *)NULL);
    return EXIT_FAILURE;
}
