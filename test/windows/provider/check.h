/* What a scene claims comes in; a line for what does not hold goes out, and at the end how many claims there were. */
#ifndef TAPWARD_CHECK_H
#define TAPWARD_CHECK_H

#include <cstdio>

struct Tally {
    unsigned held = 0, broken = 0;
};
extern Tally tally;

#define CHECK(claim)                                                                                                                                                                \
    do {                                                                                                                                                                            \
        if (claim) {                                                                                                                                                                \
            tally.held++;                                                                                                                                                           \
        } else {                                                                                                                                                                    \
            tally.broken++;                                                                                                                                                         \
            std::printf("not so: %s (%s:%d)\n", #claim, __FILE__, __LINE__);                                                                                                        \
            std::fflush(stdout);                                                                                                                                                    \
        }                                                                                                                                                                           \
    } while (false)

#endif
