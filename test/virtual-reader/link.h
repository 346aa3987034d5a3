/*
 * What the two stand-ins (the driver, libudev) and the stand in TypeScript say to each other.
 *
 * All three kinds of connection are made to the same unix socket, inside the daemon's own mount namespace. The first two
 * bytes say which kind and which slot:
 *   'U' 0     hot plug.  Stand to daemon: pairs of '+' or '-' and the slot: plugged, unplugged.
 *   'E' slot  events.    Stand to driver: '+' a card came into the field, '-' it left. The first byte is the present state.
 *   'I' slot  I/O.       Driver to stand: '1' power up, '2' reset, '0' power off, 'T' command; a length of 4 bytes, big
 *                        endian; that many bytes. All but '0' are answered: a length and that many bytes (an ATR, which
 *                        may be empty: mute; a response APDU), or the length NO_CARD: it is not in the field any more.
 */
#ifndef TAPWARD_LINK_H
#define TAPWARD_LINK_H

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define LINK_PATH "/run/virtual-reader/link"
#define NO_CARD UINT32_MAX

/* Answers a connected socket that has introduced itself, or -1. */
static inline int link_open(char kind, unsigned char slot)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = LINK_PATH };
    const char hello[2] = { kind, (char)slot };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        send(fd, hello, sizeof hello, MSG_NOSIGNAL) != (ssize_t)sizeof hello) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Answers 1 when all of it came, 0 when the stand has closed or the socket failed. */
static inline int link_read(int fd, void *into, size_t length)
{
    unsigned char *at = into;

    while (length > 0) {
        ssize_t got = recv(fd, at, length, MSG_WAITALL);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        at += got;
        length -= (size_t)got;
    }
    return 1;
}

/* Sends one request of the I/O kind; answers 1 when all of it went. */
static inline int link_ask(int link, char what, const unsigned char *body, uint32_t length)
{
    const unsigned char head[5] = {
        (unsigned char)what, (unsigned char)(length >> 24), (unsigned char)(length >> 16), (unsigned char)(length >> 8), (unsigned char)length,
    };
    struct iovec parts[2] = { { .iov_base = (void *)head, .iov_len = sizeof head }, { .iov_base = (void *)body, .iov_len = length } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = length > 0 ? 2 : 1 };

    return sendmsg(link, &message, MSG_NOSIGNAL) == (ssize_t)(sizeof head + length);
}

/* Answers the length of what the card said, -1 when it is gone or said more than fits. What does not fit is read off. */
static inline long link_answer(int link, unsigned char *into, size_t room)
{
    unsigned char head[4], rest[4096];
    uint32_t length, left;

    if (!link_read(link, head, sizeof head))
        return -1;
    length = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
    if (length == NO_CARD)
        return -1;
    if (length <= room)
        return link_read(link, into, length) ? (long)length : -1;
    for (left = length; left > 0;) {
        size_t part = left < sizeof rest ? left : sizeof rest;
        if (!link_read(link, rest, part))
            break;
        left -= (uint32_t)part;
    }
    return -1;
}

#endif
