/*
 * Names of keysyms with modifier masks come in, a line each; the byte that native/x11/choice.c gives each goes out as a
 * number. `all MASK` answers every keysym of the first 64 Ki that has a byte.
 */
#include <stdio.h>
#include <string.h>

#include <X11/Xlib.h>

#include "../../native/x11/choice.h"

int main(void)
{
    char name[64];
    unsigned mask;

    while (scanf("%63s %u", name, &mask) == 2) {
        if (strcmp(name, "all") != 0) {
            printf("%u\n", choice_of(XStringToKeysym(name), mask));
            continue;
        }
        for (KeySym sym = 0; sym < 0x10000; sym++)
            if (choice_of(sym, mask))
                printf("%s ", XKeysymToString(sym));
        putchar('\n');
    }
    return 0;
}
