/*
 * What the environment of the test says comes in, what the provider believes of the machine goes out: in place of
 * native/windows/provider/world.cpp. Under Wine no session is remote, and which process the service manager has for our host
 * is the test's to say. Who made the pipe is asked of Wine itself, which keeps an owner and checks none.
 */
#include "../../../native/windows/provider/world.h"

#include <cwchar>

namespace tapward {

namespace {

/* Empty where the test says nothing. */
const wchar_t *said(const wchar_t *name, wchar_t *value, DWORD size)
{
    const DWORD length = GetEnvironmentVariableW(name, value, size);
    if (length == 0 || length >= size)
        value[0] = 0;
    return value;
}

} // namespace

const wchar_t *host_pipe()
{
    /* The link's thread is the only one that asks. */
    static thread_local wchar_t name[128];
    return said(L"TAPWARD_TEST_PIPE", name, 128);
}

DWORD host_process()
{
    wchar_t number[16];
    return static_cast<DWORD>(std::wcstoul(said(L"TAPWARD_TEST_SERVER", number, 16), nullptr, 10));
}

bool is_at_console(DWORD)
{
    wchar_t answer[16];
    return said(L"TAPWARD_TEST_REMOTE", answer, 16)[0] == 0;
}

const char *logon_package()
{
    return "Kerberos"; /* the one package Wine knows */
}

} // namespace tapward
