/*
 * Connections over loopback come in; each becomes a client of a named pipe whose name its first line says, and every byte goes
 * through, so that tests on the other system play peers of the host. Started by the host, it is its agent; by a test, a stranger.
 *
 * peer.exe <file>: the port's number is written there. First lines: `\\.\pipe\…`; `handles <process>`, answered by their number;
 * `kill <process>`, answered by 0 or an error; `control <code>`, which the service manager hands on to the host, answered by 0 or its error; `exit <code>`; `memory <process> <hex>`, answered by how often these bytes stand in its memory; `alive <process>`: 1 or 0; `hold \\.\pipe\…`: that pipe's server, until the connection ends, answered by 0 or its error.
 * peer.exe echo: a reader program that says back what it hears.
 */
#include <winsock2.h>
#include <windows.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Both {
    SOCKET socket;
    HANDLE pipe;
};

/* One operation at a time on a handle for overlapped ones. How many bytes; 0: over. */
template <typename Call> DWORD wait_for(HANDLE pipe, Call call)
{
    OVERLAPPED operation = {};
    DWORD bytes = 0;
    operation.hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    if ((!call(&operation) && GetLastError() != ERROR_IO_PENDING) || !GetOverlappedResult(pipe, &operation, &bytes, TRUE))
        bytes = 0;
    CloseHandle(operation.hEvent);
    return bytes;
}

/* From the pipe to the socket, until either is gone. */
DWORD WINAPI carry_back(void *given)
{
    const Both &both = *static_cast<Both *>(given);
    static thread_local char bytes[65536];
    for (;;) {
        const DWORD size = wait_for(both.pipe, [&](OVERLAPPED *op) { return ReadFile(both.pipe, bytes, sizeof bytes, nullptr, op); });
        if (size == 0 || send(both.socket, bytes, static_cast<int>(size), 0) <= 0)
            break;
    }
    shutdown(both.socket, SD_SEND);
    /* Wine leaves a write waiting whose other end has gone. */
    CancelIoEx(both.pipe, nullptr);
    return 0;
}

void carry(SOCKET socket, const char *name)
{
    static thread_local char bytes[65536];
    HANDLE pipe = INVALID_HANDLE_VALUE;
    for (int tries = 0; tries < 500 && pipe == INVALID_HANDLE_VALUE; tries++) {
        pipe = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr);
        if (pipe == INVALID_HANDLE_VALUE && GetLastError() != ERROR_PIPE_BUSY && tries > 50)
            break;
        if (pipe == INVALID_HANDLE_VALUE)
            Sleep(10);
    }
    if (pipe == INVALID_HANDLE_VALUE)
        return;
    Both both = { socket, pipe };
    const HANDLE back = CreateThread(nullptr, 0, carry_back, &both, 0, nullptr);
    for (;;) {
        const int size = recv(socket, bytes, sizeof bytes, 0);
        if (size <= 0)
            break;
        int sent = 0;
        while (sent < size) {
            const DWORD part = wait_for(pipe, [&](OVERLAPPED *op) { return WriteFile(pipe, bytes + sent, static_cast<DWORD>(size - sent), nullptr, op); });
            if (part == 0)
                break;
            sent += static_cast<int>(part);
        }
        if (sent < size)
            break;
    }
    /* The other thread may be between two reads when it is cancelled. */
    while (WaitForSingleObject(back, 20) == WAIT_TIMEOUT)
        CancelIoEx(pipe, nullptr);
    CloseHandle(back);
    CloseHandle(pipe);
}

void answer(SOCKET socket, unsigned long number)
{
    char text[32];
    const int size = snprintf(text, sizeof text, "%lu\n", number);
    send(socket, text, size, 0);
}

unsigned long count_in_memory(DWORD process, const std::string &wanted)
{
    const HANDLE handle = OpenProcess(PROCESS_VM_READ | PROCESS_QUERY_INFORMATION, FALSE, process);
    unsigned long found = 0;
    MEMORY_BASIC_INFORMATION region;
    if (handle == nullptr)
        return ~0ul;
    for (char *at = nullptr; VirtualQueryEx(handle, at, &region, sizeof region) == sizeof region; at = static_cast<char *>(region.BaseAddress) + region.RegionSize) {
        const DWORD usable = PAGE_READWRITE | PAGE_EXECUTE_READWRITE | PAGE_WRITECOPY;
        if (region.State != MEM_COMMIT || (region.Protect & usable) == 0 || (region.Protect & PAGE_GUARD) != 0)
            continue;
        std::string bytes(region.RegionSize, '\0');
        SIZE_T size = 0;
        if (!ReadProcessMemory(handle, region.BaseAddress, bytes.data(), bytes.size(), &size))
            continue;
        bytes.resize(size);
        for (size_t place = bytes.find(wanted); place != std::string::npos; place = bytes.find(wanted, place + 1))
            found++;
    }
    CloseHandle(handle);
    return found;
}

