/*
 * Sessions come in; in each one that somebody is logged on to, her face and her helper run with her own rights, and are started anew when they end.
 *
 * Neither is in a job of ours: a face that ended with us would uncover what only it covers. One that is still there when we come back is left alone.
 */
#ifndef TAPWARD_SESSION_PROGRAMS_H
#define TAPWARD_SESSION_PROGRAMS_H

#include <vector>

#include "sessions.h"

namespace tapward {

class Host;

class SessionPrograms {
public:
    explicit SessionPrograms(Host &host);
    void follow(const std::vector<Session> &sessions);
    void look(ULONGLONG now);
    /* Those that we have started, now. */
    void end();

private:
    enum class What { face, helper };
    struct Program {
        DWORD session;
        std::string epoch;
        What what;
        Handle process;
        ULONGLONG started, next;
        unsigned failures;
        /* It must not be started the same way again. */
        bool refused;
    };
    bool is_there(const Program &program) const;
    const std::wstring &command(What what) const;
    void start(Program &program, ULONGLONG now);
    void ended(Program &program, ULONGLONG now);

    Host &host;
    std::vector<Program> programs;
};

} // namespace tapward

#endif
