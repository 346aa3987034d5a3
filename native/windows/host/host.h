/*
 * Lines of three kinds of peers and Windows' own events come in; what one has to be told of the other, and calls to Windows, go out.
 * One thread, one completion port: nothing here is locked, and nothing waits.
 */
#ifndef TAPWARD_HOST_H
#define TAPWARD_HOST_H

#include "agent_door.h"
#include "face_door.h"
#include "helper_door.h"
#include "kept.h"
#include "provider_door.h"
#include "reader_door.h"
#include "sealed.h"
#include "session_programs.h"
#include "sessions.h"

namespace tapward {

/*
 * Values of HKLM\SOFTWARE\Tapward\Host, all of them text, which the installer writes and only administrators may:
 *   Agent   the agent's command line: `"…\tapward.exe" run agent`, in a clone `"…\node.exe" …\agent\windows\main.ts`. Without it no agent is started.
 *   Reader  its reader program's: `"…\tapward.exe" run reader host`, in a clone `"…\node.exe" …\native\pcsc\program.ts host`. Without it there is no reader.
 *   Face    the face's, as it is started in each session: `"…\face\tapward-face.exe"`. Without it nobody starts one.
 *   Helper  the session helper's: `"…\tapward.exe" run helper`, in a clone `"…\node.exe" …\native\helper\program.ts`. Without it nobody starts one.
 *   Folder  where the host keeps its records; else C:\ProgramData\Tapward-Host
 *   State   where the agent keeps its store; else C:\ProgramData\Tapward
 * A program's path stands between quotes: see program_of.
 */
struct Settings {
    std::wstring agent, reader, face, helper, folder, state;
};

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
    HelperDoor helpers;
    ReaderDoor reader;
    SessionPrograms programs;

private:
    struct Opened {
        std::wstring account;
        DWORD session;
    };
    void session_event(DWORD code, DWORD session);
    void look();
    void follow();

    std::vector<Session> listed;
    std::vector<Opened> open;
    ULONGLONG looked = 0;
};

} // namespace tapward

#endif
