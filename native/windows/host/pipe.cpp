/*
 * Bytes of one peer come in, judged lines go out to its listener; what it is told goes the other way: what pipe.h declares.
 */
#include "pipe.h"

#include <cstring>
#include <sddl.h>

namespace tapward {

namespace {

constexpr ULONGLONG patience = 5000; /* milliseconds for a HELLO, and for reading what was said */

Handle listen(const Pipe::Rules &rules, bool first, DWORD instances)
{
    PSECURITY_DESCRIPTOR descriptor;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rules.sddl.c_str(), SDDL_REVISION_1, &descriptor, nullptr))
        return Handle();
    SECURITY_ATTRIBUTES rights = { sizeof rights, descriptor, FALSE };
    const DWORD mode = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0);
    Handle pipe(CreateNamedPipeW(rules.name.c_str(), mode, PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, instances, longest_line, longest_line, 0, &rights));
    LocalFree(descriptor);
    return pipe;
}

} // namespace

Pipe::Pipe(HANDLE completions, const Rules &given, bool first, DWORD instances, Listener &heeds)
    : port(completions), handle(listen(given, first, instances)), rules(given), listener(heeds)
{
    in.pipe = written.pipe = this;
    if (handle && CreateIoCompletionPort(handle.get(), port, 0, 0) == nullptr)
        handle.reset();
    if (handle)
        wait();
}

Pipe::~Pipe()
{
    wipe(out, sizeof out);
}

void Pipe::wait()
{
    static_cast<OVERLAPPED &>(in) = OVERLAPPED();
    in.pending = true;
    state = State::waiting;
    since = 0;
    if (ConnectNamedPipe(handle.get(), &in))
        return;
    const DWORD error = GetLastError();
    if (error == ERROR_PIPE_CONNECTED)
        was_read(0, 0);
    else if (error != ERROR_IO_PENDING)
        in.pending = false, state = State::dropped; /* `look` tries again */
}

void Pipe::ended(OVERLAPPED *operation, DWORD error, DWORD bytes)
{
    Operation &op = *static_cast<Operation *>(operation);
    Pipe &pipe = *op.pipe;
    if (&op == &pipe.in)
        pipe.was_read(error, bytes);
    else
        pipe.was_written(error, bytes);
}

void Pipe::was_read(DWORD error, DWORD bytes)
{
    in.pending = false;
    if (state == State::dropped)
        return rest();
    if (error != 0)
        return drop();
    if (state == State::waiting) {
        state = State::came;
        since = station_time();
    } else {
        heard(bytes);
    }
    if (state != State::dropped)
        read();
}

void Pipe::read()
{
    static_cast<OVERLAPPED &>(in) = OVERLAPPED();
    in.pending = true;
    /* A read that ends at once is reported through the port all the same. */
    if (ReadFile(handle.get(), lines.room(), static_cast<DWORD>(lines.space()), nullptr, &in) || GetLastError() == ERROR_IO_PENDING)
        return;
    in.pending = false;
    drop();
}

void Pipe::heard(DWORD bytes)
{
    lines.add(bytes);
    std::string_view text;
    for (;;) {
        switch (lines.next(text)) {
        case LineBuffer::Next::line:
            if (!judge(text))
                drop();
            if (state == State::dropped)
                return;
            break;
        case LineBuffer::Next::tooLong:
            return drop();
        case LineBuffer::Next::none:
            return;
        }
    }
}

bool Pipe::judge(std::string_view text)
{
    const ULONGLONG now = station_time();
    if (now - second >= 1000) {
        second = now;
        spoken = 0;
    }
    Line line;
    if (++spoken > rules.rate || !parse(rules.shapes, rules.count, text, line))
        return false;
    if (state == State::greeted)
        return line.verb != "HELLO" && listener.said(*this, line);
    who = identify(handle.get());
    if (line.verb != "HELLO" || number_of(line.fields[0]) != 1 || who.process == 0 || who.sid.empty())
        return false;
    own = nonce();
    if (!listener.hello(*this, line))
        return false;
    state = State::greeted;
    told = true;
    return true;
}

void Pipe::say(std::initializer_list<std::string_view> fields)
{
    std::size_t size = fields.size();
    for (const auto &field : fields)
        size += field.size();
    if (state == State::waiting || state == State::dropped)
        return;
    if (size > longest_line || size > room())
        return drop();
    std::size_t left = fields.size();
    for (const auto &field : fields) {
        if (!field.empty())
            std::memcpy(out + said, field.data(), field.size());
        said += field.size();
        out[said++] = --left == 0 ? '\n' : '\t';
    }
    write();
}

void Pipe::write()
{
    if (written.pending || said == 0)
        return;
    static_cast<OVERLAPPED &>(written) = OVERLAPPED();
    written.pending = true;
    stuck = station_time();
    if (WriteFile(handle.get(), out, static_cast<DWORD>(said), nullptr, &written) || GetLastError() == ERROR_IO_PENDING)
        return;
    written.pending = false;
    drop();
}

void Pipe::was_written(DWORD error, DWORD bytes)
{
    written.pending = false;
    if (state == State::dropped)
        return rest();
    if (error != 0)
        return drop();
    std::memmove(out, out + bytes, said - bytes);
    said -= bytes;
    wipe(out + said, bytes);
    write();
}

void Pipe::drop()
{
    if (state == State::dropped)
        return;
    state = State::dropped;
    /* We may be deep inside of what it said: `rest` comes later, with the end of an operation, or of none. */
    if (in.pending || written.pending)
        CancelIoEx(handle.get(), nullptr);
    else
        in.pending = PostQueuedCompletionStatus(port, 0, 0, &in) != 0;
    if (told) {
        told = false;
        listener.gone(*this);
    }
}

/* Once both operations have ended: their buffers are nobody's any more, and the next peer may come. */
void Pipe::rest()
{
    if (!still())
        return;
    lines.clear();
    wipe(out, sizeof out);
    said = 0;
    who = Peer();
    own.clear();
    spoken = 0;
    DisconnectNamedPipe(handle.get());
    if (!closing)
        wait();
}

void Pipe::close()
{
    closing = true;
    drop();
}

void Pipe::look(ULONGLONG now)
{
    if (state == State::dropped && !closing) {
        /* Only where the system had no room to tell us, or none for a peer. */
        if (still())
            rest();
    } else if ((state == State::came && now - since > patience) || (state != State::dropped && written.pending && now - stuck > patience)) {
        drop();
    }
}

} // namespace tapward
