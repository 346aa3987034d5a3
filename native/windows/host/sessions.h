/*
 * Windows' sessions come in as values; calls that ask for a lock, a switch or a sign-out go out, with nothing but their error codes.
 */
#ifndef TAPWARD_SESSIONS_H
#define TAPWARD_SESSIONS_H

#include <vector>

#include "system.h"

namespace tapward {

struct Session {
    DWORD id;
    /* Time of logon: ids are reused. */
    std::string epoch;
    /* Words of the agent's protocol. */
    const char *state, *lock;
    bool remote;
    std::string domain, user;
};

/* All but the services' own. Wine lists none. */
std::vector<Session> list_sessions();

/* ~0: none is attached. */
DWORD console_session();

/* The user of a session as S-1-…; empty: nobody is logged on there. */
std::wstring sid_of_session(DWORD session);

/* What a process gets that is to run there with its user's rights. 0, or the error code. */
DWORD token_of_session(DWORD session, Handle &token);

/* 0, or the error code. That Windows said yes confirms nothing: only its own session event does. */
DWORD ask_disconnect(DWORD session);
DWORD ask_connect(DWORD session);
DWORD ask_logoff(DWORD session);

/* A WTS_* code as the protocol's word; "unknown" for one of a later Windows. */
const char *event_word(DWORD code);

} // namespace tapward

#endif