/* As the kernel lists them; 0: it does not. */
unsigned long count_handles(DWORD process)
{
    struct Entry {
        ULONG owner;
        UCHAR type, flags;
        USHORT value;
        PVOID object;
        ULONG access;
    };
    struct List {
        ULONG count;
        Entry entries[1];
    };
    using Query = LONG(WINAPI *)(int, void *, ULONG, ULONG *);
    const auto query = reinterpret_cast<Query>(reinterpret_cast<void *>(GetProcAddress(GetModuleHandleW(L"ntdll"), "NtQuerySystemInformation")));
    constexpr ULONG size = 4 << 20;
    List *list = static_cast<List *>(malloc(size));
    unsigned long found = 0;
    if (list != nullptr && query != nullptr && query(16, list, size, nullptr) >= 0)
        for (ULONG i = 0; i < list->count; i++)
            found += list->entries[i].owner == process ? 1 : 0;
    free(list);
    return found;
}

/* 0, or the error. */
unsigned long control(DWORD code)
{
    SERVICE_STATUS status;
    const SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
    const SC_HANDLE there = manager == nullptr ? nullptr : OpenServiceW(manager, L"Tapward", SERVICE_USER_DEFINED_CONTROL);
    const unsigned long error = there != nullptr && ControlService(there, code, &status) ? 0 : GetLastError();
    if (there != nullptr)
        CloseServiceHandle(there);
    if (manager != nullptr)
        CloseServiceHandle(manager);
    return error;
}

int echo()
{
    char bytes[4096];
    DWORD size, written;
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), bytes, sizeof bytes, &size, nullptr) && size > 0)
        if (!WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), bytes, size, &written, nullptr))
            return 1;
    return 0;
}

DWORD WINAPI serve(void *given)
{
    const SOCKET socket = reinterpret_cast<SOCKET>(given);
    std::string line;
    char c;
    while (line.size() < 1000 && recv(socket, &c, 1, 0) == 1 && c != '\n')
        line += c;
    if (line.rfind("exit ", 0) == 0)
        ExitProcess(static_cast<UINT>(atoi(line.c_str() + 5)));
    if (line.rfind("handles ", 0) == 0) {
        answer(socket, count_handles(strtoul(line.c_str() + 8, nullptr, 10)));
    } else if (line.rfind("kill ", 0) == 0) {
        const HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, strtoul(line.c_str() + 5, nullptr, 10));
        answer(socket, process != nullptr && TerminateProcess(process, 9) ? 0 : GetLastError());
        if (process != nullptr)
            CloseHandle(process);
    } else if (line.rfind("control ", 0) == 0) {
        answer(socket, control(strtoul(line.c_str() + 8, nullptr, 10)));
    } else if (line.rfind("hold ", 0) == 0) {
        const HANDLE pipe = CreateNamedPipeA(line.c_str() + 5, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 1, 4096, 4096, 0, nullptr);
        answer(socket, pipe == INVALID_HANDLE_VALUE ? GetLastError() : 0);
        while (recv(socket, &c, 1, 0) == 1)
            continue;
        if (pipe != INVALID_HANDLE_VALUE)
            CloseHandle(pipe);
    } else if (line.rfind("alive ", 0) == 0) {
        const HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, strtoul(line.c_str() + 6, nullptr, 10));
        answer(socket, process != nullptr && WaitForSingleObject(process, 0) == WAIT_TIMEOUT ? 1 : 0);
        if (process != nullptr)
            CloseHandle(process);
    } else if (line.rfind("memory ", 0) == 0) {
        char *rest;
        const DWORD process = strtoul(line.c_str() + 7, &rest, 10);
        std::string wanted;
        for (rest++; rest[0] != 0 && rest[1] != 0; rest += 2)
            wanted += static_cast<char>(strtoul(std::string(rest, 2).c_str(), nullptr, 16));
        answer(socket, count_in_memory(process, wanted));
    } else {
        carry(socket, line.c_str());
    }
    closesocket(socket);
    return 0;
}

} // namespace

int wmain(int count, wchar_t **words)
{
    WSADATA about;
    if (count == 2 && wcscmp(words[1], L"echo") == 0)
        return echo();
    if (count != 2 || WSAStartup(MAKEWORD(2, 2), &about) != 0)
        return 64;
    const SOCKET door = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in place = {};
    int size = sizeof place;
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(door, reinterpret_cast<sockaddr *>(&place), size) != 0 || listen(door, 50) != 0 || getsockname(door, reinterpret_cast<sockaddr *>(&place), &size) != 0)
        return 1;
    FILE *file = _wfopen((std::wstring(words[1]) + L".new").c_str(), L"w");
    if (file == nullptr)
        return 2;
    fprintf(file, "%u %lu\n", ntohs(place.sin_port), GetCurrentProcessId());
    fclose(file);
    MoveFileExW((std::wstring(words[1]) + L".new").c_str(), words[1], MOVEFILE_REPLACE_EXISTING);
    for (;;) {
        const SOCKET came = accept(door, nullptr, nullptr);
        if (came == INVALID_SOCKET)
            return 3;
        const HANDLE thread = CreateThread(nullptr, 0, serve, reinterpret_cast<void *>(came), 0, nullptr);
        if (thread != nullptr)
            CloseHandle(thread);
    }
}
