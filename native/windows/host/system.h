/*
 * Handles, strings and times of Windows come in; the few shapes of them that the host uses everywhere go out.
 */
#ifndef TAPWARD_SYSTEM_H
#define TAPWARD_SYSTEM_H

#include <windows.h>

#include <string>
#include <string_view>

namespace tapward {

/* A kernel handle, closed once. */
class Handle {
public:
    explicit Handle(HANDLE handle = nullptr) : held(handle) {}
    Handle(Handle &&other) noexcept : held(other.release()) {}
    Handle &operator=(Handle &&other) noexcept
    {
        reset(other.release());
        return *this;
    }
    ~Handle() { reset(); }
    void reset(HANDLE other = nullptr)
    {
        if (*this)
            CloseHandle(held);
        held = other;
    }
    HANDLE release()
    {
        const HANDLE was = held;
        held = nullptr;
        return was;
    }
    HANDLE get() const { return held; }
    HANDLE *out()
    {
        reset();
        return &held;
    }
    explicit operator bool() const { return held != nullptr && held != INVALID_HANDLE_VALUE; }

private:
    HANDLE held;
};

/* Never for a secret: both live on the heap. */
std::wstring wide(std::string_view text);
std::string narrow(std::wstring_view text);

/* Milliseconds since boot, counting suspend. */
inline ULONGLONG station_time()
{
    return GetTickCount64();
}

/* An account as Windows compares it: domain\user in lower case. */
std::wstring account_of(std::string_view domain, std::string_view user);

/* 128 random bits as 32 hexadecimal digits; ends the process where Windows has none to give. */
std::string nonce();

/*
 * Made, or made ours again: only SYSTEM, the administrators (and whoever we are, which differs only in a test) enter it, and `also`, a SID, where it is not empty:
 * it may read and change what is in it, and not its rights. False: somebody else's, or not to be had.
 */
bool own_folder(const std::wstring &path, const std::wstring &also = {});

/* The same, but everybody may read and run what administrators put there, and nobody else may change it: not the agent either. */
bool hooks_folder(const std::wstring &path);

/* One sentence of ours with at most one number: never a name, never a byte that came in. `number` ~0: none. */
void report(const wchar_t *folder, const char *sentence, DWORD number = ~0u);

} // namespace tapward

#endif
