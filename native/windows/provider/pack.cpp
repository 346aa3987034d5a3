/*
 * A credential comes in and goes out serialized: what pack.h declares. The form is KERB_INTERACTIVE_UNLOCK_LOGON, the three
 * texts behind it, and in place of each pointer its distance from the beginning: LogonUI moves it to another process.
 */
#include "pack.h"

#include <ntsecapi.h>
#include <objbase.h>

#include <cstring>

#include "words.h"
#include "world.h"

namespace tapward {

namespace {

static_assert(sizeof(KERB_INTERACTIVE_UNLOCK_LOGON) == 64 && offsetof(KERB_INTERACTIVE_UNLOCK_LOGON, LogonId) == 56, "the layout the documentation gives");
static_assert(KerbInteractiveLogon == 2 && KerbWorkstationUnlockLogon == 7, "message types");

/* A protected password is longer than the plain one. */
using Protected = Secret<char16_t, 4096>;
using Protect = BOOL(WINAPI *)(BOOL as_self, LPWSTR plain, DWORD plain_size, LPWSTR result, DWORD *result_size, DWORD *kind);

bool find_package(ULONG *package)
{
    HANDLE lsa = nullptr;
    LSA_STRING name;

    name.Buffer = const_cast<char *>(logon_package());
    name.Length = static_cast<USHORT>(std::strlen(name.Buffer));
    name.MaximumLength = static_cast<USHORT>(name.Length + 1);
    if (LsaConnectUntrusted(&lsa) != 0)
        return false;
    const bool found = LsaLookupAuthenticationPackage(lsa, &name, package) == 0;
    LsaDeregisterLogonProcess(lsa);
    return found;
}

/* On its way through other processes only this boot's LSA can read it. Where Windows does not offer that, or does not do it, it goes as it is, as Windows' own tile does. */
void protect(Password &password, Protected &result)
{
    const HMODULE library = GetModuleHandleW(L"advapi32.dll");
    const auto credential_protect = library == nullptr ? nullptr : reinterpret_cast<Protect>(reinterpret_cast<void *>(GetProcAddress(library, "CredProtectW")));
    Secret<char16_t, Password::most + 1> plain;
    plain.assign(password.data(), password.size());
    password.clear();
    plain.data()[plain.size()] = 0;

    DWORD size = Protected::most;
    const bool done = credential_protect != nullptr && credential_protect(FALSE, reinterpret_cast<LPWSTR>(plain.data()), static_cast<DWORD>(plain.size() + 1),
                                                                          reinterpret_cast<LPWSTR>(result.data()), &size, nullptr);
    if (done && size > 1 && size <= Protected::most)
        result.resize(size - 1); /* without its ending zero */
    else
        result.assign(plain.data(), plain.size());
}

/* Copies the text behind what is there, and notes where. */
void append(BYTE *bytes, std::size_t &at, const char16_t *text, std::size_t size, UNICODE_STRING &where)
{
    where.Length = where.MaximumLength = static_cast<USHORT>(size * sizeof *text);
    where.Buffer = reinterpret_cast<PWSTR>(at);
    std::memcpy(bytes + at, text, where.Length);
    at += where.Length;
}

} // namespace

bool pack(const Account &account, Password &password, bool unlocks, Serialization *packed)
{
    Protected secret;
    protect(password, secret);
    const std::u16string domain = wide(account.domain.view()), user = wide(account.user.view());
    const std::size_t size = sizeof(KERB_INTERACTIVE_UNLOCK_LOGON) + sizeof(char16_t) * (domain.size() + user.size() + secret.size());
    ULONG package = 0;
    if (!find_package(&package))
        return false;
    BYTE *const bytes = static_cast<BYTE *>(CoTaskMemAlloc(size));
    if (bytes == nullptr)
        return false;

    KERB_INTERACTIVE_UNLOCK_LOGON logon = {};
    std::size_t at = sizeof logon;
    logon.Logon.MessageType = unlocks ? KerbWorkstationUnlockLogon : KerbInteractiveLogon;
    append(bytes, at, domain.data(), domain.size(), logon.Logon.LogonDomainName);
    append(bytes, at, user.data(), user.size(), logon.Logon.UserName);
    append(bytes, at, secret.data(), secret.size(), logon.Logon.Password);
    std::memcpy(bytes, &logon, sizeof logon);
    packed->package = package;
    packed->provider = our_provider;
    packed->size = static_cast<ULONG>(size);
    packed->bytes = bytes;
    return true;
}

} // namespace tapward
