/* A key comes in, XTEST events for it go out, as press_x11.h promises. */
#include "press_x11.h"

#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>

int tapward_press(KeySym symbol)
{
    Display *display = XOpenDisplay(NULL);
    if (display == NULL) return -1;
    int pressed = -1;
    int unused;
    const KeyCode key = XKeysymToKeycode(display, symbol);
    if (key != 0 && XTestQueryExtension(display, &unused, &unused, &unused, &unused) && XTestFakeKeyEvent(display, key, True, CurrentTime) != 0 &&
        XTestFakeKeyEvent(display, key, False, CurrentTime) != 0) {
        pressed = 0;
    }
    (void)XSync(display, False);
    (void)XCloseDisplay(display);
    return pressed;
}
