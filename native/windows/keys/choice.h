/*
 * A virtual key that goes down and the modifiers that are down already come in; whether the locked desktop may have it
 * goes out. Pure and without a Windows header, so that its whole table is tested on any system.
 */
#ifndef TAPWARD_CHOICE_H
#define TAPWARD_CHOICE_H

struct Modifiers {
    bool alt, control, win;
};

/* True for what opens, switches or closes something that a window of ours cannot keep shut. */
bool stops(unsigned virtual_key, Modifiers down);

#endif
