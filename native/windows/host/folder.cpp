/*
 * A folder's path comes in; that it is ours alone goes out. Anybody may make folders in ProgramData: one that lies there already is
 * only taken where its owner is SYSTEM, the administrators or ourselves.
 */
#include <aclapi.h>
#include <sddl.h>

#include "peer.h"

namespace tapward {

namespace {

bool owner_is_ours(const std::wstring &path)
{
    PSID owner = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    LPWSTR text = nullptr;

    if (GetNamedSecurityInfoW(path.c_str(), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr, nullptr, nullptr, &descriptor) != ERROR_SUCCESS)
        return false;
    const bool read = ConvertSidToStringSidW(owner, &text) != 0;
    const std::wstring sid = read ? text : L"";
    if (read)
        LocalFree(text);
    LocalFree(descriptor);
    return sid == L"S-1-5-18" || sid == L"S-1-5-32-544" || sid == own_sid();
}

} // namespace

bool own_folder(const std::wstring &path)
{
    const std::wstring rights = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;" + own_sid() + L")";
    PSECURITY_DESCRIPTOR descriptor;
    PACL list = nullptr;
    BOOL present = FALSE, defaulted = FALSE;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rights.c_str(), SDDL_REVISION_1, &descriptor, nullptr))
        return false;
    SECURITY_ATTRIBUTES attributes = { sizeof attributes, descriptor, FALSE };
    bool ours = CreateDirectoryW(path.c_str(), &attributes) != 0;
    if (!ours && GetLastError() == ERROR_ALREADY_EXISTS) {
        const DWORD kind = GetFileAttributesW(path.c_str());
        ours = kind != INVALID_FILE_ATTRIBUTES && (kind & FILE_ATTRIBUTE_DIRECTORY) != 0 && (kind & FILE_ATTRIBUTE_REPARSE_POINT) == 0 && owner_is_ours(path) &&
               GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted) &&
               SetNamedSecurityInfoW(const_cast<LPWSTR>(path.c_str()), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr, nullptr, list, nullptr) == ERROR_SUCCESS;
    }
    LocalFree(descriptor);
    return ours;
}

} // namespace tapward
