/*
 * Words of the helper of each session come in and go on to the agent, unread; its own go back.
 */
#ifndef TAPWARD_HELPER_DOOR_H
#define TAPWARD_HELPER_DOOR_H

#include <memory>
#include <vector>

#include "pipe.h"
#include "sessions.h"

namespace tapward {

class Host;

class HelperDoor : public Listener {
public:
    explicit HelperDoor(Host &host);
    bool hello(Pipe &pipe, const Line &line) override;
    bool said(Pipe &pipe, const Line &line) override;
    void gone(Pipe &pipe) override;

    /* A door for each session somebody is logged on to, and none for others. */
    void follow(const std::vector<Session> &sessions);
    /* As FaceDoor's. */
    bool stands(DWORD session);
    /* LOCK to its helper; ERROR_NOT_FOUND: there is none. */
    DWORD lock(DWORD session);
    void tell(DWORD session, std::string_view letter);
    /* The agent will not hear it any more. */
    void part(DWORD session);
    bool has(DWORD session) const;
    /* Which helpers there are, for an agent that has just come. */
    void introduce();
    void look(ULONGLONG now);

private:
    struct Place {
        DWORD session = 0;
        bool leaving = false;
        std::unique_ptr<Pipe> pipe;
    };
    Place *place_of(const Pipe &pipe);
    Pipe *at(DWORD session) const;

    Host &host;
    std::vector<std::unique_ptr<Place>> places;
};

} // namespace tapward

#endif
