/*
 * A command line comes in; a process with fewer rights than ours goes out, which ends when we end, however we do.
 */
#ifndef TAPWARD_CHILD_H
#define TAPWARD_CHILD_H

#include "system.h"

namespace tapward {

/*
 * The program of a command line: between its quotes, or up to the first space. Windows itself would try `C:\Program.exe` for an unquoted
 * path with a space, and search folders for a bare name; named apart from the line it is this file or none.
 */
std::wstring program_of(const std::wstring &line);

/* The service's own SID, S-1-5-80-…, as Windows derives it from the name: SHA-1 of it in upper case. */
std::wstring service_sid(const wchar_t *name);

/*
 * agent:  write-restricted to the service's SID, as the service manager makes a "restricted" service: what SYSTEM and the administrators
 *         may do is denied to it, it has no privilege, and it may write only where this service's SID may.
 * reader: SYSTEM, since nobody else may select a FIDO applet, but without a privilege.
 */
enum class Rights { agent, reader };

class Child {
public:
    /* Ends of its processes are told to `port` under `key`, to look. */
    Child(HANDLE port, ULONG_PTR key);
    /* `in` and `out` are inherited, nothing else is; `log` (may be null) takes what it says on stderr. 0, or the error code. */
    DWORD start(const std::wstring &command, Rights rights, HANDLE in, HANDLE out, HANDLE log);
    bool running() const;
    DWORD process() const { return number; }
    HANDLE handle() const { return running_process.get(); }
    /* It and all it started, now; waited for, at most this many milliseconds, where its files are to be free afterwards. */
    void end(DWORD patience = 0);

private:
    Handle job, running_process;
    DWORD number = 0;
};

constexpr wchar_t service_name[] = L"Tapward";

} // namespace tapward

#endif
