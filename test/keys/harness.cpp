/*
 * The path of tapward-keys.exe comes in; what real key input (SendInput) does before, while and after it holds goes out,
 * a line each. Started with `middle`, it is the parent that gets killed.
 */
#include <windows.h>

#include <cstdio>
#include <cstring>

namespace {

struct Child {
    PROCESS_INFORMATION process;
    HANDLE orders, said;
};

Child start(const char *line)
{
    SECURITY_ATTRIBUTES inherited = { sizeof inherited, nullptr, TRUE };
    STARTUPINFOA about = {};
    Child child = {};
    HANDLE in, out;
    char command[1024];

    CreatePipe(&in, &child.orders, &inherited, 0);
    CreatePipe(&child.said, &out, &inherited, 0);
    SetHandleInformation(child.orders, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(child.said, HANDLE_FLAG_INHERIT, 0);
    about.cb = sizeof about;
    about.dwFlags = STARTF_USESTDHANDLES;
    about.hStdInput = in;
    about.hStdOutput = out;
    about.hStdError = out;
    std::snprintf(command, sizeof command, "%s", line);
    if (!CreateProcessA(nullptr, command, nullptr, nullptr, TRUE, 0, nullptr, nullptr, &about, &child.process))
        std::printf("no process: %lu\n", GetLastError());
    CloseHandle(in);
    CloseHandle(out);
    return child;
}

void order(const Child &child, const char *bytes, DWORD length)
{
    DWORD written;

    WriteFile(child.orders, bytes, length, &written, nullptr);
}

/* Reads until this byte; false when the other end is gone first. */
bool wait_for(const Child &child, char wanted)
{
    char byte = 0;
    DWORD length;

    while (ReadFile(child.said, &byte, 1, &length, nullptr) && length == 1)
        if (byte == wanted)
            return true;
    return false;
}

/* A hook of our own stands behind the helper's, which is younger: it sees what that one lets through. */
bool seen[256];
HHOOK witness;

LRESULT CALLBACK see(int code, WPARAM message, LPARAM about)
{
    if (code == HC_ACTION && (message == WM_KEYDOWN || message == WM_SYSKEYDOWN))
        seen[reinterpret_cast<const KBDLLHOOKSTRUCT *>(about)->vkCode & 0xFF] = true;
    return CallNextHookEx(nullptr, code, message, about);
}

/* Wine forgets this one when the helper's ends: then there is none, and the key's state is asked. */
void watch(bool through_hook)
{
    if (witness != nullptr)
        UnhookWindowsHookEx(witness);
    witness = through_hook ? SetWindowsHookExW(WH_KEYBOARD_LL, see, GetModuleHandleW(nullptr), 0) : nullptr;
}

void press(WORD key, bool down)
{
    INPUT input = {};
    MSG message;

    input.type = INPUT_KEYBOARD;
    input.ki.wVk = key;
    input.ki.dwFlags = down ? 0 : KEYEVENTF_KEYUP;
    SendInput(1, &input, sizeof input);
    while (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

/* Whether the desktop hears of a key that goes down, with another one down before it. */
bool arrives(WORD key, WORD with = 0)
{
    if (with != 0)
        press(with, true);
    seen[key] = false;
    press(key, true);
    const bool came = witness != nullptr ? seen[key] : (GetAsyncKeyState(key) & 0x8000) != 0;
    press(key, false);
    if (with != 0)
        press(with, false);
    return came;
}

void tell(const char *when)
{
    std::printf("%s: win=%d alt-tab=%d alt-f4=%d ctrl-esc=%d esc=%d a=%d 5=%d\n", when, arrives(VK_LWIN), arrives(VK_TAB, VK_MENU), arrives(VK_F4, VK_MENU),
                arrives(VK_ESCAPE, VK_CONTROL), arrives(VK_ESCAPE), arrives('A'), arrives('5'));
    std::fflush(stdout);
}

DWORD ended(const Child &child)
{
    DWORD code = 0;

    WaitForSingleObject(child.process.hProcess, 5000);
    GetExitCodeProcess(child.process.hProcess, &code);
    return code;
}

} // namespace

int main(int count, char **words)
{
    char line[1024];
    const char hold[] = { 'H', 0 };
    const char hold_window[] = { 'H', 1, 1, 2, 3, 4 };

    std::snprintf(line, sizeof line, "\"%s\"", words[1]);
    if (count > 2 && std::strcmp(words[2], "middle") == 0) {
        const Child keys = start(line);

        order(keys, hold, sizeof hold);
        std::printf(wait_for(keys, 'h') ? "h %lu" : "lost %lu", keys.process.dwProcessId);
        std::fflush(stdout);
        Sleep(INFINITE);
    }

    watch(true);
    const Child keys = start(line);
    tell("before");
    order(keys, hold, sizeof hold);
    wait_for(keys, 'h');
    tell("held");
    order(keys, hold_window, sizeof hold_window);
    wait_for(keys, 'h');
    wait_for(keys, 'h');
    wait_for(keys, 'h'); /* two re-armings later */
    tell("re-armed");
    press(VK_LWIN, true);
    order(keys, "R", 1);
    wait_for(keys, 'f');
    press(VK_LWIN, false);
    tell("released");
    press(VK_LWIN, true); /* down since before the lock: its release must not be lost */
    order(keys, hold, sizeof hold);
    wait_for(keys, 'h');
    std::printf("win-down: r=%d\n", arrives('R'));
    press(VK_LWIN, false);
    Sleep(100); /* Wine answers from a copy of the key state for 50 ms */
    std::printf("win-up: down=%d r=%d\n", (GetAsyncKeyState(VK_LWIN) & 0x8000) != 0, arrives('R'));
    CloseHandle(keys.orders);
    std::printf("end: %lu\n", ended(keys));
    watch(false);
    tell("after");

    const Child junk = start(line);
    order(junk, "H\0x", 3);
    std::printf("junk: %lu\n", ended(junk));

    std::snprintf(line, sizeof line, "\"%s\" \"%s\" middle", words[0], words[1]);
    watch(true);
    const Child middle = start(line);
    char said[32] = {};
    DWORD length, helper = 0;
    ReadFile(middle.said, said, sizeof said - 1, &length, nullptr);
    std::sscanf(said, "h %lu", &helper);
    const HANDLE watched = OpenProcess(SYNCHRONIZE, FALSE, helper);
    tell("middle holds");
    TerminateProcess(middle.process.hProcess, 1);
    std::printf("helper gone: %d\n", watched != nullptr && WaitForSingleObject(watched, 5000) == WAIT_OBJECT_0);
    watch(false);
    tell("middle killed");
    return 0;
}
