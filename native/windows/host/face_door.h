/*
 * Beats and words of the faces of each session come in; a session whose face falls silent is asked to be disconnected.
 */
#ifndef TAPWARD_FACE_DOOR_H
#define TAPWARD_FACE_DOOR_H

#include <memory>
#include <vector>

#include "pipe.h"
#include "sessions.h"

namespace tapward {

class Host;

class FaceDoor : public Listener {
public:
    explicit FaceDoor(Host &host);
    bool hello(Pipe &pipe, const Line &line) override;
    bool said(Pipe &pipe, const Line &line) override;
    void gone(Pipe &pipe) override;

    /* A door for each session somebody is logged on to, and none for others. */
    void follow(const std::vector<Session> &sessions);
    /* Its door is ours, or is from now on; false: another program has the name. */
    bool stands(DWORD session) { return stand(session) != nullptr; }
    /* From now on this session's console needs beats. */
    void watch(DWORD session, ULONGLONG now);
    /* LOCK to its face; ERROR_NOT_FOUND: there is none. */
    DWORD lock(DWORD session);
    void tell(DWORD session, std::string_view letter);
    /* The agent will not hear it any more. */
    void part(DWORD session);
    void agent_gone();
    /* Which faces there are, for an agent that has just come. */
    void introduce();
    /* A face is there. */
    bool has(DWORD session) const;
    /* We end: what needs beats is asked to be disconnected while its face still covers it. */
    void end();
    void look(ULONGLONG now);

private:
    static constexpr size_t each = 2;
    struct Place {
        DWORD session = 0;
        bool watched = false, open = false, silent = true, leaving = false;
        /* A face has beaten here: from then on its silence is a loss. An empty desktop that waits for its first one is left alone, or it would never get it. */
        bool seen = false;
        ULONGLONG beat = 0, told = 0;
        std::unique_ptr<Pipe> pipes[each];
    };
    Place *find(DWORD session);
    Place *place_of(const Pipe &pipe);
    Place *stand(DWORD session);

    Host &host;
    std::vector<std::unique_ptr<Place>> places;
};

} // namespace tapward

#endif
