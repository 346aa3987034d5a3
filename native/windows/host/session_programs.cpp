/*
 * Sessions' programs are started with their users' tokens and looked after: session_programs.h.
 */
#include "session_programs.h"

#include <algorithm>
#include <userenv.h>

#include "host.h"

namespace tapward {

namespace {

constexpr ULONGLONG survivors = 3000; /* milliseconds in which one from before us connects */
constexpr ULONGLONG settled = 60000, longest_pause = 30000, squatted = 10000;
constexpr DWORD refused_code = 78, second_code = 75; /* core/face-link.ts: faceExits */

/* Her own environment, but for what makes an interpreter run something else, and which session and which logon this is. */
std::wstring environment_of(HANDLE token, DWORD session, const std::string &epoch)
{
    std::wstring block;
    void *made = nullptr;
    if (CreateEnvironmentBlock(&made, token, FALSE)) {
        for (const wchar_t *entry = static_cast<const wchar_t *>(made); *entry != 0; entry += wcslen(entry) + 1)
            if (_wcsnicmp(entry, L"NODE_", 5) != 0 && _wcsnicmp(entry, L"ELECTRON_", 9) != 0 && _wcsnicmp(entry, L"TAPWARD_", 8) != 0)
                block += std::wstring(entry) + L'\0';
        DestroyEnvironmentBlock(made);
    }
    return block + L"TAPWARD_LOGON=" + wide(epoch) + L'\0' + L"TAPWARD_SESSION=" + std::to_wstring(session) + L'\0' + L'\0';
}

} // namespace

SessionPrograms::SessionPrograms(Host &owner) : host(owner) {}

const std::wstring &SessionPrograms::command(What what) const
{
    return what == What::face ? host.settings.face : host.settings.helper;
}

bool SessionPrograms::is_there(const Program &program) const
{
    return program.what == What::face ? host.faces.has(program.session) : host.helpers.has(program.session);
}

void SessionPrograms::follow(const std::vector<Session> &sessions)
{
    const auto is_over = [&](const Program &program) {
        return std::none_of(sessions.begin(), sessions.end(), [&](const Session &session) { return session.id == program.session && session.epoch == program.epoch && !session.user.empty(); });
    };
    /* Windows ends what runs in a session that ends. */
    programs.erase(std::remove_if(programs.begin(), programs.end(), is_over), programs.end());
    for (const auto &session : sessions)
        for (const What what : { What::face, What::helper }) {
            const bool known = std::any_of(programs.begin(), programs.end(), [&](const Program &program) { return program.session == session.id && program.epoch == session.epoch && program.what == what; });
            if (!known && !session.user.empty() && !session.remote && !command(what).empty() && programs.size() < 64)
                programs.push_back({ session.id, session.epoch, what, Handle(), 0, station_time() + survivors, 0, false });
        }
}

void SessionPrograms::start(Program &program, ULONGLONG now)
{
    Handle token;
    STARTUPINFOW about = {};
    PROCESS_INFORMATION made;
    wchar_t desktop[] = L"winsta0\\default";
    std::wstring line = command(program.what);
    const std::wstring file = program_of(line);

    program.started = now;
    about.cb = sizeof about;
    about.lpDesktop = desktop;
    DWORD error = token_of_session(program.session, token);
    std::wstring environment = error == 0 ? environment_of(token.get(), program.session, program.epoch) : std::wstring();
    /* Nothing of ours is inherited. */
    if (error == 0 && !CreateProcessAsUserW(token.get(), file.c_str(), line.data(), nullptr, nullptr, FALSE, CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT, environment.data(), nullptr, &about, &made))
        error = GetLastError();
    if (error != 0) {
        if (program.failures == 0)
            host.tell("TW2020 A session's face or helper cannot be started: repair the installation.", error);
        return ended(program, now);
    }
    CloseHandle(made.hThread);
    program.process.reset(made.hProcess);
}

void SessionPrograms::ended(Program &program, ULONGLONG now)
{
    DWORD code = 0;
    if (program.process)
        static_cast<void>(GetExitCodeProcess(program.process.get(), &code));
    program.process.reset();
    program.failures = now - program.started > settled ? 0 : program.failures + 1;
    program.refused = program.what == What::face && code == refused_code;
    const ULONGLONG pause = code == second_code ? longest_pause : 250ull << std::min(program.failures, 7u);
    program.next = now + std::min(pause, longest_pause);
    if (program.refused)
        host.tell("TW2023 A face was started in a way that opens it to other programs, and is not started again: look at the value Face in the registry.", program.session);
    else if (program.failures < 3)
        host.tell("TW2021 A session's face or helper has ended; it is started again.", program.session);
}

void SessionPrograms::look(ULONGLONG now)
{
    for (Program &program : programs) {
        if (program.process && WaitForSingleObject(program.process.get(), 0) != WAIT_TIMEOUT)
            ended(program, now);
        if (program.process || program.refused || now < program.next || is_there(program))
            continue;
        /* It would say a PIN's digits to whoever has its pipe's name. */
        if (program.what == What::face ? host.faces.stands(program.session) : host.helpers.stands(program.session))
            start(program, now);
        else
            program.next = now + squatted;
    }
}

void SessionPrograms::end()
{
    constexpr DWORD closing = 2000;
    for (Program &program : programs)
        if (program.process)
            TerminateProcess(program.process.get(), 0);
    /* The service is stopped to change or remove their files; one that hangs in a driver hangs there. */
    for (Program &program : programs)
        if (program.process)
            static_cast<void>(WaitForSingleObject(program.process.get(), closing));
    programs.clear();
}

} // namespace tapward
