/* A line of the agent comes in, word by word what it says goes out: the parser that answer.h promises. */
#include "answer.h"

#include <string.h>

/* Whether `length` bytes at `line` are exactly this word. */
static int is_word(const char *line, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(line, word, length) == 0;
}

/* A word, one space and one or two decimal digits come in; their number goes out, -1 for anything else. */
static int number_after(const char *line, size_t length, const char *word)
{
    const size_t begins = strlen(word) + 1;
    if (length < begins + 1 || length > begins + 2 || memcmp(line, word, begins - 1) != 0 || line[begins - 1] != ' ') return -1;
    int number = 0;
    for (size_t i = begins; i < length; i++) {
        if (line[i] < '0' || line[i] > '9') return -1;
        number = number * 10 + (line[i] - '0');
    }
    return number;
}

struct tapward_answer tapward_answer_of(const char *line, size_t length)
{
    struct tapward_answer answer = {TAPWARD_JUNK, 0};
    if (is_word(line, length, "OK")) answer.kind = TAPWARD_OK;
    if (is_word(line, length, "NO")) answer.kind = TAPWARD_NO;
    if (is_word(line, length, "WAKE")) answer.kind = TAPWARD_WAKE;
    const int digits = number_after(line, length, "PIN");
    if (digits >= 4 && digits <= 12) answer = (struct tapward_answer){TAPWARD_PIN, (unsigned)digits};
    const int left = number_after(line, length, "WRONG");
    if (left >= 0) answer = (struct tapward_answer){TAPWARD_WRONG, (unsigned)left};
    return answer;
}
