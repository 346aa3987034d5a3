/*
 * "Hold" and "let go" come in, the X server's keyboard and pointer grabs go out, and with them each key that the face may
 * have. Nothing here waits for anybody but the X server.
 */
#ifndef TAPWARD_GRAB_H
#define TAPWARD_GRAB_H

#include <stdbool.h>

#include <X11/Xlib.h>

#define MOST_FACES 16

struct grab {
    Display *display;
    Window root;
    int xinput;                /* the extension's opcode, by which its events are known */
    bool keyboard;             /* every key comes to us */
    bool presses;              /* every press of a button is judged by us */
    bool held;                 /* both */
    Window faces[MOST_FACES];  /* the face's windows; none: presses are judged by modifiers alone */
    int face_count;
    unsigned char down[32];    /* keys that are down, one bit each: a key that repeats itself is one press */
};

/* WAYLAND: grabs would be granted, and hold nothing but X clients. */
enum opened { OPENED, NO_SERVER, WAYLAND };

/* Connects to the display that the environment names; it must have XInput 2. */
enum opened grab_open(struct grab *grab);

/* Tries to hold, or holds anew; true when held. Another client's grab (an open menu) makes it false: try again. */
bool grab_hold(struct grab *grab);

void grab_release(struct grab *grab);

/* Takes every event that has come. `tell` hears the byte of each key the face may have. */
void grab_events(struct grab *grab, void (*tell)(unsigned char byte));

#endif
