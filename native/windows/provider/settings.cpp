/* The registry and the language of Windows come in, manner goes out: what settings.h declares. */
#include "settings.h"

#include <windows.h>

namespace tapward {

Manner read_manner()
{
    Manner manner;
    WCHAR phone[25] = {};
    DWORD size = sizeof phone;

    /* A number that is too long is no number. */
    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Tapward", L"Phone", RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, nullptr, phone, &size) == ERROR_SUCCESS)
        for (const WCHAR *at = phone; *at != 0; at++)
            manner.phone.push_back(static_cast<char16_t>(*at));
    manner.language = PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_SPANISH ? Language::es : Language::en;
    return manner;
}

} // namespace tapward
