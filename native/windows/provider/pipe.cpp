/*
 * Bytes pass between the provider and the host: what pipe.h declares. LogonUI runs as SYSTEM, so whoever got it to talk to
 * a pipe of his own could act as SYSTEM: we dial with SECURITY_IDENTIFICATION (he may learn who we are, and do nothing as
 * us), and say nothing before the pipe's owner and the process that serves it are known to be the host's.
 */
#include "pipe.h"

#include <aclapi.h>

#include "world.h"

namespace tapward {

namespace {

/* Two questions with two sources: who made the pipe (its owner), and which process answers (the service manager's word). */
bool is_our_host(HANDLE pipe)
{
    PSID owner = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    ULONG server = 0;

    if (GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr, nullptr, nullptr, &descriptor) != ERROR_SUCCESS)
        return false;
    const bool owned = owner != nullptr && IsWellKnownSid(owner, WinLocalSystemSid);
    LocalFree(descriptor);
    return owned && GetNamedPipeServerProcessId(pipe, &server) && server != 0 && server == host_process();
}

} // namespace

Pipe::Pipe()
{
    reading.hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    writing.hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr);
}

Pipe::~Pipe()
{
    DWORD count = 0;

    if (is_reading) {
        CancelIoEx(pipe, &reading);
        GetOverlappedResult(pipe, &reading, &count, TRUE);
    }
    if (pipe != INVALID_HANDLE_VALUE)
        CloseHandle(pipe);
    if (reading.hEvent != nullptr)
        CloseHandle(reading.hEvent);
    if (writing.hEvent != nullptr)
        CloseHandle(writing.hEvent);
}

bool Pipe::dial()
{
    if (reading.hEvent == nullptr || writing.hEvent == nullptr)
        return false;
    pipe = CreateFileW(host_pipe(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr);
    return pipe != INVALID_HANDLE_VALUE && is_our_host(pipe);
}

bool Pipe::write(std::string_view bytes, DWORD milliseconds)
{
    DWORD count = 0;

    while (!bytes.empty()) {
        if (!WriteFile(pipe, bytes.data(), static_cast<DWORD>(bytes.size()), nullptr, &writing) && GetLastError() != ERROR_IO_PENDING)
            return false;
        if (WaitForSingleObject(writing.hEvent, milliseconds) != WAIT_OBJECT_0)
            CancelIoEx(pipe, &writing);
        /* After a cancellation this waits for the kernel to let go of the bytes. */
        if (!GetOverlappedResult(pipe, &writing, &count, TRUE) || count == 0)
            return false;
        bytes.remove_prefix(count);
    }
    return true;
}

bool Pipe::begin_read(char *room, std::size_t space)
{
    is_reading = ReadFile(pipe, room, static_cast<DWORD>(space), nullptr, &reading) || GetLastError() == ERROR_IO_PENDING;
    return is_reading;
}

DWORD Pipe::end_read()
{
    DWORD count = 0;

    is_reading = false;
    return GetOverlappedResult(pipe, &reading, &count, TRUE) ? count : 0;
}

} // namespace tapward
