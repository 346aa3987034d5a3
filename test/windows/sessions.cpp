/*
 * What a test's file says of Windows' sessions comes in, what the host believes of them goes out: in place of native/windows/host/sessions.cpp,
 * since Wine has one session and no events of it. What the host asks for is written down, and done by nobody but the test.
 *
 * C:\sessions: the console's session in a line, then one line each: id, epoch, state, lock, local or remote, domain, user, between tabs.
 */
#include "../../native/windows/host/sessions.h"

#include <cstdio>
#include <cstring>

#include "../../native/windows/host/peer.h"

namespace tapward {

namespace {

/* The words of the protocol live as long as the program does. */
const char *word_of(const char *said)
{
    for (const char *word : { "active", "background", "closing", "locked", "unlocked" })
        if (std::strcmp(said, word) == 0)
            return word;
    return "unknown";
}

/* All of it, the console's session first; the session 0 where there is no file yet. */
std::vector<Session> read_sessions(DWORD &console)
{
    std::vector<Session> sessions;
    char line[512];
    console = 1;
    FILE *file = _wfopen(L"C:\\sessions", L"r");
    if (file == nullptr)
        return sessions;
    if (std::fgets(line, sizeof line, file) != nullptr)
        console = strtoul(line, nullptr, 10);
    while (std::fgets(line, sizeof line, file) != nullptr) {
        std::string fields[7];
        std::size_t at = 0;
        for (const char *c = line; *c != 0 && *c != '\n' && *c != '\r'; c++)
            if (*c == '\t')
                at = at < 6 ? at + 1 : at;
            else
                fields[at] += *c;
        sessions.push_back({ static_cast<DWORD>(strtoul(fields[0].c_str(), nullptr, 10)), fields[1], word_of(fields[2].c_str()), word_of(fields[3].c_str()), fields[4] == "remote", fields[5],
                             fields[6] });
    }
    std::fclose(file);
    return sessions;
}

/* Windows says yes to everything here, which confirms nothing. */
DWORD note(const char *verb, DWORD session)
{
    FILE *file = _wfopen(L"C:\\asked", L"a");
    if (file == nullptr)
        return ERROR_GEN_FAILURE;
    std::fprintf(file, "%s %lu\n", verb, session);
    std::fclose(file);
    return 0;
}

} // namespace

std::vector<Session> list_sessions()
{
    DWORD console;
    return read_sessions(console);
}

DWORD console_session()
{
    DWORD console;
    read_sessions(console);
    return console;
}

std::wstring sid_of_session(DWORD session)
{
    for (const auto &one : list_sessions())
        if (one.id == session && !one.user.empty())
            return own_sid();
    return {};
}

/* Everybody is the one account that Wine has. */
DWORD token_of_session(DWORD, Handle &token)
{
    Handle own;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, own.out()) || !DuplicateTokenEx(own.get(), TOKEN_ALL_ACCESS, nullptr, SecurityImpersonation, TokenPrimary, token.out()))
        return GetLastError();
    return 0;
}

DWORD ask_disconnect(DWORD session)
{
    return note("disconnect", session);
}

DWORD ask_connect(DWORD session)
{
    return note("connect", session);
}

DWORD ask_logoff(DWORD session)
{
    return note("logoff", session);
}

const char *event_word(DWORD code)
{
    constexpr const char *words[] = { "unknown",      "consoleConnect", "consoleDisconnect", "remoteConnect", "remoteDisconnect", "sessionLogon",
                                      "sessionLogoff", "sessionLock",    "sessionUnlock",     "unknown",       "sessionCreate",    "sessionTerminate" };
    return code < sizeof words / sizeof *words ? words[code] : "unknown";
}

} // namespace tapward
