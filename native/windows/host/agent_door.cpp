/*
 * Lines of the agent come in; calls to Windows, offers and answers go out: agent_door.h. Its process is ours to end and to start.
 */
#include "agent_door.h"

#include "host.h"

namespace tapward {

namespace {

constexpr ULONGLONG settled = 60000;        /* milliseconds after which an agent counts as well */
constexpr ULONGLONG longest_pause = 30000;
constexpr ULONGLONG greeting = 20000;       /* until it must have said HELLO */

/* What it says before the pipe hears it: beside the pipe's own rights, no other process than our child is heard. */
Pipe::Rules rules_for(const std::wstring &self)
{
    const std::wstring service = service_sid(service_name);
    return { L"\\\\.\\pipe\\tapward-agent", L"D:P(A;;GA;;;SY)(A;;GA;;;" + self + L")(A;;0x12019b;;;" + service + L")", from_agent, sizeof from_agent / sizeof *from_agent, 2000 };
}

} // namespace

AgentDoor::AgentDoor(Host &owner) : host(owner), pipe(owner.port, rules_for(owner.self), true, 1, *this), child(owner.port, child_news)
{
    if (!pipe.stands())
        host.tell("TW2002 Another program has our pipe's name: restart the computer, and have it looked at for malware if this comes again.", GetLastError());
}

bool AgentDoor::hello(Pipe &from, const Line &line)
{
    if (line.fields[2] != "agent" || from.peer().process != child.process() || from.peer().sid != host.self) {
        host.tell("TW2003 A program that is not our agent came to the agent's pipe, and was sent away.", from.peer().process);
        return false;
    }
    greeted = true;
    from.say({ "READY", from.ticket() });
    host.tell_sessions();
    host.provider.introduce();
    host.faces.introduce();
    host.helpers.introduce();
    return true;
}

bool AgentDoor::said(Pipe &, const Line &line)
{
    const auto &field = line.fields;
    const auto session = [&] { return static_cast<DWORD>(number_of(field[0])); };
    const auto asked = [&](DWORD error) {
        say({ "ASKED", line.verb, field[0], std::to_string(error) });
        return true;
    };

    if (line.verb == "LOCK")
        return asked(host.helpers.lock(session()) == 0 ? 0 : host.faces.lock(session()));
    if (line.verb == "DISCONNECT")
        return asked(host.disconnect(session(), "TW2007 The agent had a session disconnected."));
    if (line.verb == "CONNECT")
        return asked(ask_connect(session()));
    if (line.verb == "LOGOFF")
        return asked(ask_logoff(session()));
    if (line.verb == "KIOSK")
        host.faces.watch(session(), station_time());
    else if (line.verb == "OFFER")
        host.provider.offer(line);
    else if (line.verb == "REVOKE")
        host.provider.revoke(field[0]);
    else if (line.verb == "KEEP")
        host.provider.keep(account_of(field[0], field[1]), station_time() + number_of(field[2]));
    else if (line.verb == "DROP")
        host.provider.drop(field[0].empty() && field[1].empty() ? std::wstring() : account_of(field[0], field[1]));
    else if (line.verb == "SHOW")
        host.provider.show(field[0], field[1], field[2]);
    else if (line.verb == "TELL")
        host.faces.tell(session(), field[1]);
    else if (line.verb == "HELP")
        host.helpers.tell(session(), field[1]);
    else if (line.verb == "WHO" && field[0] == "face")
        host.faces.introduce();
    else if (line.verb == "WHO")
        host.helpers.introduce();
    else if (line.verb == "PART" && field[1] == "face")
        host.faces.part(session());
    else if (line.verb == "PART")
        host.helpers.part(session());
    return true;
}

/* A pipe that ended is an agent that ended: it would come back without knowing what it had opened. */
void AgentDoor::gone(Pipe &)
{
    greeted = false;
    over(station_time());
}

void AgentDoor::say(std::initializer_list<std::string_view> fields)
{
    if (greeted)
        pipe.say(fields);
}

void AgentDoor::start(ULONGLONG now)
{
    SECURITY_ATTRIBUTES inherited = { sizeof inherited, nullptr, TRUE };
    const std::wstring log = host.settings.folder + L"\\agent.log";
    /* What the run before said is kept; where it cannot be, it is written over. */
    static_cast<void>(MoveFileExW(log.c_str(), (log + L".before").c_str(), MOVEFILE_REPLACE_EXISTING));
    const Handle out(CreateFileW(log.c_str(), GENERIC_WRITE, FILE_SHARE_READ, &inherited, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
    const Handle in(CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, nullptr));
    const DWORD error = child.start(host.settings.agent, Rights::agent, in.get(), out ? out.get() : nullptr, out ? out.get() : nullptr);
    started = now;
    if (error != 0) {
        host.tell("TW2001 The agent cannot be started: repair the installation.", error);
        over(now);
        return;
    }
    host.reader.agent_is(child.process());
    host.tell("TW2012 The agent was started.", child.process());
}

void AgentDoor::over(ULONGLONG now)
{
    if (started == 0)
        return;
    failures = now - started > settled ? 0 : failures + 1;
    started = 0;
    greeted = false;
    const ULONGLONG pause = 1000ull << (failures < 6 ? failures : 5);
    next = now + (pause < longest_pause ? pause : longest_pause);
    child.end();
    pipe.drop();
    if (!ending)
        host.tell("TW2013 The agent has ended; it is started again after a pause.", static_cast<DWORD>(next - now));
    host.agent_gone();
}

void AgentDoor::look(ULONGLONG now)
{
    pipe.look(now);
    if (ending || host.settings.agent.empty())
        return;
    if (started != 0 && (!child.running() || (!greeted && now - started > greeting)))
        over(now);
    if (started == 0 && now >= next)
        start(now);
}

void AgentDoor::end()
{
    constexpr DWORD closing = 5000;
    ending = true;
    /* The service is stopped to change or remove what the agent has open. */
    child.end(closing);
    over(station_time());
}

} // namespace tapward
