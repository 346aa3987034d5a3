/* A locker’s name comes in, the agent’s answer goes out, as redeem.h promises. */
#include "redeem.h"

#include "link.h"

enum { answer_ms = 1000 };

int tapward_redeem(const char *service, const char *display)
{
    struct tapward_link link;
    const long long deadline = tapward_now() + answer_ms;
    if (tapward_link_ask_as_locker(&link, "AUTH", service, display, deadline) != 0) return -1;
    const struct tapward_answer answer = tapward_link_hear(&link, deadline);
    tapward_link_close(&link);
    return answer.kind == TAPWARD_OK ? 1 : answer.kind == TAPWARD_NO ? 0 : -1;
}
