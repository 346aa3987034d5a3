/*
 * Nothing comes in but what Windows is asked; what the provider believes of the machine around it goes out. Only what Wine
 * cannot say stands here, so that the tests' build differs from the product in this one file.
 */
#ifndef TAPWARD_WORLD_H
#define TAPWARD_WORLD_H

#include <windows.h>

namespace tapward {

/* The pipe that the host owns. */
const wchar_t *host_pipe();
/* The process that the service manager has started as our host; 0: none runs. */
DWORD host_process();
/* False in a remote session, and in every other one that is not on this computer's screen. */
bool is_at_console(DWORD session);
/* The authentication package of interactive logons. */
const char *logon_package();

} // namespace tapward

#endif
