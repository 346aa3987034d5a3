/*
 * The table of the keys that are stopped while a Windows station is locked: what comes in and goes out is said in
 * choice.h. The numbers are Microsoft's virtual-key codes.
 */
#include "choice.h"

namespace {

constexpr unsigned tab = 0x09, escape = 0x1B, space = 0x20, print_screen = 0x2C, f4 = 0x73;
constexpr unsigned left_win = 0x5B, right_win = 0x5C, sleep = 0x5F;
constexpr unsigned browser_back = 0xA6, browser_home = 0xAC, launch_mail = 0xB4, launch_app2 = 0xB7;

/* Keys that start a program or the shell by themselves. Volume and media keys (0xAD to 0xB3) do not. */
bool opens_something(unsigned key)
{
    return key == left_win || key == right_win || key == sleep || key == print_screen || (key >= browser_back && key <= browser_home) ||
           (key >= launch_mail && key <= launch_app2);
}

} // namespace

bool stops(unsigned key, Modifiers down)
{
    if (opens_something(key))
        return true;
    /* A Windows key that went down before the lock: nothing may be added to it. */
    if (down.win)
        return true;
    if (down.alt && (key == tab || key == escape || key == f4 || key == space))
        return true;
    return down.control && key == escape; /* with Shift as well: the task manager */
}
