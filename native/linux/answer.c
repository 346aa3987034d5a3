/* A line of the agent comes in, word by word what it says goes out: the parser that answer.h promises. */
#include "answer.h"

#include <string.h>

/* Whether `length` bytes at `line` are exactly this word. */
static int is_word(const char *line, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(line, word, length) == 0;
}

/* How many bytes this word and what divides it from the next take; 0 if the line does not begin with it. */
static size_t after_word(const char *line, size_t length, const char *word)
{
    const size_t ends = strlen(word);
    if (length < ends || memcmp(line, word, ends) != 0) return 0;
    if (length == ends) return ends;
    return line[ends] == ' ' ? ends + 1 : 0;
}

/* One or two decimal digits, with a space or nothing behind them, come in; their number goes out and `*taken` says how many bytes that was; -1 for anything else. */
static int number_at(const char *line, size_t length, size_t *taken)
{
    int number = 0;
    size_t digits = 0;
    for (; digits < length && digits < 3 && line[digits] >= '0' && line[digits] <= '9'; digits++) number = number * 10 + (line[digits] - '0');
    if (digits < 1 || digits > 2 || (digits < length && line[digits] != ' ')) return -1;
    *taken = digits < length ? digits + 1 : digits;
    return number;
}

/* A character that is shown as itself: no control, nothing unseen, nothing that turns the direction of what stands around it, and nothing past the first plane. */
static int is_shown(unsigned code)
{
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || code == 0x180e) return 0;
    if ((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f)) return 0;
    return (code < 0xd800 || code > 0xf8ff) && code != 0xfeff && code < 0xfff0;
}

/* How many bytes the character at `at` takes, of `left`; 0 if it is no well-formed UTF-8 (RFC 3629) or is not shown. */
static size_t character_at(const unsigned char *at, size_t left)
{
    const size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 0;
    if (length == 0 || length > left) return 0;
    unsigned code = length == 1 ? at[0] : at[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | (at[i] & 0x3f);
    }
    if (length == 3 && code < 0x800) return 0;
    return is_shown(code) ? length : 0;
}

/* Copies what may be shown; leaves "" where any of it may not, or it is too long. */
static void take_words(struct tapward_answer *answer, const char *from, size_t length)
{
    if (length > TAPWARD_LONGEST_WORDS) return;
    for (size_t at = 0; at < length;) {
        const size_t character = character_at((const unsigned char *)from + at, length - at);
        if (character == 0) return;
        at += character;
    }
    memcpy(answer->words, from, length);
    answer->words[length] = '\0';
}

struct tapward_answer tapward_answer_of(const char *line, size_t length)
{
    static const struct {
        const char *word;
        enum tapward_answer_kind kind;
        int least, most;
    } spoken[] = {{"PIN", TAPWARD_PIN, 4, 12}, {"WRONG", TAPWARD_WRONG, 0, 99}, {"ASK", TAPWARD_ASK, -1, -1}, {"SAY", TAPWARD_SAY, -1, -1}};
    struct tapward_answer answer = {TAPWARD_JUNK, 0, ""};
    if (is_word(line, length, "OK")) answer.kind = TAPWARD_OK;
    if (is_word(line, length, "NO")) answer.kind = TAPWARD_NO;
    if (is_word(line, length, "WAKE")) answer.kind = TAPWARD_WAKE;
    for (size_t i = 0; i < sizeof spoken / sizeof spoken[0]; i++) {
        size_t at = after_word(line, length, spoken[i].word);
        if (at == 0) continue;
        if (spoken[i].most >= 0) {
            size_t taken = 0;
            const int number = number_at(line + at, length - at, &taken);
            if (number < spoken[i].least || number > spoken[i].most) return answer;
            answer.number = (unsigned)number;
            at += taken;
        }
        answer.kind = spoken[i].kind;
        take_words(&answer, line + at, length - at);
    }
    return answer;
}
