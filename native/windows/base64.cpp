/*
 * Base64 comes in and bytes go out, or the other way round: what base64.h declares.
 */
#include "base64.h"

namespace tapward {

namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Six bits for a character of the alphabet. */
unsigned sextet(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : 63;
}

} // namespace

long decode_base64(std::string_view text, unsigned char *bytes, std::size_t most)
{
    std::size_t written = 0;
    unsigned held = 0;
    int bits = 0;

    for (const char c : text) {
        if (c == '=')
            break;
        held = (held << 6 | sextet(c)) & 0xFFFF;
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        if (written == most)
            return -1;
        bytes[written++] = static_cast<unsigned char>(held >> bits);
    }
    return static_cast<long>(written);
}

std::size_t encode_base64(const unsigned char *bytes, std::size_t size, char *text)
{
    std::size_t written = 0;

    for (std::size_t at = 0; at < size; at += 3) {
        const std::size_t left = size - at;
        const unsigned group = bytes[at] << 16 | (left > 1 ? bytes[at + 1] << 8 : 0) | (left > 2 ? bytes[at + 2] : 0);
        text[written++] = alphabet[group >> 18 & 63];
        text[written++] = alphabet[group >> 12 & 63];
        text[written++] = left > 1 ? alphabet[group >> 6 & 63] : '=';
        text[written++] = left > 2 ? alphabet[group & 63] : '=';
    }
    return written;
}

} // namespace tapward
