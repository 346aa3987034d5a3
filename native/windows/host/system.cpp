/*
 * Names, random numbers and sentences come in; their Windows shapes, and lines of the host's own log, go out.
 */
#include "system.h"

#include <bcrypt.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tapward {

std::wstring wide(std::string_view text)
{
    const int size = static_cast<int>(text.size());
    std::wstring out(static_cast<size_t>(size == 0 ? 0 : MultiByteToWideChar(CP_UTF8, 0, text.data(), size, nullptr, 0)), L'\0');
    if (!out.empty())
        MultiByteToWideChar(CP_UTF8, 0, text.data(), size, out.data(), static_cast<int>(out.size()));
    return out;
}

std::string narrow(std::wstring_view text)
{
    const int size = static_cast<int>(text.size());
    std::string out(static_cast<size_t>(size == 0 ? 0 : WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr)), '\0');
    if (!out.empty())
        WideCharToMultiByte(CP_UTF8, 0, text.data(), size, out.data(), static_cast<int>(out.size()), nullptr, nullptr);
    return out;
}

std::wstring account_of(std::string_view domain, std::string_view user)
{
    std::wstring account = wide(domain) + L'\\' + wide(user);
    CharLowerBuffW(account.data(), static_cast<DWORD>(account.size()));
    return account;
}

std::string nonce()
{
    unsigned char bytes[16];
    char text[33];

    if (BCryptGenRandom(nullptr, bytes, sizeof bytes, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0)
        ExitProcess(ERROR_GEN_FAILURE);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

/* A sentence that begins with its id comes in; Windows' Application log has it under that number, whose words lie in tapward-events.dll. Each lock (TW2007) would be noise there. */
static void tell_windows(const char *sentence, DWORD number)
{
    const DWORD id = strncmp(sentence, "TW", 2) == 0 ? strtoul(sentence + 2, nullptr, 10) : 0;
    const bool is_news = id >= 2010 && id <= 2012;
    const std::wstring detail = number == ~0u ? L"" : std::to_wstring(number);
    const wchar_t *details[] = {detail.c_str()};

    if (id == 0 || id == 2007)
        return;
    const HANDLE log = RegisterEventSourceW(nullptr, L"Tapward");
    if (log == nullptr)
        return;
    /* The host's own log has it as well: one that is not taken here stops nothing. */
    static_cast<void>(ReportEventW(log, is_news ? EVENTLOG_INFORMATION_TYPE : EVENTLOG_WARNING_TYPE, 0, id, nullptr, 1, 0, details, nullptr));
    static_cast<void>(DeregisterEventSource(log));
}

void report(const wchar_t *folder, const char *sentence, DWORD number)
{
    constexpr LONGLONG most = 1 << 20;
    const std::wstring path = std::wstring(folder) + L"\\host.log";
    Handle file(CreateFileW(path.c_str(), FILE_APPEND_DATA, FILE_SHARE_READ, nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
    LARGE_INTEGER size;
    SYSTEMTIME now;
    char line[512];
    DWORD written;

    tell_windows(sentence, number);
    /* Nowhere to say it: the host goes on. A full log begins anew, with the one before kept. */
    if (!file || !GetFileSizeEx(file.get(), &size))
        return;
    if (size.QuadPart > most) {
        file.reset();
        if (MoveFileExW(path.c_str(), (path + L".before").c_str(), MOVEFILE_REPLACE_EXISTING) == 0)
            return;
        file.reset(CreateFileW(path.c_str(), FILE_APPEND_DATA, FILE_SHARE_READ, nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
    }
    GetSystemTime(&now);
    int length = snprintf(line, sizeof line, "%04u-%02u-%02uT%02u:%02u:%02uZ %s", now.wYear, now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond, sentence);
    if (number != ~0u && length > 0 && length < static_cast<int>(sizeof line))
        length += snprintf(line + length, sizeof line - length, " (%lu)", number);
    if (length > 0 && length < static_cast<int>(sizeof line) - 2) {
        line[length++] = '\r';
        line[length++] = '\n';
        /* A log that cannot be written to stops nothing. */
        static_cast<void>(WriteFile(file.get(), line, static_cast<DWORD>(length), &written, nullptr));
    }
}

} // namespace tapward
