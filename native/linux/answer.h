/* One line of the agent comes in, without its newline; what it says goes out. The only parser of the C programs beside the packets of xsecurelock. */
#ifndef TAPWARD_ANSWER_H
#define TAPWARD_ANSWER_H

#include <stddef.h>

/* The longest line the agent sends, its newline not counted, and the longest sentence in one, in bytes. */
enum { TAPWARD_LONGEST_ANSWER = 223, TAPWARD_LONGEST_WORDS = 200 };

enum tapward_answer_kind {
    TAPWARD_JUNK = 0,
    /* A grant was redeemed for who asks. */
    TAPWARD_OK,
    /* There is none. */
    TAPWARD_NO,
    /* A PIN of `number` digits is asked for: 4 to 12. */
    TAPWARD_PIN,
    /* It was wrong; `number` tries are left: 0 to 99. */
    TAPWARD_WRONG,
    /* To a locker that watches: a grant waits. */
    TAPWARD_WAKE,
    /* Nobody who asks has tapped; `words` are a prompt at which a tap would count beside the password. */
    TAPWARD_ASK,
    /* Nothing but `words`, and more follows. */
    TAPWARD_SAY,
};

struct tapward_answer {
    enum tapward_answer_kind kind;
    unsigned number;
    /* For a person: printable UTF-8, or "" where there is none and where it was anything else. Of PIN, WRONG, ASK and SAY. */
    char words[TAPWARD_LONGEST_WORDS + 1];
};

/* `length` bytes at `line`, which need no end of their own, come in; what they say goes out, TAPWARD_JUNK for anything that is not exactly an answer. */
struct tapward_answer tapward_answer_of(const char *line, size_t length);

#endif
