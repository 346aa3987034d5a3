/*
 * Virtual-key codes with modifiers come in, a line each (KEY ALT CONTROL WIN as numbers); 1 where
 * native/windows/keys/choice.cpp stops the key, else 0, goes out.
 */
#include <cstdio>

#include "../../native/windows/keys/choice.h"

int main()
{
    unsigned key, alt, control, win;

    while (std::scanf("%u %u %u %u", &key, &alt, &control, &win) == 4)
        std::printf("%d\n", stops(key, { alt != 0, control != 0, win != 0 }) ? 1 : 0);
    return 0;
}
