/*
 * A folder's path comes in; that it is ours alone, or ours and one other's, goes out. Anybody may make folders in ProgramData: one that lies there already is
 * only taken where its owner is SYSTEM, the administrators or ourselves.
 */
#include <aclapi.h>
#include <sddl.h>

#include "peer.h"

namespace tapward {

namespace {

/* Of a folder that is open: what a path means can change between two looks at it, what a handle means cannot. */
bool is_ours(HANDLE folder)
{
    PSID owner = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    LPWSTR text = nullptr;
    BY_HANDLE_FILE_INFORMATION about;

    if (!GetFileInformationByHandle(folder, &about) || (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0 || (about.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ||
        GetSecurityInfo(folder, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr, nullptr, nullptr, &descriptor) != ERROR_SUCCESS)
        return false;
    const bool read = ConvertSidToStringSidW(owner, &text) != 0;
    const std::wstring sid = read ? text : L"";
    if (read)
        LocalFree(text);
    LocalFree(descriptor);
    return sid == L"S-1-5-18" || sid == L"S-1-5-32-544" || sid == own_sid();
}

/* The one that lies there already, if it is ours, with these rights from now on. */
bool take(const std::wstring &path, PACL rights)
{
    const Handle folder(CreateFileW(path.c_str(), READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
    return folder && is_ours(folder.get()) &&
           SetSecurityInfo(folder.get(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr, nullptr, rights, nullptr) == ERROR_SUCCESS;
}

} // namespace

namespace {

/* Made with these rights, or made so again where it is ours. */
bool make(const std::wstring &path, const std::wstring &rights)
{
    PSECURITY_DESCRIPTOR descriptor;
    PACL list = nullptr;
    BOOL present = FALSE, defaulted = FALSE;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rights.c_str(), SDDL_REVISION_1, &descriptor, nullptr))
        return false;
    SECURITY_ATTRIBUTES attributes = { sizeof attributes, descriptor, FALSE };
    const bool ours = CreateDirectoryW(path.c_str(), &attributes) != 0 ||
                      (GetLastError() == ERROR_ALREADY_EXISTS && GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted) && take(path, list));
    LocalFree(descriptor);
    return ours;
}

} // namespace

bool own_folder(const std::wstring &path, const std::wstring &also)
{
    /* Administrators run `tapward` on the agent's; of the host's own they read what it tells. */
    const std::wstring rights = L"D:P(A;OICI;FA;;;SY)(A;OICI;" + std::wstring(also.empty() ? L"0x1200a9" : L"FA") + L";;;BA)(A;OICI;FA;;;" + own_sid() + L")" + (also.empty() ? L"" : L"(A;OICI;0x1301bf;;;" + also + L")");
    return make(path, rights);
}

bool hooks_folder(const std::wstring &path)
{
    return make(path, L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)");
}

} // namespace tapward
