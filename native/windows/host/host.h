/*
 * Lines of three kinds of peers and Windows' own events come in; what one has to be told of the other, and calls to Windows, go out.
 * One thread, one completion port: nothing here is locked, and nothing waits.
 */
#ifndef TAPWARD_HOST_H
#define TAPWARD_HOST_H

#include "agent_door.h"
#include "face_door.h"
#include "kept.h"
#include "provider_door.h"
#include "reader_door.h"
#include "sealed.h"
#include "sessions.h"

namespace tapward {

/* Command lines of the agent and of its reader program, where the host keeps its things, and where the agent does. */
struct Settings {
    std::wstring agent, reader, folder, state;
};

/* From HKLM\SOFTWARE\Tapward\Host, which only administrators write. */
Settings read_settings();

/* What a completion is about, beside a pipe's own (0). */
enum News : ULONG_PTR { pipe_news, session_news, power_news, stop_news, child_news };

class Host {
public:
    Host(HANDLE port, const Settings &settings);

    /* Until `stop_news`: then every session that was opened is asked to be disconnected, and all children are dead. */
    void run();

    /* A sentence for IT; `number` as in `report`. */
    void tell(const char *sentence, DWORD number = ~0u) const { report(settings.folder.c_str(), sentence, number); }
    /* Asks for it, and notes that it did; null: this was noted before. */
    DWORD disconnect(DWORD session, const char *why);
    /* A grant for this account was redeemed at this session. */
    void opened(const std::wstring &account, DWORD session);
    /* The agent is not there any more. */
    void agent_gone();
    void tell_sessions();

    const HANDLE port;
    const Settings settings;
    const std::wstring self;
    Kept kept;
    const SealedStore store;
    AgentDoor agent;
    ProviderDoor provider;
    FaceDoor faces;
    ReaderDoor reader;

private:
    struct Opened {
        std::wstring account;
        DWORD session;
    };
    void session_event(DWORD code, DWORD session);
    void look();

    std::vector<Session> listed;
    std::vector<Opened> open;
    ULONGLONG looked = 0;
};

} // namespace tapward

#endif
