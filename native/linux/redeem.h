/* What a locker asks the agent for a tap: whether a grant for its own session is held, which is then redeemed. */
#ifndef TAPWARD_REDEEM_H
#define TAPWARD_REDEEM_H

/* Asks once, as a locker of the account we run as, within a second. `service`: its name in PAM; `display`: what it locks, or "".
   Returns 1: redeemed, and to be opened now; 0: there is none; -1: the agent is away. */
int tapward_redeem(const char *service, const char *display);

#endif
