/*
 * Session numbers come in; what Windows says of them, and the error codes of what it was asked, go out: what sessions.h declares.
 */
#include "sessions.h"

#include <cstddef>
#include <cstdio>
#include <wtsapi32.h>

#include "peer.h"

namespace tapward {

namespace {

/* WTSINFOEXW and its only level, as documented; mingw-w64 10 has neither. */
constexpr auto info_ex = static_cast<WTS_INFO_CLASS>(25);
struct InfoExLevel1 {
    ULONG session;
    WTS_CONNECTSTATE_CLASS state;
    LONG flags;
    WCHAR station[33], user[21], domain[18];
    LARGE_INTEGER logon, connect, disconnect, last_input, current;
    DWORD counters[6];
};
struct InfoEx {
    DWORD level;
    InfoExLevel1 data; /* behind a gap, since it has 64-bit times: read without it, `flags` is `state`, and every active session looks locked */
};
static_assert(offsetof(InfoEx, data) == 8 && offsetof(InfoExLevel1, flags) == 8 && offsetof(InfoExLevel1, logon) == 160 && sizeof(InfoEx) == 232, "as a 64-bit Windows lays it out");
constexpr LONG locked = 0, unlocked = 1; /* WTS_SESSIONSTATE_* since Windows 8 */

/* A value of a session, to be freed by WTSFreeMemory; null where Windows has none, or less than `least` bytes. */
void *query(DWORD session, WTS_INFO_CLASS what, DWORD least)
{
    LPWSTR value = nullptr;
    DWORD size = 0;
    if (!WTSQuerySessionInformationW(WTS_CURRENT_SERVER_HANDLE, session, what, &value, &size))
        return nullptr;
    if (value != nullptr && size >= least)
        return value;
    WTSFreeMemory(value);
    return nullptr;
}

std::string text_of(DWORD session, WTS_INFO_CLASS what)
{
    void *value = query(session, what, sizeof(WCHAR));
    if (value == nullptr)
        return {};
    const std::string text = narrow(static_cast<const WCHAR *>(value));
    WTSFreeMemory(value);
    return text;
}

Session describe(DWORD id, WTS_CONNECTSTATE_CLASS state)
{
    Session session = { id, "0", "background", "unknown", false, text_of(id, WTSDomainName), text_of(id, WTSUserName) };

    if (state == WTSActive && id == console_session())
        session.state = "active";
    else if (state == WTSReset || state == WTSDown)
        session.state = "closing";
    if (void *value = query(id, WTSClientProtocolType, sizeof(USHORT))) {
        session.remote = *static_cast<USHORT *>(value) != 0;
        WTSFreeMemory(value);
    }
    if (void *value = query(id, info_ex, sizeof(InfoEx))) {
        const auto &info = static_cast<InfoEx *>(value)->data;
        char epoch[24];
        snprintf(epoch, sizeof epoch, "%llx", static_cast<unsigned long long>(info.logon.QuadPart));
        session.epoch = epoch;
        session.lock = info.flags == locked ? "locked" : info.flags == unlocked ? "unlocked" : "unknown";
        WTSFreeMemory(value);
    }
    return session;
}

DWORD outcome(BOOL done)
{
    if (done)
        return 0;
    const DWORD error = GetLastError();
    return error == 0 ? ERROR_GEN_FAILURE : error;
}

} // namespace

std::vector<Session> list_sessions()
{
    WTS_SESSION_INFOW *found = nullptr;
    DWORD count = 0;
    std::vector<Session> sessions;

    if (!WTSEnumerateSessionsW(WTS_CURRENT_SERVER_HANDLE, 0, 1, &found, &count))
        return sessions;
    for (DWORD i = 0; i < count; i++)
        if (found[i].SessionId != 0 && found[i].State != WTSListen)
            sessions.push_back(describe(found[i].SessionId, found[i].State));
    WTSFreeMemory(found);
    return sessions;
}

DWORD console_session()
{
    return WTSGetActiveConsoleSessionId();
}

std::wstring sid_of_session(DWORD session)
{
    Handle token;
    return token_of_session(session, token) == 0 ? sid_of(token.get()) : std::wstring();
}

DWORD token_of_session(DWORD session, Handle &token)
{
    return outcome(WTSQueryUserToken(session, token.out()));
}

DWORD ask_disconnect(DWORD session)
{
    return outcome(WTSDisconnectSession(WTS_CURRENT_SERVER_HANDLE, session, FALSE));
}

DWORD ask_connect(DWORD session)
{
    wchar_t none[] = L"";
    return outcome(WTSConnectSessionW(session, console_session(), none, FALSE));
}

DWORD ask_logoff(DWORD session)
{
    return outcome(WTSLogoffSession(WTS_CURRENT_SERVER_HANDLE, session, FALSE));
}

const char *event_word(DWORD code)
{
    switch (code) {
    case WTS_CONSOLE_CONNECT:
        return "consoleConnect";
    case WTS_CONSOLE_DISCONNECT:
        return "consoleDisconnect";
    case WTS_REMOTE_CONNECT:
        return "remoteConnect";
    case WTS_REMOTE_DISCONNECT:
        return "remoteDisconnect";
    case WTS_SESSION_LOGON:
        return "sessionLogon";
    case WTS_SESSION_LOGOFF:
        return "sessionLogoff";
    case WTS_SESSION_LOCK:
        return "sessionLock";
    case WTS_SESSION_UNLOCK:
        return "sessionUnlock";
    case 0xA: /* WTS_SESSION_CREATE */
        return "sessionCreate";
    case 0xB: /* WTS_SESSION_TERMINATE */
        return "sessionTerminate";
    default:
        return "unknown";
    }
}

} // namespace tapward
