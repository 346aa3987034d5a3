/* Lines come in and go out over a named pipe of this process: what host.h declares. */
#include "host.h"

#include <sddl.h>

#include "../../../native/windows/base64.h"

Host::Host(const std::wstring &with_name, Answer with, const wchar_t *owner) : name(with_name), answer(std::move(with)), stopping(CreateEventW(nullptr, TRUE, FALSE, nullptr)), hanging(CreateEventW(nullptr, FALSE, FALSE, nullptr))
{
    in.hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    out.hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    /* The name is there when this returns. */
    SECURITY_ATTRIBUTES rights = { sizeof rights, nullptr, FALSE };
    ConvertStringSecurityDescriptorToSecurityDescriptorW(owner, SDDL_REVISION_1, &rights.lpSecurityDescriptor, nullptr);
    pipe = CreateNamedPipeW(name.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 65536, 65536, 0, &rights);
    LocalFree(rights.lpSecurityDescriptor);
    thread = std::thread([this] { serve(); });
}

Host::~Host()
{
    SetEvent(stopping);
    thread.join();
    CloseHandle(pipe);
    for (const HANDLE one : { stopping, hanging, in.hEvent, out.hEvent })
        CloseHandle(one);
}

void Host::serve()
{
    while (WaitForSingleObject(stopping, 0) == WAIT_TIMEOUT) {
        DWORD done = 0;
        const HANDLE events[] = { in.hEvent, stopping };
        ResetEvent(hanging);
        if (!ConnectNamedPipe(pipe, &in) && GetLastError() == ERROR_IO_PENDING) {
            if (WaitForMultipleObjects(2, events, FALSE, INFINITE) != WAIT_OBJECT_0) {
                CancelIoEx(pipe, &in);
                GetOverlappedResult(pipe, &in, &done, TRUE);
                return;
            }
            GetOverlappedResult(pipe, &in, &done, TRUE);
        }
        {
            const std::lock_guard<std::mutex> guard(mutex);
            connected = true;
            count++;
            lines.clear();
        }
        changed.notify_all();
        while (converse()) {
        }
        {
            const std::lock_guard<std::mutex> guard(mutex);
            connected = false;
        }
        DisconnectNamedPipe(pipe);
    }
}

/* One read of the pipe; false: it is over. */
bool Host::converse()
{
    static thread_local std::string text;
    char bytes[4096];
    DWORD size = 0;
    if (!transfer(true, bytes, sizeof bytes, size) || size == 0) {
        text.clear();
        return false;
    }
    text.append(bytes, size);
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
        const std::string line = text.substr(0, end);
        const std::string said = answer ? answer(line) : std::string();
        if (!said.empty())
            send(said);
        {
            const std::lock_guard<std::mutex> guard(mutex);
            lines.push_back(line);
        }
        changed.notify_all();
    }
    return true;
}

bool Host::transfer(bool reads, void *bytes, DWORD size, DWORD &done)
{
    OVERLAPPED &operation = reads ? in : out;
    const HANDLE events[] = { operation.hEvent, stopping, hanging };
    const bool began = reads ? ReadFile(pipe, bytes, size, nullptr, &operation) : WriteFile(pipe, bytes, size, nullptr, &operation);
    if (!began && GetLastError() != ERROR_IO_PENDING)
        return false;
    if (WaitForMultipleObjects(reads ? 3 : 2, events, FALSE, reads ? INFINITE : 2000) != WAIT_OBJECT_0)
        CancelIoEx(pipe, &operation);
    return GetOverlappedResult(pipe, &operation, &done, TRUE);
}

std::string Host::hears(DWORD milliseconds)
{
    std::unique_lock<std::mutex> guard(mutex);
    if (!changed.wait_for(guard, std::chrono::milliseconds(milliseconds), [this] { return !lines.empty(); }))
        return {};
    const std::string line = lines.front();
    lines.pop_front();
    return line;
}

bool Host::greeted(DWORD milliseconds)
{
    std::unique_lock<std::mutex> guard(mutex);
    return changed.wait_for(guard, std::chrono::milliseconds(milliseconds), [this] { return connected; });
}

void Host::send(const std::string &bytes)
{
    const std::lock_guard<std::mutex> guard(sending);
    std::string rest = bytes;
    DWORD done = 0;
    while (!rest.empty() && transfer(false, rest.data(), static_cast<DWORD>(rest.size()), done) && done > 0)
        rest.erase(0, done);
}

void Host::hang_up()
{
    SetEvent(hanging);
}

std::string base64_of(const std::u16string &password)
{
    std::string text((password.size() * 2 + 2) / 3 * 4, '\0');
    text.resize(tapward::encode_base64(reinterpret_cast<const unsigned char *>(password.data()), password.size() * 2, text.data()));
    return text;
}
