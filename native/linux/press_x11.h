/* A key comes in and is pressed on the X display that the environment names. */
#ifndef TAPWARD_PRESS_X11_H
#define TAPWARD_PRESS_X11_H

#include <X11/X.h>

/* Presses and lets go of the key with this symbol; returns 0, or -1: no display, no such key, or no XTEST there. */
int tapward_press(KeySym symbol);

#endif
