/*
 * The table of the keys a locked face may have: what comes in and goes out is said in choice.h. Pure, so that a test can
 * read every row of it.
 */
#define XK_MISCELLANY
#define XK_LATIN1
#define XK_XKB_KEYS
#include <X11/keysymdef.h>

#include "choice.h"

static const struct {
    KeySym sym;
    unsigned char byte;
} table[] = {
    { XK_Return, '\r' },       { XK_KP_Enter, '\r' },  { XK_BackSpace, '\b' }, { XK_Escape, 0x1b }, { XK_Tab, '\t' },
    { XK_ISO_Left_Tab, 'T' },  { XK_Delete, 0x7f },    { XK_space, ' ' },      { XK_F1, '?' },
    { XK_Left, 'L' },          { XK_Right, 'R' },      { XK_Up, 'U' },         { XK_Down, 'D' },
    /* A keypad means its digits with and without Num lock. */
    { XK_KP_Insert, '0' },     { XK_KP_End, '1' },     { XK_KP_Down, '2' },    { XK_KP_Next, '3' }, { XK_KP_Left, '4' },
    { XK_KP_Begin, '5' },      { XK_KP_Right, '6' },   { XK_KP_Home, '7' },    { XK_KP_Up, '8' },   { XK_KP_Prior, '9' },
    { XK_KP_Delete, '.' },     { XK_KP_Decimal, '.' }, { XK_KP_Separator, '.' },
    { XK_KP_Add, '+' },        { XK_KP_Subtract, '-' }, { XK_KP_Multiply, '*' }, { XK_KP_Divide, '/' },
};

bool speaks_to_desktop(unsigned modifiers)
{
    return (modifiers & (ControlMask | Mod1Mask | Mod4Mask)) != 0;
}

unsigned char choice_of(KeySym sym, unsigned modifiers)
{
    if (speaks_to_desktop(modifiers))
        return 0;
    if (sym >= XK_0 && sym <= XK_9)
        return (unsigned char)('0' + (sym - XK_0));
    if (sym >= XK_KP_0 && sym <= XK_KP_9)
        return (unsigned char)('0' + (sym - XK_KP_0));
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].sym == sym)
            return sym == XK_Tab && (modifiers & ShiftMask) ? 'T' : table[i].byte;
    return 0;
}
