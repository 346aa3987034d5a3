/* The registry and the language of Windows come in; how the tile speaks goes out. */
#ifndef TAPWARD_SETTINGS_H
#define TAPWARD_SETTINGS_H

#include "tile.h"

namespace tapward {

/* HKLM\SOFTWARE\Tapward, `Phone` (REG_SZ, at most 24 characters): the help desk's number; none: it is not named. */
Manner read_manner();

} // namespace tapward

#endif
