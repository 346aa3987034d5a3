/*
 * Completions of one port come in; each goes to the door it is about, and what Windows says of its sessions goes to all: host.h.
 */
#include "host.h"

#include "machine_key.h"

namespace tapward {

namespace {

constexpr DWORD beat = 200; /* milliseconds between looks at what is late */

std::wstring read_setting(const wchar_t *name)
{
    wchar_t value[1024];
    DWORD size = sizeof value;
    return RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Tapward\\Host", name, RRF_RT_REG_SZ, nullptr, value, &size) == ERROR_SUCCESS ? value : L"";
}

} // namespace

Settings read_settings()
{
    Settings settings = { read_setting(L"Agent"), read_setting(L"Reader"), read_setting(L"Face"), read_setting(L"Helper"), read_setting(L"Folder"), read_setting(L"State") };
    wchar_t programs[MAX_PATH];
    const DWORD size = GetEnvironmentVariableW(L"ProgramData", programs, MAX_PATH);
    const std::wstring common = size > 0 && size < MAX_PATH ? programs : L"C:\\ProgramData";
    if (settings.folder.empty())
        settings.folder = common + L"\\Tapward-Host";
    if (settings.state.empty())
        settings.state = common + L"\\Tapward";
    return settings;
}

Host::Host(HANDLE completions, const Settings &given)
    : port(completions), settings(given), self(own_sid()), store(given.folder), agent(*this), provider(*this), faces(*this), helpers(*this), reader(*this), programs(*this)
{
}

void Host::run()
{
    tell("TW2010 The host has started.", GetCurrentProcessId());
#ifdef TAPWARD_TEST
    tell("TW2005 This is a build for tests: passwords are sealed without a TPM. Install the released one.");
#endif
    if (sealing() == std::string_view("none"))
        tell("TW2004 Windows can use no TPM on this computer: no password is kept, people type theirs. Turn the TPM on in the firmware's settings, then restart.");
    listed = list_sessions();
    follow();
    for (bool goes_on = true; goes_on;) {
        DWORD bytes = 0;
        ULONG_PTR key = pipe_news;
        OVERLAPPED *about = nullptr;
        const BOOL ok = GetQueuedCompletionStatus(port, &bytes, &key, &about, beat);
        const DWORD error = ok ? 0 : GetLastError();
        if (about == nullptr && !ok && error != WAIT_TIMEOUT)
            break;
        if (ok || about != nullptr) {
            switch (key) {
            case pipe_news:
                if (about != nullptr)
                    Pipe::ended(about, error, bytes);
                break;
            case session_news:
                session_event(bytes, static_cast<DWORD>(reinterpret_cast<ULONG_PTR>(about)));
                break;
            case power_news:
                agent.say({ bytes == PBT_APMSUSPEND ? "SLEEP" : "WOKE" });
                break;
            case stop_news:
                goes_on = false;
                break;
            case child_news:
            default:
                agent.look(station_time());
                break;
            }
        }
        look();
    }
    agent.end();
    reader.end();
    faces.end();
    programs.end();
    kept.drop_all();
    tell("TW2011 The host has stopped.");
}

void Host::look()
{
    const ULONGLONG now = station_time();
    if (now - looked < beat)
        return;
    looked = now;
    kept.look(now);
    agent.look(now);
    provider.look(now);
    faces.look(now);
    helpers.look(now);
    programs.look(now);
}

void Host::follow()
{
    faces.follow(listed);
    helpers.follow(listed);
    programs.follow(listed);
}

DWORD Host::disconnect(DWORD session, const char *why)
{
    const DWORD error = ask_disconnect(session);
    if (why != nullptr)
        tell(why, session);
    if (why != nullptr && error != 0)
        tell("TW2008 Windows refused to disconnect a session: restart the computer.", error);
    return error;
}

void Host::opened(const std::wstring &account, DWORD session)
{
    for (auto &entry : open)
        if (entry.account == account) {
            entry.session = session;
            return;
        }
    open.push_back({ account, session });
}

/* Nobody decides any more about what it had opened: none of it stays open. Windows locks a session that is disconnected. */
void Host::agent_gone()
{
    provider.agent_gone();
    kept.drop_all();
    const DWORD console = console_session();
    bool asked = false;
    for (const auto &session : list_sessions())
        for (const auto &entry : open)
            if (account_of(session.domain, session.user) == entry.account && session.lock != std::string_view("locked") && session.state == std::string_view("active")) {
                disconnect(session.id, "TW2006 The agent has ended: the session it had opened was asked to be disconnected.");
                asked = asked || session.id == console;
            }
    for (const auto &entry : open)
        if (!asked && entry.session == console) {
            disconnect(console, "TW2006 The agent has ended: the session it had opened was asked to be disconnected.");
            asked = true;
        }
    open.clear();
    faces.agent_gone();
}

void Host::tell_sessions()
{
    listed = list_sessions();
    const std::string count = std::to_string(listed.size()), console = std::to_string(console_session());
    agent.say({ "SESSIONS", count, console, sealing() });
    for (const auto &session : listed)
        agent.say({ "SESSION", std::to_string(session.id), session.epoch, session.state, session.lock, session.remote ? "remote" : "local", session.domain, session.user });
}

void Host::session_event(DWORD code, DWORD session)
{
    const std::string_view word = event_word(code);
    if (word == "sessionLogoff" || word == "sessionTerminate")
        for (const auto &before : listed)
            if (before.id == session && !before.user.empty())
                kept.drop(account_of(before.domain, before.user));
    tell_sessions();
    if (word == "sessionLogon" || word == "sessionUnlock")
        for (const auto &now : listed)
            if (now.id == session)
                provider.confirmed(account_of(now.domain, now.user));
    follow();
    provider.console_changed();
    agent.say({ "EVENT", std::to_string(session), word });
}

} // namespace tapward
