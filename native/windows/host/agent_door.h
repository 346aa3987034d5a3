/*
 * The agent's lines come in and become calls and answers; it itself is started here, watched, and started anew when it ends.
 */
#ifndef TAPWARD_AGENT_DOOR_H
#define TAPWARD_AGENT_DOOR_H

#include "child.h"
#include "pipe.h"

namespace tapward {

class Host;

class AgentDoor : public Listener {
public:
    explicit AgentDoor(Host &host);
    bool hello(Pipe &pipe, const Line &line) override;
    bool said(Pipe &pipe, const Line &line) override;
    void gone(Pipe &pipe) override;

    /* Dropped where no agent listens. */
    void say(std::initializer_list<std::string_view> fields);
    bool listens() const { return greeted; }
    size_t room() const { return pipe.room(); }
    /* The process that may be our agent; 0: none. */
    DWORD process() const { return child.process(); }
    void look(ULONGLONG now);
    void end();

private:
    void start(ULONGLONG now);
    /* It has ended, or may as well have. */
    void over(ULONGLONG now);

    Host &host;
    Pipe pipe;
    Child child;
    ULONGLONG started = 0, next = 0;
    unsigned failures = 0;
    bool ending = false, greeted = false;
};

} // namespace tapward

#endif
