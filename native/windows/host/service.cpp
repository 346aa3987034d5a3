/*
 * tapward-host.exe: orders of the service manager and its news of sessions and sleep come in; one host runs until it is told to stop.
 * `tapward-host install` and `remove` are for an administrator, `configure` and `bring-back` are for the MSI, which makes the service itself; they and nothing else take arguments.
 */
#include "host.h"

#include <cstdio>
#include <cwchar>
#include <wtsapi32.h>

using namespace tapward;

namespace {

/* Of the one service in this process: the manager's callbacks have no better place for it. */
struct Service {
    SERVICE_STATUS_HANDLE manager = nullptr;
    HANDLE port = nullptr;
} service;

void tell_manager(DWORD state, DWORD exit_code)
{
    SERVICE_STATUS status = {};
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    status.dwWin32ExitCode = exit_code;
    status.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_SESSIONCHANGE | SERVICE_ACCEPT_POWEREVENT : 0;
    status.dwWaitHint = state == SERVICE_RUNNING || state == SERVICE_STOPPED ? 0 : 10000;
    static_cast<void>(SetServiceStatus(service.manager, &status)); /* a manager that is gone is told nothing */
}

/* On a thread of the manager's: all it does is hand on. */
DWORD WINAPI control(DWORD order, DWORD kind, LPVOID about, LPVOID)
{
    switch (order) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
        tell_manager(SERVICE_STOP_PENDING, 0);
        PostQueuedCompletionStatus(service.port, 0, stop_news, nullptr);
        return NO_ERROR;
    case SERVICE_CONTROL_SESSIONCHANGE:
        PostQueuedCompletionStatus(service.port, kind, session_news, reinterpret_cast<OVERLAPPED *>(static_cast<ULONG_PTR>(static_cast<WTSSESSION_NOTIFICATION *>(about)->dwSessionId)));
        return NO_ERROR;
    case SERVICE_CONTROL_POWEREVENT:
        if (kind == PBT_APMSUSPEND || kind == PBT_APMRESUMEAUTOMATIC)
            PostQueuedCompletionStatus(service.port, kind, power_news, nullptr);
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    default:
#ifdef TAPWARD_TEST
        /* A session event that a test makes up, since Wine sends none: its code in the low four bits, its session above them. */
        if (order >= 128 && PostQueuedCompletionStatus(service.port, order & 15, session_news, reinterpret_cast<OVERLAPPED *>(static_cast<ULONG_PTR>(order - 128) >> 4)))
            return NO_ERROR;
#endif
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

void WINAPI run_service(DWORD, LPWSTR *)
{
    service.manager = RegisterServiceCtrlHandlerExW(service_name, control, nullptr);
    service.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
    if (service.manager == nullptr || service.port == nullptr)
        return;
    Settings settings = read_settings();
    if (!own_folder(settings.folder)) {
        tell_manager(SERVICE_STOPPED, ERROR_ACCESS_DENIED);
        return;
    }
#ifndef TAPWARD_TEST
    if (own_sid() != L"S-1-5-18") {
        report(settings.folder.c_str(), "TW2017 The host runs as another account than LocalSystem: repair the installation.");
        tell_manager(SERVICE_STOPPED, ERROR_ACCESS_DENIED);
        return;
    }
#endif
    /* Not over what somebody else laid there: a policy or people of his would be ours. */
    if (!own_folder(settings.state, service_sid(service_name))) {
        report(settings.folder.c_str(), "TW2019 The agent's folder is somebody else's, or cannot be made: the agent is not started. Delete the folder as an administrator, then restart the service.");
        settings.agent.clear();
    } else if (!hooks_folder(settings.state + L"\\hooks.d")) {
        report(settings.folder.c_str(), "TW2024 The folder hooks.d is somebody else's, or cannot be made: no hook is run from it. Delete it as an administrator, then restart the service.");
    }
    /* Never destroyed: operations of its pipes may still be under way when the process ends. */
    Host &host = *new Host(service.port, settings);
    tell_manager(SERVICE_RUNNING, 0);
    host.run();
    tell_manager(SERVICE_STOPPED, 0);
    ExitProcess(0);
}

/* Prints what it did not; the exit code. */
int done(bool worked, const char *what)
{
    if (worked)
        return 0;
    printf("Cannot %s (error %lu): run this as an administrator.\n", what, GetLastError());
    return 1;
}

#ifdef TAPWARD_TEST
/* Prints what a manager is asked for: Wine's keeps none of it, so a test reads it here. */
void say_asked(const SERVICE_FAILURE_ACTIONSW &failure, const wchar_t *privileges)
{
    printf("Failures are counted for %lu s:", failure.dwResetPeriod);
    for (DWORD at = 0; at < failure.cActions; at++)
        printf(" %s after %lu ms", failure.lpsaActions[at].Type == SC_ACTION_RESTART ? "restart" : "something else", failure.lpsaActions[at].Delay);
    printf(".\nPrivileges:");
    for (const wchar_t *one = privileges; *one != 0; one += wcslen(one) + 1)
        printf(" %ls", one);
    printf(".\n");
}
#endif

/*
 * What the manager is to know of our service beside its name, said again at each installation: where it lies, what it may, and what follows its failing.
 * Windows Installer's own tables for this (MsiServiceConfig and its like) are documented as not working.
 */
bool restrain(SC_HANDLE service, const wchar_t *path)
{
    SERVICE_SID_INFO sid = { SERVICE_SID_TYPE_UNRESTRICTED };
    SC_ACTION again[3] = { { SC_ACTION_RESTART, 1000 }, { SC_ACTION_RESTART, 1000 }, { SC_ACTION_RESTART, 5000 } };
    wchar_t none[] = L"", said[] = L"Opens and locks sessions by badge taps. Without it people sign in with their passwords.";
    SERVICE_FAILURE_ACTIONSW failure = { 86400, none, none, 3, again };
    SERVICE_DESCRIPTIONW description = { said };
    /* No more of LocalSystem than this; each string ends with a zero, the list with another. */
    wchar_t privileges[] = L"SeTcbPrivilege\0SeAssignPrimaryTokenPrivilege\0SeIncreaseQuotaPrivilege\0SeImpersonatePrivilege\0SeChangeNotifyPrivilege\0";
    SERVICE_REQUIRED_PRIVILEGES_INFOW needed = { privileges };
    const bool placed = ChangeServiceConfigW(service, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, path, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr) != 0;
    const bool whole = ChangeServiceConfig2W(service, SERVICE_CONFIG_SERVICE_SID_INFO, &sid) && ChangeServiceConfig2W(service, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &needed);
    const bool kept_up = ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &failure);
    static_cast<void>(ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description)); /* only words */
#ifdef TAPWARD_TEST
    say_asked(failure, privileges);
    if (placed && !(whole && kept_up))
        puts("Installed, but without all of its restrictions: this Windows does not know them.");
    return placed;
#else
    return placed && whole && kept_up;
#endif
}

