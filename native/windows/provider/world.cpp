/* Questions about the machine come in, what Windows says of them goes out: what world.h declares, for a real Windows. */
#include "world.h"

namespace tapward {

const wchar_t *host_pipe()
{
    return L"\\\\.\\pipe\\tapward-cp";
}

DWORD host_process()
{
    SERVICE_STATUS_PROCESS status = {};
    DWORD needed = 0;
    const SC_HANDLE services = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
    const SC_HANDLE service = services == nullptr ? nullptr : OpenServiceW(services, L"Tapward", SERVICE_QUERY_STATUS);

    if (service == nullptr || !QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE *>(&status), sizeof status, &needed))
        status.dwProcessId = 0;
    if (service != nullptr)
        CloseServiceHandle(service);
    if (services != nullptr)
        CloseServiceHandle(services);
    return status.dwProcessId;
}

bool is_at_console(DWORD session)
{
    return session == WTSGetActiveConsoleSessionId() && GetSystemMetrics(SM_REMOTESESSION) == 0;
}

const char *logon_package()
{
    return "Negotiate";
}

} // namespace tapward
