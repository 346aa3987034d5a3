/* Bytes of a fuzzer come in as what an agent sends, in pieces that they cut themselves; a broken promise of the parser or the reader of lines goes out as a crash. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../native/linux/link.h"

/* Ends the run: the promise of this line does not hold. */
#define PROMISE(holds)               \
    do {                             \
        if (!(holds)) __builtin_trap(); \
    } while (0)

/* Words that are shown: whole UTF-8 of printable characters, told here by what must not be in it. */
static void check_words(const char *words)
{
    PROMISE(memchr(words, '\0', TAPWARD_LONGEST_WORDS + 1) != NULL);
    /* As bytes: controls, DEL, C1 (C2 80-9F), soft hyphen, marks of direction and all that is not seen, private use, surrogates, the byte order mark, anything of four bytes. */
    static const char *const never[] = {"\x7f", "\xc2\xad", "\xd8\x9c", "\xe2\x80\x8b", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xae", "\xe2\x81\xa6", "\xee", "\xed\xa0", "\xef\xbb\xbf", "\xf0"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) PROMISE(strstr(words, never[i]) == NULL);
    size_t awaited = 0;
    for (const unsigned char *at = (const unsigned char *)words; *at != '\0'; at++) {
        PROMISE(*at >= ' ' && *at != 0xc0 && *at != 0xc1 && *at < 0xf0);
        PROMISE((awaited > 0) == ((*at & 0xc0) == 0x80));
        PROMISE(*at != 0xc2 || at[1] >= 0xa0);
        PROMISE(*at != 0xe0 || at[1] >= 0xa0);
        awaited = awaited > 0 ? awaited - 1 : *at >= 0xe0 ? 2 : *at >= 0xc0 ? 1 : 0;
    }
    PROMISE(awaited == 0);
}

/* What an answer may be, whatever was said. */
static void check(struct tapward_answer answer)
{
    const int numbered = answer.kind == TAPWARD_PIN || answer.kind == TAPWARD_WRONG;
    PROMISE(answer.kind >= TAPWARD_JUNK && answer.kind <= TAPWARD_SAY);
    PROMISE(answer.kind != TAPWARD_PIN || (answer.number >= 4 && answer.number <= 12));
    PROMISE(answer.kind != TAPWARD_WRONG || answer.number <= 99);
    PROMISE(numbered || answer.number == 0);
    PROMISE(numbered || answer.kind == TAPWARD_ASK || answer.kind == TAPWARD_SAY || *answer.words == '\0');
    check_words(answer.words);
}

/* A line of the fuzzer's, read where nothing stands behind it; nothing but these two bytes may ever let in. */
static void read_line(const uint8_t *data, size_t size)
{
    char *exact = malloc(size == 0 ? 1 : size);
    if (exact == NULL) abort();
    if (size > 0) memcpy(exact, data, size);
    const struct tapward_answer answer = tapward_answer_of(exact, size);
    check(answer);
    PROMISE((answer.kind == TAPWARD_OK) == (size == 2 && memcmp(exact, "OK", 2) == 0));
    free(exact);
}

/* The same bytes through a socket, and then its end: every line of them is an answer, and the end is junk. */
static void read_stream(const uint8_t *data, size_t size)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) abort();
    struct tapward_link link = {.fd = ends[0], .held = 0};
    size_t given = 0;
    size_t lines = 0;
    for (unsigned step = 0; step < 64; step++) {
        /* As many bytes at once as the last of them says. */
        const size_t piece = given < size ? 1 + data[given] % 40 : 0;
        const size_t part = piece < size - given ? piece : size - given;
        if (part > 0 && write(ends[1], data + given, part) != (ssize_t)part) abort();
        for (const size_t end = given + part; given < end; given++) lines += data[given] == '\n';
        if (given == size) (void)shutdown(ends[1], SHUT_WR);
        else if (lines == 0) continue;
        else lines--;
        const struct tapward_answer answer = tapward_link_hear(&link, tapward_now() + 1);
        check(answer);
        PROMISE(link.held <= sizeof link.buffer);
        if (answer.kind == TAPWARD_JUNK && given == size) break;
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* The same bytes as the words of a request: one line goes out, of a request's bytes alone. */
static void write_request(const uint8_t *data, size_t size)
{
    char words[4][160];
    for (unsigned i = 0; i < 4; i++) {
        const size_t part = size < sizeof words[i] - 1 ? size : sizeof words[i] - 1;
        if (part > 0) memcpy(words[i], data, part);
        words[i][part] = '\0';
        data += part;
        size -= part;
    }
    const char *const said[] = {words[0], words[1], words[2], words[3], NULL};
    struct tapward_request request;
    if (tapward_request_of(&request, "AUTH", said) != 0) return;
    PROMISE(request.length <= sizeof request.line && request.line[request.length - 1] == '\n');
    unsigned spaces = 0;
    for (size_t i = 0; i < request.length - 1; i++) {
        PROMISE(request.line[i] >= ' ' && request.line[i] <= '~');
        spaces += request.line[i] == ' ';
    }
    PROMISE(spaces == 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_line(data, size);
    read_stream(data, size);
    write_request(data, size);
    return 0;
}