/* `create`: anew; else what Windows Installer has put there. */
int install(bool create)
{
    wchar_t own[MAX_PATH], path[MAX_PATH + 2];
    const DWORD size = GetModuleFileNameW(nullptr, own, MAX_PATH);
    const SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, create ? SC_MANAGER_CREATE_SERVICE : SC_MANAGER_CONNECT);
    if (size == 0 || size == MAX_PATH || manager == nullptr)
        return done(false, "reach the service manager");
    /* Quoted: a path with a space starts nothing else. */
    swprintf(path, sizeof path / sizeof *path, L"\"%ls\"", own);
    /* Restarts among the failure actions want the right to start it. */
    const DWORD wanted = SERVICE_CHANGE_CONFIG | SERVICE_START;
    const SC_HANDLE made = create ? CreateServiceW(manager, service_name, L"Tapward", wanted, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, path, nullptr, nullptr,
                                                   nullptr, nullptr, nullptr)
                                  : OpenServiceW(manager, service_name, wanted);
    int code = done(made != nullptr, create ? "install the service" : "find the service");
    if (made != nullptr) {
        code = done(restrain(made, path), "restrict the service");
        CloseServiceHandle(made);
    }
    CloseServiceHandle(manager);
    return code;
}

/* Waits until the manager calls the service stopped, half a minute at most; a service that comes up is stopped as soon as it can be. */
bool stop_and_wait(SC_HANDLE there)
{
    SERVICE_STATUS status = {};
    for (int tries = 0; tries < 300 && QueryServiceStatus(there, &status); tries++) {
        if (status.dwCurrentState == SERVICE_STOPPED)
            return true;
        if (status.dwCurrentState == SERVICE_RUNNING)
            static_cast<void>(ControlService(there, SERVICE_CONTROL_STOP, &status)); /* looked at again in a moment */
        Sleep(100);
    }
    return false;
}

/*
 * After a removal that Windows Installer undid: it has made the service anew, which knows nothing of `restrain`, and may have started it before the registry told it what to run.
 * The exit code.
 */
int bring_back()
{
    const int restrained = install(false);
    if (restrained != 0)
        return restrained;
    const SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
    const SC_HANDLE there = manager == nullptr ? nullptr : OpenServiceW(manager, service_name, SERVICE_STOP | SERVICE_START | SERVICE_QUERY_STATUS);
    const int code = done(there != nullptr && stop_and_wait(there) && StartServiceW(there, 0, nullptr) != 0, "restart the service");
    if (there != nullptr)
        CloseServiceHandle(there);
    if (manager != nullptr)
        CloseServiceHandle(manager);
    return code;
}

int remove()
{
    const SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
    const SC_HANDLE there = manager == nullptr ? nullptr : OpenServiceW(manager, service_name, DELETE | SERVICE_STOP);
    SERVICE_STATUS status;
    if (there == nullptr)
        return done(false, "find the service");
    /* Not running is as good. */
    static_cast<void>(ControlService(there, SERVICE_CONTROL_STOP, &status));
    const int code = done(DeleteService(there) != 0, "remove the service");
    CloseServiceHandle(there);
    CloseServiceHandle(manager);
    return code;
}

} // namespace

int wmain(int count, wchar_t **words)
{
    /* Secrets are in memory here and in the programs it starts, which inherit this: when one crashes, Windows Error Reporting keeps no picture of it. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    /* Whatever Windows loads for us later (CNG's providers, the TPM's) comes from System32, and from no folder that a path names. */
    if (!SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32))
        return 70;
    for (const bool create : { true, false })
        if (count == 2 && std::wstring_view(words[1]) == (create ? L"install" : L"configure"))
            return install(create);
    if (count == 2 && std::wstring_view(words[1]) == L"remove")
        return remove();
    if (count == 2 && std::wstring_view(words[1]) == L"bring-back")
        return bring_back();
    wchar_t name[] = L"Tapward";
    const SERVICE_TABLE_ENTRYW table[] = { { name, run_service }, { nullptr, nullptr } };
    if (count == 1 && StartServiceCtrlDispatcherW(table))
        return 0;
    puts("tapward-host is a Windows service: `tapward-host install` or `tapward-host remove`, then `sc start Tapward`.");
    return 64;
}
