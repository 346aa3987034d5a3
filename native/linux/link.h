/* A connection to the agent: its listener's account is checked by the kernel's word, every step has a deadline, and nothing is allocated. */
#ifndef TAPWARD_LINK_H
#define TAPWARD_LINK_H

#include <stddef.h>
#include <sys/types.h>

#include "answer.h"

enum { TAPWARD_LONGEST_REQUEST = 512 };

struct tapward_link {
    int fd;
    /* Bytes that came behind the last line. */
    size_t held;
    char buffer[TAPWARD_LONGEST_ANSWER + 1];
};

/* A request line is written from its words: each is separated by one space and has every byte but [A-Za-z0-9_.@:/+-] written as %XX; an empty one is "-". */
struct tapward_request {
    size_t length;
    char line[TAPWARD_LONGEST_REQUEST];
};

/* Writes a request of this verb with `words` behind it, up to a NULL. Returns 0, or -1 if it would be too long. */
int tapward_request_of(struct tapward_request *request, const char *verb, const char *const words[]);

/* The account whose agent may be believed: the owner of /run/tapward, if that is a directory which nobody else may write to. Returns 0, or -1. */
int tapward_owner_of(uid_t *owner);

/* Connects to the door for the account we run as (root's: pam.sock; another's: its locker socket) if `owner` is who listens there, and asks.
   Returns 0, or -1 with nothing left open: nobody listens there, or somebody else. */
int tapward_link_ask(struct tapward_link *link, uid_t owner, const char *verb, const char *const words[], long long deadline);

/* As a locker of the account we run as, on this X display or "": the same with an account found by ourselves. */
int tapward_link_ask_as_locker(struct tapward_link *link, const char *verb, const char *service, const char *display, long long deadline);

/* Sends all of it before `deadline` (tapward_now). Returns 0, or -1. */
int tapward_link_say(struct tapward_link *link, const void *bytes, size_t length, long long deadline);

/* The next line before `deadline`; TAPWARD_JUNK as well for one that is too long, a cut or nothing in time. */
struct tapward_answer tapward_link_hear(struct tapward_link *link, long long deadline);

void tapward_link_close(struct tapward_link *link);

/* Milliseconds of CLOCK_MONOTONIC. */
long long tapward_now(void);

#endif
