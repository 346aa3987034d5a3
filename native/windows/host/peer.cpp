/*
 * A connected pipe comes in, its client's process, session and token user go out: what peer.h declares.
 */
#include "peer.h"

#include <sddl.h>

namespace tapward {

std::wstring sid_of(HANDLE token)
{
    alignas(TOKEN_USER) unsigned char user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    DWORD size;
    LPWSTR text;

    if (!GetTokenInformation(token, TokenUser, user, sizeof user, &size) || !ConvertSidToStringSidW(reinterpret_cast<TOKEN_USER *>(user)->User.Sid, &text))
        return {};
    const std::wstring sid = text;
    LocalFree(text);
    return sid;
}

std::wstring own_sid()
{
    Handle token;
    return OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, token.out()) ? sid_of(token.get()) : std::wstring();
}

DWORD session_of(DWORD process)
{
    DWORD session;
    return ProcessIdToSessionId(process, &session) ? session : ~0u;
}

Peer identify(HANDLE pipe)
{
    Peer peer;
    ULONG process;
    Handle token;

    if (!GetNamedPipeClientProcessId(pipe, &process))
        return peer;
    peer.process = process;
    peer.session = session_of(process);
    /* SECURITY_IDENTIFICATION is enough for this, and all that our own programs grant. */
    if (!ImpersonateNamedPipeClient(pipe))
        return peer;
    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, token.out()))
        peer.sid = sid_of(token.get());
    /* To go on under another's name is worse than to end: the service manager starts us again. */
    if (!RevertToSelf())
        ExitProcess(ERROR_ACCESS_DENIED);
    return peer;
}

} // namespace tapward
