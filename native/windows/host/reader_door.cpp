/*
 * Bytes of the agent go to the reader program and back, each way on a thread of its own: reader_door.h.
 */
#include "reader_door.h"

#include <sddl.h>

#include "../protocol.h"
#include "host.h"

namespace tapward {

namespace {

/* Reads or writes on a handle for overlapped operations, and waits. How many bytes; 0: its other end is gone, or it was cancelled. */
template <typename Call> DWORD wait_for(HANDLE pipe, Call call)
{
    OVERLAPPED operation = {};
    const Handle done(CreateEventW(nullptr, TRUE, FALSE, nullptr));
    DWORD bytes = 0;
    operation.hEvent = done.get();
    if (!done || (!call(&operation) && GetLastError() != ERROR_IO_PENDING) || !GetOverlappedResult(pipe, &operation, &bytes, TRUE))
        return 0;
    return bytes;
}

struct Upward {
    HANDLE agent, program_in, program;
};

/* Milliseconds for its program to be gone; one that hangs in a driver hangs there. */
constexpr DWORD closing = 5000;

/* From the agent to the program; once the agent is gone, the program is. */
DWORD WINAPI carry_up(void *given)
{
    const Upward &way = *static_cast<Upward *>(given);
    char bytes[4096];
    DWORD written;
    for (;;) {
        const DWORD size = wait_for(way.agent, [&](OVERLAPPED *op) { return ReadFile(way.agent, bytes, sizeof bytes, nullptr, op); });
        if (size == 0 || !WriteFile(way.program_in, bytes, size, &written, nullptr) || written != size)
            break;
    }
    wipe(bytes, sizeof bytes);
    TerminateProcess(way.program, ERROR_BROKEN_PIPE);
    return 0;
}

} // namespace

ReaderDoor::ReaderDoor(Host &owner) : host(owner), command(owner.settings.reader), stop(CreateEventW(nullptr, TRUE, FALSE, nullptr)), program(owner.port, child_news)
{
    PSECURITY_DESCRIPTOR descriptor;
    const std::wstring rights = L"D:P(A;;GA;;;SY)(A;;GA;;;" + host.self + L")(A;;0x12019b;;;" + service_sid(service_name) + L")";
    if (command.empty() || !ConvertStringSecurityDescriptorToSecurityDescriptorW(rights.c_str(), SDDL_REVISION_1, &descriptor, nullptr))
        return;
    SECURITY_ATTRIBUTES attributes = { sizeof attributes, descriptor, FALSE };
    pipe.reset(CreateNamedPipeW(L"\\\\.\\pipe\\tapward-reader", PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, longest_line, longest_line, 0, &attributes));
    LocalFree(descriptor);
    if (pipe)
        thread.reset(CreateThread(nullptr, 0, begin, this, 0, nullptr));
    else
        host.tell("TW2002 Another program has our pipe's name: restart the computer, and have it looked at for malware if this comes again.", GetLastError());
}

DWORD WINAPI ReaderDoor::begin(void *door)
{
    static_cast<ReaderDoor *>(door)->run();
    return 0;
}

void ReaderDoor::run()
{
    const Handle came(CreateEventW(nullptr, TRUE, FALSE, nullptr));
    while (WaitForSingleObject(stop.get(), 0) == WAIT_TIMEOUT) {
        OVERLAPPED operation = {};
        operation.hEvent = came.get();
        const bool waits = !ConnectNamedPipe(pipe.get(), &operation);
        DWORD none;
        if (waits && GetLastError() == ERROR_IO_PENDING && !GetOverlappedResult(pipe.get(), &operation, &none, TRUE))
            continue;
        ULONG process = 0;
        if (GetNamedPipeClientProcessId(pipe.get(), &process) && process != 0 && process == agent)
            serve();
        else
            host.tell("TW2003 A program that is not our agent came to the agent's pipe, and was sent away.", process);
        DisconnectNamedPipe(pipe.get());
        /* A reader program that ends at once is not started more often than this. */
        WaitForSingleObject(stop.get(), 500);
    }
}

void ReaderDoor::serve()
{
    Handle program_in, our_out, our_in, program_out;
    char bytes[4096];
    DWORD size;

    if (!CreatePipe(program_in.out(), our_out.out(), nullptr, 0) || !CreatePipe(our_in.out(), program_out.out(), nullptr, 0))
        return;
    const DWORD error = program.start(command, Rights::reader, program_in.get(), program_out.get(), nullptr);
    if (error != 0) {
        host.tell("TW2018 The reader program cannot be started: repair the installation.", error);
        return;
    }
    program_in.reset();
    program_out.reset();
    Upward way = { pipe.get(), our_out.get(), program.handle() };
    const Handle up(CreateThread(nullptr, 0, carry_up, &way, 0, nullptr));
    while (up && ReadFile(our_in.get(), bytes, sizeof bytes, &size, nullptr) && size > 0)
        if (wait_for(pipe.get(), [&](OVERLAPPED *op) { return WriteFile(pipe.get(), bytes, size, nullptr, op); }) != size)
            break;
    TerminateProcess(program.handle(), ERROR_BROKEN_PIPE);
    /* The other thread may be between two reads when it is cancelled. */
    while (up && WaitForSingleObject(up.get(), 50) == WAIT_TIMEOUT)
        CancelIoEx(pipe.get(), nullptr);
    program.end(closing);
    wipe(bytes, sizeof bytes);
}

void ReaderDoor::end()
{
    constexpr DWORD pause = 50;
    SetEvent(stop.get());
    agent = 0;
    /* The service is stopped to change or remove what the program has open; our thread may be between two operations when they are cancelled. */
    for (DWORD waited = 0; thread && waited <= closing; waited += pause) {
        CancelIoEx(pipe.get(), nullptr);
        if (WaitForSingleObject(thread.get(), pause) != WAIT_TIMEOUT)
            break;
    }
}

} // namespace tapward
