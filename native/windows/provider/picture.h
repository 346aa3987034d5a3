/* Nothing comes in; the picture of the tile goes out, drawn by code: a badge and the field of a reader. */
#ifndef TAPWARD_PICTURE_H
#define TAPWARD_PICTURE_H

#include <windows.h>

namespace tapward {

/* 128 pixels square, the caller's to delete; nullptr: Windows has no memory for it. */
HBITMAP draw_picture();

} // namespace tapward

#endif
