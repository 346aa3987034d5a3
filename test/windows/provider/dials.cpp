/* A DLL comes in; its import of CreateFileW is led through here, and the flags it dials with go out: what scene.h declares. */
#include "scene.h"

#include <cstring>

namespace {

DWORD flags_seen;

HANDLE WINAPI noted(LPCWSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES security, DWORD how, DWORD flags, HANDLE like)
{
    flags_seen = flags;
    return CreateFileW(name, access, share, security, how, flags, like);
}

} // namespace

void watch_dials(HMODULE dll)
{
    auto *const base = reinterpret_cast<BYTE *>(dll);
    const auto *const headers = reinterpret_cast<const IMAGE_NT_HEADERS *>(base + reinterpret_cast<const IMAGE_DOS_HEADER *>(base)->e_lfanew);
    const auto *library = reinterpret_cast<const IMAGE_IMPORT_DESCRIPTOR *>(base + headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress);
    unsigned found = 0;
    for (; library->Name != 0; library++) {
        auto *name = reinterpret_cast<const IMAGE_THUNK_DATA *>(base + library->OriginalFirstThunk);
        auto *slot = reinterpret_cast<IMAGE_THUNK_DATA *>(base + library->FirstThunk);
        for (; name->u1.AddressOfData != 0; name++, slot++) {
            DWORD before = 0;
            if (IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal) || std::strcmp(reinterpret_cast<const IMAGE_IMPORT_BY_NAME *>(base + name->u1.AddressOfData)->Name, "CreateFileW") != 0)
                continue;
            VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &before);
            slot->u1.Function = reinterpret_cast<ULONGLONG>(&noted);
            VirtualProtect(slot, sizeof *slot, before, &before);
            found++;
        }
    }
    CHECK(found == 1);
}

DWORD dialled()
{
    return flags_seen;
}
