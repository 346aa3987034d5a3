/*
 * A keysym and the modifiers that are down come in; the one byte that the face is told, or 0 for a key it may not have,
 * goes out. The bytes are those of electron/keys.ts.
 */
#ifndef TAPWARD_CHOICE_H
#define TAPWARD_CHOICE_H

#include <stdbool.h>

#include <X11/X.h>

/* Control, Alt or Super is down: what follows speaks to the desktop, never to the face. */
bool speaks_to_desktop(unsigned modifiers);

unsigned char choice_of(KeySym sym, unsigned modifiers);

#endif
