/*
 * The id of one person's work and a command come in; a window on the session's X server goes out, in which that command
 * (an X server of that person's own) lives, and which `show` maps and `hide` unmaps. Ends 0 only when the server says so.
 *
 *   tapward-context hold ID COMMAND...   makes the window, hidden; the command finds its number in TAPWARD_WINDOW
 *   tapward-context show ID              0: it is seen, and no other person's is, and the server lets in no program without its cookie
 *   tapward-context hide ID              0: it is not seen, or there is none
 *
 * The window is of the desktop's type: below every other one, above all the face, and in no list of windows. Whoever sits in
 * it speaks to another X server, so that this one's windows, selections and keys are not hers to reach.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

#include "access.h"

enum { DONE = 0, REFUSED = 1, MISUSED = 64, NO_SERVER = 69 }; /* exit codes */
enum { ID_LENGTH = 64, DEPTH = 3, TRIES = 400, TRY_MS = 5 };

/* What is looked for among all windows, and what of it was found. */
struct search {
    Atom name;
    const char *id;
    Window found;      /* the window of this id */
    bool others_seen;  /* any other person's window is mapped */
};

static int ignore_error(Display *display, XErrorEvent *error)
{
    (void)display;
    (void)error;
    return 0;
}

/* An id in; whether it is one: lower-case letters, digits and '-' alone. */
static bool is_id(const char *id)
{
    size_t length = strlen(id);

    return length > 0 && length <= ID_LENGTH && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static bool is_mapped(Display *display, Window window)
{
    XWindowAttributes now;

    return XGetWindowAttributes(display, window, &now) && now.map_state != IsUnmapped;
}

/* A window in; the id on it, copied into `id` (ID_LENGTH + 1 bytes), or false. */
static bool read_id(Display *display, Atom name, Window window, char *id)
{
    Atom type = None;
    int format = 0;
    unsigned long count = 0, left = 0;
    unsigned char *bytes = NULL;
    bool is = XGetWindowProperty(display, window, name, 0, ID_LENGTH / 4, False, XA_STRING, &type, &format, &count, &left, &bytes) == Success &&
              type == XA_STRING && format == 8 && count > 0 && count <= ID_LENGTH;

    if (is) {
        memcpy(id, bytes, count);
        id[count] = '\0';
    }
    if (bytes)
        XFree(bytes);
    return is;
}

/* Looks below `at`, through what a window manager puts around windows. */
static void look(Display *display, Window at, int depth, struct search *search)
{
    Window root, parent, *children = NULL;
    unsigned count = 0;
    char id[ID_LENGTH + 1];

    if (!XQueryTree(display, at, &root, &parent, &children, &count))
        return;
    for (unsigned i = 0; i < count; i++) {
        if (!read_id(display, search->name, children[i], id)) {
            if (depth > 1)
                look(display, children[i], depth - 1, search);
        } else if (strcmp(id, search->id) == 0) {
            search->found = children[i];
        } else if (is_mapped(display, children[i])) {
            search->others_seen = true;
        }
    }
    if (children)
        XFree(children);
}

static struct search look_for(Display *display, const char *id)
{
    struct search search = { XInternAtom(display, "_TAPWARD_CONTEXT", False), id, None, false };

    look(display, DefaultRootWindow(display), DEPTH, &search);
    return search;
}

static void nap(void)
{
    struct timespec pause = { 0, TRY_MS * 1000000L };

    nanosleep(&pause, NULL);
}

static int show(Display *display, const char *id)
{
    struct search search = look_for(display, id);
    XWindowAttributes now;

    /* Never two people's work at once, whatever was forgotten before. */
    if (search.found == None || search.others_seen || !shut_out(display))
        return REFUSED;
    XLowerWindow(display, search.found);
    XMapWindow(display, search.found);
    for (int i = 0; i < TRIES; i++) {
        if (XGetWindowAttributes(display, search.found, &now) && now.map_state == IsViewable) {
            XSetInputFocus(display, search.found, RevertToPointerRoot, CurrentTime);
            XSync(display, False);
            return DONE;
        }
        nap();
    }
    return REFUSED;
}

static int hide(Display *display, const char *id)
{
    struct search search = look_for(display, id);

    if (search.found == None)
        return DONE;
    /* ICCCM 4.1.4: withdrawn, so that no window manager keeps it in a list. */
    XWithdrawWindow(display, search.found, DefaultScreen(display));
    for (int i = 0; i < TRIES; i++) {
        XSync(display, False);
        if (!is_mapped(display, search.found))
            return DONE;
        nap();
    }
    return REFUSED;
}

static void set_atom(Display *display, Window window, const char *property, const char *value)
{
    Atom atom = XInternAtom(display, value, False);

    XChangeProperty(display, window, XInternAtom(display, property, False), XA_ATOM, 32, PropModeReplace, (unsigned char *)&atom, 1);
}

static Window make_window(Display *display, const char *id)
{
    Window root = DefaultRootWindow(display);
    XWindowAttributes whole;
    XSetWindowAttributes wanted = { .event_mask = StructureNotifyMask, .background_pixel = BlackPixel(display, DefaultScreen(display)) };
    XWMHints hints = { .flags = InputHint, .input = True };
    XSizeHints size = { .flags = PPosition | PSize | USPosition | USSize };
    Window window;

    XGetWindowAttributes(display, root, &whole);
    window = XCreateWindow(display, root, 0, 0, (unsigned)whole.width, (unsigned)whole.height, 0, CopyFromParent, InputOutput, CopyFromParent,
                           CWEventMask | CWBackPixel, &wanted);
    XChangeProperty(display, window, XInternAtom(display, "_TAPWARD_CONTEXT", False), XA_STRING, 8, PropModeReplace, (const unsigned char *)id, (int)strlen(id));
    set_atom(display, window, "_NET_WM_WINDOW_TYPE", "_NET_WM_WINDOW_TYPE_DESKTOP");
    XSetWMHints(display, window, &hints);
    size.width = whole.width;
    size.height = whole.height;
    XSetWMNormalHints(display, window, &size);
    XSync(display, False);
    return window;
}

/* The window lives as long as the command, and the command not longer than this process. */
static int hold(Display *display, const char *id, char **command)
{
    Window window;
    char number[32];
    pid_t child;
    int status = 0;

    if (look_for(display, id).found != None || !shut_out(display))
        return REFUSED;
    window = make_window(display, id);
    snprintf(number, sizeof number, "0x%lx", window);
    if (setenv("TAPWARD_WINDOW", number, 1) != 0)
        return REFUSED;
    child = fork();
    if (child < 0)
        return REFUSED;
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(command[0], command);
        _exit(127);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return REFUSED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : REFUSED;
}

int main(int count, char **words)
{
    Display *display;
    int outcome;

    if (count < 3 || !is_id(words[2]) || (strcmp(words[1], "hold") == 0) != (count > 3)) {
        fprintf(stderr, "tapward-context hold ID COMMAND... | show ID | hide ID\n");
        return MISUSED;
    }
    display = XOpenDisplay(NULL);
    if (!display)
        return NO_SERVER;
    XSetErrorHandler(ignore_error);
    if (strcmp(words[1], "hold") == 0)
        outcome = hold(display, words[2], words + 3);
    else if (strcmp(words[1], "show") == 0)
        outcome = show(display, words[2]);
    else if (strcmp(words[1], "hide") == 0)
        outcome = hide(display, words[2]);
    else
        outcome = MISUSED;
    XCloseDisplay(display);
    return outcome;
}
