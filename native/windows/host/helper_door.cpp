/*
 * Helpers' lines come in from the sessions of their users, their letters go on to the agent: helper_door.h. One at a time in each session.
 */
#include "helper_door.h"

#include "host.h"

namespace tapward {

namespace {

/* As of a face: its user's, without the right to make a second end of our name, and never over the network. */
Pipe::Rules rules_for(const std::wstring &self, DWORD session, const std::wstring &user)
{
    return { L"\\\\.\\pipe\\tapward-helper-" + std::to_wstring(session), L"D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;" + self + L")(A;;0x12019b;;;" + user + L")", from_helper,
             sizeof from_helper / sizeof *from_helper, 100 };
}

} // namespace

HelperDoor::HelperDoor(Host &owner) : host(owner) {}

HelperDoor::Place *HelperDoor::place_of(const Pipe &pipe)
{
    for (const auto &place : places)
        if (place->pipe.get() == &pipe)
            return place.get();
    return nullptr;
}

Pipe *HelperDoor::at(DWORD session) const
{
    for (const auto &place : places)
        if (place->session == session && !place->leaving && place->pipe->greeted())
            return place->pipe.get();
    return nullptr;
}

bool HelperDoor::stands(DWORD session)
{
    for (const auto &place : places)
        if (place->session == session && !place->leaving)
            return true;
    const std::wstring user = places.size() >= 32 ? std::wstring() : sid_of_session(session);
    if (user.empty())
        return false;
    auto place = std::make_unique<Place>();
    place->session = session;
    place->pipe = std::make_unique<Pipe>(host.port, rules_for(host.self, session, user), true, 1, *this);
    if (!place->pipe->stands()) {
        host.tell("TW2002 Another program has our pipe's name: restart the computer, and have it looked at for malware if this comes again.", GetLastError());
        return false;
    }
    places.push_back(std::move(place));
    return true;
}

void HelperDoor::follow(const std::vector<Session> &sessions)
{
    for (const auto &session : sessions)
        if (!session.user.empty())
            static_cast<void>(stands(session.id)); /* told where it failed */
    for (const auto &place : places) {
        bool there = place->leaving;
        for (const auto &session : sessions)
            there = there || (session.id == place->session && !session.user.empty());
        if (there)
            continue;
        place->leaving = true;
        place->pipe->close();
    }
}

bool HelperDoor::hello(Pipe &pipe, const Line &line)
{
    const Place *place = place_of(pipe);
    if (place == nullptr || line.fields[2] != "helper" || number_of(line.fields[1]) != place->session || pipe.peer().session != place->session)
        return false;
    pipe.say({ "READY", pipe.ticket() });
    host.agent.say({ "HELPER", std::to_string(place->session), "here" });
    return true;
}

bool HelperDoor::said(Pipe &pipe, const Line &line)
{
    const Place *place = place_of(pipe);
    if (place == nullptr)
        return false;
    const std::string session = std::to_string(place->session);
    if (line.verb == "LOCKED") {
        host.agent.say({ "ASKED", "LOCK", session, line.fields[0] });
    } else if (line.verb == "SAY") {
        /* As with a face: the agent is not dropped for its flood. */
        if (host.agent.room() < line.fields[0].size() + longest_line)
            return false;
        host.agent.say({ "HELPED", session, line.fields[0] });
    }
    return true;
}

void HelperDoor::gone(Pipe &pipe)
{
    if (const Place *place = place_of(pipe))
        host.agent.say({ "HELPER", std::to_string(place->session), "gone" });
}

DWORD HelperDoor::lock(DWORD session)
{
    Pipe *pipe = at(session);
    if (pipe == nullptr)
        return ERROR_NOT_FOUND;
    pipe->say({ "LOCK" });
    return 0;
}

void HelperDoor::tell(DWORD session, std::string_view letter)
{
    if (Pipe *pipe = at(session))
        pipe->say({ "TELL", letter });
}

void HelperDoor::part(DWORD session)
{
    if (Pipe *pipe = at(session))
        pipe->drop();
}

bool HelperDoor::has(DWORD session) const
{
    return at(session) != nullptr;
}

void HelperDoor::introduce()
{
    for (const auto &place : places)
        if (place->pipe->greeted())
            host.agent.say({ "HELPER", std::to_string(place->session), "here" });
}

void HelperDoor::look(ULONGLONG now)
{
    for (size_t i = places.size(); i-- > 0;) {
        places[i]->pipe->look(now);
        if (places[i]->leaving && places[i]->pipe->still())
            places.erase(places.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

} // namespace tapward
