/*
 * tapward-keys for Windows: orders of the face come in on stdin, a low-level keyboard hook stops what a window cannot, and
 * how it stands goes out on stdout. Keys that the face may have are let through by the hook and never pass here as bytes.
 *
 * In and out are as in native/x11/keys.c; windows are named for nothing here, and no byte is a key.
 * Three threads: Windows removes a hook, without a word, whose thread is late (LowLevelHooksTimeout), so the thread of the
 * hook does nothing but its message loop; reading and writing, which may block, have threads of their own.
 */
#include <windows.h>

#include "choice.h"

namespace {

enum : UINT { HOLD = WM_APP, LET_GO };
constexpr UINT anew = 1000; /* milliseconds between beats, each with a new hook */
constexpr UINT ended = 0, not_our_face = 64;

HHOOK hook;
bool stopped[256]; /* keys whose press was stopped: their release is, too; any other release passes */
bool down[256];    /* keys that the desktop has as down */
volatile LONG state = 'f';
HANDLE news;

constexpr int modifiers[] = { VK_MENU, VK_LMENU, VK_RMENU, VK_CONTROL, VK_LCONTROL, VK_RCONTROL, VK_LWIN, VK_RWIN };

/* Modifiers are followed from key to key. Asking Windows now and then heals what another desktop (Ctrl+Alt+Del) kept from us. */
void ask_modifiers()
{
    for (const int key : modifiers)
        down[key] = (GetAsyncKeyState(key) & 0x8000) != 0;
}

Modifiers held_down()
{
    return { down[VK_MENU] || down[VK_LMENU] || down[VK_RMENU], down[VK_CONTROL] || down[VK_LCONTROL] || down[VK_RCONTROL], down[VK_LWIN] || down[VK_RWIN] };
}

LRESULT CALLBACK judge(int code, WPARAM message, LPARAM about)
{
    if (code == HC_ACTION) {
        const unsigned key = reinterpret_cast<const KBDLLHOOKSTRUCT *>(about)->vkCode & 0xFF;
        const bool presses = message == WM_KEYDOWN || message == WM_SYSKEYDOWN;
        const bool ours = presses ? stops(key, held_down()) : stopped[key];

        stopped[key] = presses && ours;
        if (ours)
            return 1;
        down[key] = presses;
    }
    return CallNextHookEx(nullptr, code, message, about);
}

/* The new hook stands before the old one goes: no key slips between. */
void arm()
{
    const HHOOK fresh = SetWindowsHookExW(WH_KEYBOARD_LL, judge, GetModuleHandleW(nullptr), 0);

    if (hook != nullptr)
        UnhookWindowsHookEx(hook);
    hook = fresh;
    ask_modifiers();
}

void disarm()
{
    if (hook != nullptr)
        UnhookWindowsHookEx(hook);
    hook = nullptr;
    ZeroMemory(stopped, sizeof stopped);
}

void tell(char now)
{
    InterlockedExchange(&state, now);
    SetEvent(news);
}

/* The end of stdin, by the face's order or its death, is ours: the process goes, and its hook with it. */
DWORD WINAPI read_orders(void *to)
{
    const auto thread = static_cast<DWORD>(reinterpret_cast<ULONG_PTR>(to));
    const HANDLE orders = GetStdHandle(STD_INPUT_HANDLE);
    int windows = -1, skip = 0; /* -1: an order is due; -2: its count */
    BYTE byte;
    DWORD length;

    while (ReadFile(orders, &byte, 1, &length, nullptr) && length == 1) {
        if (windows == -1 && byte == 'R') {
            PostThreadMessageW(thread, LET_GO, 0, 0);
        } else if (windows == -1 && byte == 'H') {
            windows = -2;
        } else if (windows == -2 && byte <= 16) {
            windows = byte;
            skip = 4 * windows;
        } else if (windows > 0 && skip > 0) {
            skip--;
        } else {
            ExitProcess(not_our_face);
        }
        if (windows >= 0 && skip == 0) {
            windows = -1;
            PostThreadMessageW(thread, HOLD, 0, 0);
        }
    }
    ExitProcess(ended);
}

DWORD WINAPI write_state(void *)
{
    for (;;) {
        WaitForSingleObject(news, INFINITE);
        const char now = static_cast<char>(state);
        DWORD length;

        if (!WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), &now, 1, &length, nullptr))
            ExitProcess(ended);
    }
}

} // namespace

int main()
{
    MSG message;
    UINT_PTR timer = 0;

    PeekMessageW(&message, nullptr, WM_USER, WM_USER, PM_NOREMOVE); /* makes the queue that orders are posted to */
    news = CreateEventW(nullptr, FALSE, FALSE, nullptr);
    SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_TIME_CRITICAL);
    CreateThread(nullptr, 0, write_state, nullptr, 0, nullptr);
    CreateThread(nullptr, 0, read_orders, reinterpret_cast<void *>(static_cast<ULONG_PTR>(GetCurrentThreadId())), 0, nullptr);
    while (GetMessageW(&message, nullptr, 0, 0) > 0) {
        switch (message.message) {
        case HOLD:
            if (timer == 0)
                timer = SetTimer(nullptr, 0, anew, nullptr);
            [[fallthrough]];
        case WM_TIMER:
            /* A timer's last message may come after it was let go. */
            if (timer != 0) {
                arm();
                tell(hook != nullptr ? 'h' : 'n');
            }
            break;
        case LET_GO:
            if (timer != 0)
                KillTimer(nullptr, timer);
            timer = 0;
            disarm();
            tell('f');
            break;
        default:
            break;
        }
    }
    return ended;
}
