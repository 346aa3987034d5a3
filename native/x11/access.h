/* Who may become a client of the session's X server: that comes in, and none but holders of its cookie goes out. */
#ifndef TAPWARD_ACCESS_H
#define TAPWARD_ACCESS_H

#include <stdbool.h>

#include <X11/Xlib.h>

/*
 * A server in; whether from here on it lets in nobody without its cookie. What lets them in is taken away for that, and given
 * back where this very program has no cookie either: then the answer is no.
 */
bool shut_out(Display *display);

#endif
