/*
 * Grabs and the events they bring: what comes in and goes out is said in grab.h.
 *
 * The keyboard is grabbed actively: no key, above all no digit of a PIN, can reach another client, whoever has the focus,
 * and what the face may have is told byte by byte. The pointer is grabbed passively on the root window, so that each
 * press comes here first and the pointer stands still until we answer: a press on the face without Control, Alt or
 * Super is replayed, and the face gets it as if nobody had looked (fingers, gloves and all); any other press is ours.
 * An active pointer grab would leave the face nothing but what we copy to it: one finger, and no touch events.
 */
#include <string.h>

#include <X11/XKBlib.h>
#include <X11/extensions/XInput2.h>

#include "choice.h"
#include "grab.h"

/* A window of another client may go away at any moment; requests about it then fail, and that is all. */
static int ignore_error(Display *display, XErrorEvent *error)
{
    (void)display;
    (void)error;
    return 0;
}

/* By its extension since 23.1, and by its devices before: never by the environment, which anybody may write. */
static bool is_xwayland(Display *display)
{
    int opcode, event, error, count = 0;
    bool found = XQueryExtension(display, "XWAYLAND", &opcode, &event, &error);
    XIDeviceInfo *devices = XIQueryDevice(display, XIAllDevices, &count);

    for (int i = 0; i < count; i++)
        found = found || strncmp(devices[i].name, "xwayland-pointer", strlen("xwayland-pointer")) == 0;
    if (devices)
        XIFreeDeviceInfo(devices);
    return found;
}

enum opened grab_open(struct grab *grab)
{
    int event, error, major = 2, minor = 0;

    XSetErrorHandler(ignore_error);
    memset(grab, 0, sizeof *grab);
    grab->display = XOpenDisplay(NULL);
    if (!grab->display)
        return NO_SERVER;
    if (!XQueryExtension(grab->display, "XInputExtension", &grab->xinput, &event, &error) || XIQueryVersion(grab->display, &major, &minor) != Success)
        return NO_SERVER;
    if (is_xwayland(grab->display))
        return WAYLAND;
    grab->root = DefaultRootWindow(grab->display);
    XkbSetDetectableAutoRepeat(grab->display, True, NULL);
    return OPENED;
}

static bool grab_presses(struct grab *grab)
{
    unsigned char bits[XIMaskLen(XI_ButtonRelease)] = { 0 };
    XIEventMask mask = { XIAllMasterDevices, sizeof bits, bits };
    XIGrabModifiers any = { XIAnyModifier, 0 };

    XISetMask(bits, XI_ButtonPress);
    XISetMask(bits, XI_ButtonRelease);
    return XIGrabButton(grab->display, XIAllMasterDevices, XIAnyButton, grab->root, None, XIGrabModeSync, XIGrabModeAsync,
                        False, &mask, 1, &any) == 0;
}

/*
 * The keyboard stands still until we know which keys are down since before the lock, none of which is the face's: a key
 * that went down in between would count as one of them, and be lost.
 */
static bool take_keyboard(struct grab *grab)
{
    if (XGrabKeyboard(grab->display, grab->root, False, GrabModeAsync, GrabModeSync, CurrentTime) != GrabSuccess)
        return false;
    XQueryKeymap(grab->display, (char *)grab->down);
    XAllowEvents(grab->display, AsyncKeyboard, CurrentTime);
    XFlush(grab->display);
    return true;
}

static bool keep_keyboard(struct grab *grab)
{
    return XGrabKeyboard(grab->display, grab->root, False, GrabModeAsync, GrabModeAsync, CurrentTime) == GrabSuccess;
}

bool grab_hold(struct grab *grab)
{
    grab->keyboard = grab->keyboard ? keep_keyboard(grab) : take_keyboard(grab);
    /*
     * It sleeps while another client has an active grab of the pointer. Whether one has can only be seen by taking the
     * pointer for a moment, which loses a finger's press in that moment, and is therefore not looked at.
     */
    grab->presses = grab->presses || grab_presses(grab);
    return grab->held = grab->keyboard && grab->presses;
}

void grab_release(struct grab *grab)
{
    XIGrabModifiers any = { XIAnyModifier, 0 };

    XIUngrabButton(grab->display, XIAllMasterDevices, XIAnyButton, grab->root, 1, &any);
    XUngrabKeyboard(grab->display, CurrentTime);
    XSync(grab->display, False);
    grab->held = grab->keyboard = grab->presses = false;
}

/* Whether a point of the root window lies on the face: down from the root, through what a window manager put around it. */
static bool is_on_face(struct grab *grab, double x, double y)
{
    Window at = grab->root;

    if (grab->face_count == 0)
        return true;
    for (int depth = 0; depth < 16; depth++) {
        Window child = None;
        int ignored;

        if (!XTranslateCoordinates(grab->display, grab->root, at, (int)x, (int)y, &ignored, &ignored, &child) || child == None)
            return false;
        for (int i = 0; i < grab->face_count; i++)
            if (grab->faces[i] == child)
                return true;
        at = child;
    }
    return false;
}

/* The pointer stands still until this has answered. */
static void judge_press(struct grab *grab, const XIDeviceEvent *press)
{
    bool passes = !speaks_to_desktop((unsigned)press->mods.effective) && is_on_face(grab, press->root_x, press->root_y);

    XIAllowEvents(grab->display, press->deviceid, passes ? XIReplayDevice : XIAsyncDevice, CurrentTime);
    XFlush(grab->display);
}

static unsigned char byte_of_press(struct grab *grab, const XKeyEvent *key)
{
    unsigned char *bits = &grab->down[key->keycode / 8 % sizeof grab->down];
    unsigned char bit = (unsigned char)(1U << (key->keycode % 8));
    bool repeats = *bits & bit;
    unsigned modifiers;
    KeySym sym;

    *bits |= bit;
    if (repeats || !XkbLookupKeySym(grab->display, (KeyCode)key->keycode, key->state, &modifiers, &sym))
        return 0;
    return choice_of(sym, key->state);
}

void grab_events(struct grab *grab, void (*tell)(unsigned char byte))
{
    while (XPending(grab->display) > 0) {
        XEvent event;

        XNextEvent(grab->display, &event);
        if (event.type == KeyPress) {
            unsigned char byte = byte_of_press(grab, &event.xkey);

            if (byte)
                tell(byte);
            explicit_bzero(&byte, sizeof byte);
        } else if (event.type == KeyRelease) {
            grab->down[event.xkey.keycode / 8 % sizeof grab->down] &= (unsigned char)~(1U << (event.xkey.keycode % 8));
        } else if (event.type == MappingNotify) {
            XRefreshKeyboardMapping(&event.xmapping);
        } else if (event.type == GenericEvent && event.xcookie.extension == grab->xinput && XGetEventData(grab->display, &event.xcookie)) {
            if (event.xcookie.evtype == XI_ButtonPress)
                judge_press(grab, event.xcookie.data);
            XFreeEventData(grab->display, &event.xcookie);
        }
        explicit_bzero(&event, sizeof event);
    }
}
