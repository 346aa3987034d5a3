/*
 * Faces' lines come in from the sessions of their users; their letters go on to the agent, their silence to Windows: face_door.h.
 */
#include "face_door.h"

#include "host.h"

namespace tapward {

namespace {

constexpr ULONGLONG silence = 1750; /* milliseconds without a beat; with the time between two looks: within 2 s */

/* What a client needs, without FILE_CREATE_PIPE_INSTANCE: nobody makes a second end of our name. Never over the network. */
Pipe::Rules rules_for(const std::wstring &self, DWORD session, const std::wstring &user)
{
    return { L"\\\\.\\pipe\\tapward-face-" + std::to_wstring(session), L"D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;" + self + L")(A;;0x12019b;;;" + user + L")", from_face,
             sizeof from_face / sizeof *from_face, 400 };
}

} // namespace

FaceDoor::FaceDoor(Host &owner) : host(owner) {}

FaceDoor::Place *FaceDoor::find(DWORD session)
{
    for (const auto &place : places)
        if (place->session == session && !place->leaving)
            return place.get();
    return nullptr;
}

FaceDoor::Place *FaceDoor::place_of(const Pipe &pipe)
{
    for (const auto &place : places)
        for (const auto &own : place->pipes)
            if (own.get() == &pipe)
                return place.get();
    return nullptr;
}

FaceDoor::Place *FaceDoor::stand(DWORD session)
{
    if (Place *place = find(session))
        return place;
    const std::wstring user = sid_of_session(session);
    if (user.empty() || places.size() >= 32)
        return nullptr;
    auto place = std::make_unique<Place>();
    place->session = session;
    for (size_t i = 0; i < each; i++)
        place->pipes[i] = std::make_unique<Pipe>(host.port, rules_for(host.self, session, user), i == 0, each, *this);
    if (!place->pipes[0]->stands()) {
        host.tell("TW2002 Another program has our pipe's name: restart the computer, and have it looked at for malware if this comes again.", GetLastError());
        return nullptr;
    }
    places.push_back(std::move(place));
    return places.back().get();
}

void FaceDoor::follow(const std::vector<Session> &sessions)
{
    for (const auto &session : sessions)
        if (!session.user.empty())
            static_cast<void>(stand(session.id)); /* told where it failed */
    for (const auto &place : places) {
        bool there = place->watched;
        for (const auto &session : sessions)
            there = there || (session.id == place->session && !session.user.empty());
        if (there || place->leaving)
            continue;
        place->leaving = true;
        for (const auto &pipe : place->pipes)
            pipe->close();
    }
}

bool FaceDoor::hello(Pipe &pipe, const Line &line)
{
    const Place *place = place_of(pipe);
    if (place == nullptr || line.fields[2] != "face" || number_of(line.fields[1]) != place->session || pipe.peer().session != place->session)
        return false;
    pipe.say({ "READY", pipe.ticket() });
    host.agent.say({ "FACE", std::to_string(place->session), "here" });
    return true;
}

bool FaceDoor::said(Pipe &pipe, const Line &line)
{
    Place *place = place_of(pipe);
    if (place == nullptr)
        return false;
    const std::string session = std::to_string(place->session);
    if (line.verb == "BEAT") {
        if (line.fields[0] != "covered" && line.fields[0] != "open")
            return false;
        const ULONGLONG now = station_time();
        const bool open = line.fields[0] == "open";
        /* Each change, and else not faster than a face has to beat: a flood stays here. */
        if (place->silent || open != place->open || now - place->told >= 200) {
            place->told = now;
            host.agent.say({ "FACE", session, line.fields[0] });
        }
        place->beat = now;
        place->seen = true;
        place->open = open;
        place->silent = false;
    } else if (line.verb == "LOCKED") {
        host.agent.say({ "ASKED", "LOCK", session, line.fields[0] });
    } else if (line.verb == "SAY") {
        /* It is the face that has to wait, never the agent that is dropped for a face's flood. */
        if (host.agent.room() < line.fields[0].size() + longest_line)
            return false;
        host.agent.say({ "SAY", session, line.fields[0] });
    }
    return true;
}

/* Its silence counts, not its going: another one may cover in time. */
void FaceDoor::gone(Pipe &pipe)
{
    const Place *place = place_of(pipe);
    if (place != nullptr && !has(place->session))
        host.agent.say({ "FACE", std::to_string(place->session), "gone" });
}

bool FaceDoor::has(DWORD session) const
{
    for (const auto &place : places)
        for (const auto &pipe : place->pipes)
            if (place->session == session && pipe->greeted())
                return true;
    return false;
}

void FaceDoor::introduce()
{
    for (const auto &place : places)
        if (has(place->session))
            host.agent.say({ "FACE", std::to_string(place->session), "here" });
}

void FaceDoor::end()
{
    for (const auto &place : places)
        if (place->watched && !place->leaving && console_session() == place->session)
            host.disconnect(place->session, "TW2022 The host stops: a session that only its face covers was asked to be disconnected.");
}

void FaceDoor::watch(DWORD session, ULONGLONG now)
{
    Place *place = stand(session);
    if (place == nullptr) {
        host.disconnect(session, "TW2015 A session that is to have a face can have none: it was asked to be disconnected.");
        return;
    }
    place->watched = true;
    place->silent = false; /* to be told when it is */
    place->beat = now;
}

DWORD FaceDoor::lock(DWORD session)
{
    DWORD error = ERROR_NOT_FOUND;
    if (Place *place = find(session))
        for (const auto &pipe : place->pipes)
            if (pipe->greeted()) {
                pipe->say({ "LOCK" });
                error = 0;
            }
    return error;
}

void FaceDoor::tell(DWORD session, std::string_view letter)
{
    if (Place *place = find(session))
        for (const auto &pipe : place->pipes)
            if (pipe->greeted())
                pipe->say({ "TELL", letter });
}

void FaceDoor::part(DWORD session)
{
    if (Place *place = find(session))
        for (const auto &pipe : place->pipes)
            if (pipe->greeted())
                pipe->drop();
}

void FaceDoor::agent_gone()
{
    for (const auto &place : places)
        if (place->watched && place->open && !place->leaving)
            host.disconnect(place->session, "TW2006 The agent has ended: the session it had opened was asked to be disconnected.");
}

void FaceDoor::look(ULONGLONG now)
{
    for (size_t i = places.size(); i-- > 0;) {
        Place &place = *places[i];
        bool still = place.leaving;
        for (const auto &pipe : place.pipes) {
            pipe->look(now);
            still = still && pipe->still();
        }
        if (still) {
            places.erase(places.begin() + static_cast<std::ptrdiff_t>(i));
            continue;
        }
        if (!place.watched || now - place.beat < silence)
            continue;
        /* Again at each such time until it beats, or another session has the console. */
        place.beat = now;
        const bool again = place.silent;
        if (!again)
            host.agent.say({ "FACE", std::to_string(place.session), "silent" });
        place.silent = true;
        if (place.seen && console_session() == place.session)
            host.disconnect(place.session, again ? nullptr : "TW2016 No face covers a session: it was asked to be disconnected.");
    }
}

} // namespace tapward
