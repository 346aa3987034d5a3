/*
 * A pipe with somebody at its other end comes in; who that is, as the kernel says, goes out.
 */
#ifndef TAPWARD_PEER_H
#define TAPWARD_PEER_H

#include "system.h"

namespace tapward {

struct Peer {
    DWORD process = 0, session = 0;
    /* The user of its token, as S-1-…; empty: could not be had. */
    std::wstring sid;
};

/* By the kernel's own word for process and session, and by its token. To be asked once something was read from it. */
Peer identify(HANDLE pipe);

/* The user of a token, as S-1-…; empty: could not be had. */
std::wstring sid_of(HANDLE token);

/* Whose process this is. */
std::wstring own_sid();

/* The session of a process; ~0: it is gone. */
DWORD session_of(DWORD process);

} // namespace tapward

#endif
