/* A request comes in, the agent’s answers go out: the connection that link.h promises, over a Unix socket (unix(7)). */
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Made by the service manager for the agent's account; no stack and no environment names another. */
static const char directory[] = "/run/tapward";

long long tapward_now(void)
{
    struct timespec now;
    /* It cannot fail for this clock; if it did, every deadline would have passed. */
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0x7fffffffffffffffLL;
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether a byte stands in a request as it is. */
static int is_plain(unsigned char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || (byte != 0 && strchr("_.@:/+-", byte) != NULL);
}

/* Appends one byte; returns 0, or -1 if there is no room. */
static int append(struct tapward_request *request, char byte)
{
    if (request->length >= sizeof request->line) return -1;
    request->line[request->length++] = byte;
    return 0;
}

/* Appends a word, escaped; an empty one, and one that is "-", must not look alike. Returns 0, or -1 if there is no room. */
static int append_word(struct tapward_request *request, const char *word)
{
    static const char hexadecimal[] = "0123456789ABCDEF";
    if (*word == '\0') return append(request, '-');
    const int dash = strcmp(word, "-") == 0;
    for (; *word != '\0'; word++) {
        const unsigned char byte = (unsigned char)*word;
        if (is_plain(byte) && !dash) {
            if (append(request, *word) != 0) return -1;
        } else if (append(request, '%') != 0 || append(request, hexadecimal[byte >> 4]) != 0 || append(request, hexadecimal[byte & 15]) != 0) {
            return -1;
        }
    }
    return 0;
}

int tapward_request_of(struct tapward_request *request, const char *verb, const char *const words[])
{
    request->length = 0;
    if (append_word(request, "TAPWARD") != 0 || append(request, ' ') != 0 || append(request, '1') != 0 || append(request, ' ') != 0) return -1;
    if (append_word(request, verb) != 0) return -1;
    for (; *words != NULL; words++) {
        if (append(request, ' ') != 0 || append_word(request, *words) != 0) return -1;
    }
    return append(request, '\n');
}

int tapward_owner_of(uid_t *owner)
{
    struct stat found;
    if (lstat(directory, &found) != 0 || !S_ISDIR(found.st_mode) || (found.st_mode & (S_IWGRP | S_IWOTH)) != 0) return -1;
    *owner = found.st_uid;
    return 0;
}

/* Connects to the door for the account we run as, if `owner` is who listens there. Returns 0, or -1. */
static int open_link(struct tapward_link *link, uid_t owner)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const uid_t own = geteuid();
    link->fd = -1;
    link->held = 0;
    const int length = own == 0 ? snprintf(address.sun_path, sizeof address.sun_path, "%s/pam.sock", directory)
                                : snprintf(address.sun_path, sizeof address.sun_path, "%s/locker/%u.sock", directory, (unsigned)own);
    if (length < 0 || (size_t)length >= sizeof address.sun_path) return -1;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    struct ucred peer;
    socklen_t size = sizeof peer;
    /* A listener whose queue is full answers EAGAIN at once: as good as away. */
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer ||
        peer.uid != owner) {
        (void)close(fd);
        return -1;
    }
    link->fd = fd;
    return 0;
}

int tapward_link_ask(struct tapward_link *link, uid_t owner, const char *verb, const char *const words[], long long deadline)
{
    struct tapward_request request;
    if (tapward_request_of(&request, verb, words) != 0 || open_link(link, owner) != 0) return -1;
    if (tapward_link_say(link, request.line, request.length, deadline) == 0) return 0;
    tapward_link_close(link);
    return -1;
}

int tapward_link_ask_as_locker(struct tapward_link *link, const char *verb, const char *service, const char *display, long long deadline)
{
    uid_t owner;
    const struct passwd *own = getpwuid(geteuid());
    link->fd = -1;
    if (own == NULL || tapward_owner_of(&owner) != 0) return -1;
    const char *const words[] = {own->pw_name, service, display, "", "", NULL};
    return tapward_link_ask(link, owner, verb, words, deadline);
}

/* Waits until the socket can be read or written, or the deadline has passed; returns 0 if it can. */
static int await(const struct tapward_link *link, short events, long long deadline)
{
    for (;;) {
        const long long left = deadline - tapward_now();
        if (left <= 0) return -1;
        struct pollfd waits = {.fd = link->fd, .events = events};
        const int ready = poll(&waits, 1, left > 60000 ? 60000 : (int)left);
        if (ready > 0) return 0;
        if (ready < 0 && errno != EINTR) return -1;
    }
}

int tapward_link_say(struct tapward_link *link, const void *bytes, size_t length, long long deadline)
{
    const char *rest = bytes;
    while (length > 0) {
        const ssize_t sent = send(link->fd, rest, length, MSG_NOSIGNAL);
        if (sent > 0) {
            rest += sent;
            length -= (size_t)sent;
        } else if (sent < 0 && errno == EAGAIN) {
            if (await(link, POLLOUT, deadline) != 0) return -1;
        } else if (sent == 0 || errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

struct tapward_answer tapward_link_hear(struct tapward_link *link, long long deadline)
{
    const struct tapward_answer junk = {TAPWARD_JUNK, 0, ""};
    for (;;) {
        const char *newline = memchr(link->buffer, '\n', link->held);
        if (newline != NULL) {
            const size_t length = (size_t)(newline - link->buffer);
            const struct tapward_answer answer = tapward_answer_of(link->buffer, length);
            link->held -= length + 1;
            memmove(link->buffer, newline + 1, link->held);
            return answer;
        }
        if (link->held == sizeof link->buffer || await(link, POLLIN, deadline) != 0) return junk;
        const ssize_t came = recv(link->fd, link->buffer + link->held, sizeof link->buffer - link->held, 0);
        if (came > 0) link->held += (size_t)came;
        else if (came == 0 || (errno != EINTR && errno != EAGAIN)) return junk;
    }
}

void tapward_link_close(struct tapward_link *link)
{
    if (link->fd >= 0) (void)close(link->fd);
    link->fd = -1;
}
