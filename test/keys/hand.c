/*
 * One X client and one pair of hands for tests: lines come in on stdin, real key and button events (XTEST), windows and
 * grabs go out, and what this client's windows hear goes out on stdout, a line each.
 *
 * In:  window X Y W H | popup X Y W H | key down|up NAME | taps N NAME | button down|up N | move X Y | grab | ungrab | focus ID | raise ID | focused | master NAME
 * Out: window ID | grab KEYBOARD POINTER (0: granted) | focused ID | done, and by themselves: press NAME | click N X Y
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XInput2.h>
#include <X11/extensions/XTest.h>

static Display *display;

static int ignore_error(Display *of, XErrorEvent *error)
{
    (void)of;
    (void)error;
    return 0;
}

static void open_window(int is_popup, int x, int y, unsigned width, unsigned height)
{
    XSetWindowAttributes attributes = { .override_redirect = is_popup, .event_mask = KeyPressMask | ButtonPressMask, .background_pixel = 0x808080 };
    Window window = XCreateWindow(display, DefaultRootWindow(display), x, y, width, height, 0, CopyFromParent, InputOutput, NULL,
                                  CWOverrideRedirect | CWEventMask | CWBackPixel, &attributes);
    XSizeHints hints = { .flags = USPosition | USSize, .x = x, .y = y, .width = (int)width, .height = (int)height };

    XSetWMNormalHints(display, window, &hints);
    XMapRaised(display, window);
    XSync(display, False);
    printf("window %lu\n", window);
}

static void obey(const char *line)
{
    char verb[16] = "", what[16] = "", name[32] = "";
    int x, y;
    unsigned width, height, button;
    unsigned long window;
    Window root = DefaultRootWindow(display);

    sscanf(line, "%15s", verb);
    if (sscanf(line, "window %d %d %u %u", &x, &y, &width, &height) == 4)
        return open_window(0, x, y, width, height);
    if (sscanf(line, "popup %d %d %u %u", &x, &y, &width, &height) == 4)
        return open_window(1, x, y, width, height);
    if (sscanf(line, "key %15s %31s", what, name) == 2) {
        KeyCode code = XKeysymToKeycode(display, XStringToKeysym(name));

        if (code == 0)
            exit(65);
        XTestFakeKeyEvent(display, code, strcmp(what, "down") == 0, CurrentTime);
    } else if (sscanf(line, "taps %d %31s", &x, name) == 2) {
        for (KeyCode code = XKeysymToKeycode(display, XStringToKeysym(name)); x > 0; x--) {
            XTestFakeKeyEvent(display, code, True, CurrentTime);
            XTestFakeKeyEvent(display, code, False, CurrentTime);
        }
    } else if (sscanf(line, "button %15s %u", what, &button) == 2) {
        XTestFakeButtonEvent(display, button, strcmp(what, "down") == 0, CurrentTime);
    } else if (sscanf(line, "move %d %d", &x, &y) == 2) {
        XTestFakeMotionEvent(display, -1, x, y, CurrentTime);
    } else if (strcmp(verb, "grab") == 0) {
        int keyboard = XGrabKeyboard(display, root, False, GrabModeAsync, GrabModeAsync, CurrentTime);
        int pointer = XGrabPointer(display, root, False, ButtonPressMask, GrabModeAsync, GrabModeAsync, None, None, CurrentTime);

        printf("grab %d %d\n", keyboard, pointer);
        return;
    } else if (strcmp(verb, "ungrab") == 0) {
        XUngrabKeyboard(display, CurrentTime);
        if (!strstr(line, "keyboard"))
            XUngrabPointer(display, CurrentTime);
    } else if (sscanf(line, "focus %lu", &window) == 1) {
        XSetInputFocus(display, window, RevertToPointerRoot, CurrentTime);
    } else if (sscanf(line, "raise %lu", &window) == 1) {
        XRaiseWindow(display, window);
    } else if (sscanf(line, "master %31s", name) == 1) {
        XIAnyHierarchyChangeInfo more = { .add = { .type = XIAddMaster, .name = name, .send_core = False, .enable = True } };

        XIChangeHierarchy(display, &more, 1);
    } else if (strcmp(verb, "focused") == 0) {
        int revert;
        Window focus;

        XGetInputFocus(display, &focus, &revert);
        printf("focused %lu\n", focus);
        return;
    } else {
        exit(65);
    }
    XSync(display, False);
    puts("done");
}

static void tell_events(void)
{
    while (XPending(display) > 0) {
        XEvent event;

        XNextEvent(display, &event);
        if (event.type == KeyPress) {
            const char *name = XKeysymToString(XLookupKeysym(&event.xkey, 0));

            printf("press %s\n", name ? name : "?");
        } else if (event.type == ButtonPress) {
            printf("click %u %d %d\n", event.xbutton.button, event.xbutton.x_root, event.xbutton.y_root);
        } else if (event.type == MappingNotify) {
            XRefreshKeyboardMapping(&event.xmapping);
        }
    }
}

int main(void)
{
    char line[128];
    size_t filled = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    XSetErrorHandler(ignore_error);
    display = XOpenDisplay(NULL);
    if (!display)
        return 69;
    puts("ready");
    for (;;) {
        struct pollfd sources[2] = { { STDIN_FILENO, POLLIN, 0 }, { ConnectionNumber(display), POLLIN, 0 } };

        tell_events();
        poll(sources, 2, -1);
        if (!sources[0].revents)
            continue;
        if (read(STDIN_FILENO, &line[filled], 1) != 1)
            return 0;
        if (line[filled] == '\n' || filled == sizeof line - 1) {
            line[filled] = 0;
            filled = 0;
            obey(line);
        } else {
            filled++;
        }
    }
}
