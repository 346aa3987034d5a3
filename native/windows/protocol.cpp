/*
 * Bytes of a pipe come in, lines that hold to the grammar go out: what protocol.h declares. Every loop is bounded by the
 * length of one line.
 */
#include "protocol.h"

#include <algorithm>
#include <cstring>

namespace tapward {

namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_ticket(char c)
{
    return is_digit(c) || is_letter(c) || c == '.' || c == '-';
}

/* Between `least` and `most` characters, each of the given sort. */
template <typename Sort> bool all(std::string_view field, std::size_t least, std::size_t most, Sort sort)
{
    if (field.size() < least || field.size() > most)
        return false;
    for (const char c : field)
        if (!sort(c))
            return false;
    return true;
}

/* Base64 of RFC 4648 section 4 with its padding; `most` is of characters. */
bool is_base64(std::string_view field, std::size_t most)
{
    if (field.size() % 4 != 0 || field.size() > most)
        return false;
    const std::size_t padding = field.size() - std::min(field.size(), field.find_last_not_of('=') + 1);
    if (padding > 2)
        return false;
    return all(field.substr(0, field.size() - padding), 0, most, [](char c) { return is_digit(c) || is_letter(c) || c == '+' || c == '/'; });
}

/* Well-formed UTF-8 (RFC 3629) without control characters: no overlong form, no surrogate, nothing above U+10FFFF. */
bool is_text(std::string_view field)
{
    std::size_t at = 0;

    while (at < field.size()) {
        const unsigned char first = static_cast<unsigned char>(field[at]);
        if (first < 0x20 || first == 0x7F)
            return false;
        const std::size_t more = first < 0x80 ? 0 : first >= 0xC2 && first < 0xE0 ? 1 : first >= 0xE0 && first < 0xF0 ? 2 : first >= 0xF0 && first < 0xF5 ? 3 : 4;
        if (more > 3 || field.size() - at <= more)
            return false;
        for (std::size_t i = 1; i <= more; i++)
            if ((static_cast<unsigned char>(field[at + i]) & 0xC0) != 0x80)
                return false;
        const unsigned char second = more > 0 ? static_cast<unsigned char>(field[at + 1]) : 0;
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0) || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90) ||
            (first == 0xC2 && second < 0xA0))
            return false;
        at += more + 1;
    }
    return true;
}

} // namespace

bool is_field(char kind, std::string_view field)
{
    switch (kind) {
    case 'n':
        return all(field, 1, 10, is_digit);
    case 'x':
        return all(field, 1, 8, is_hex);
    case 'g':
        return all(field, 1, 64, is_ticket);
    case 'w':
        return all(field, 1, 24, is_letter);
    case 'd':
        return all(field, 4, 12, is_digit);
    case 't':
        return field.size() <= 256 && is_text(field);
    case 'o':
        return field == "-" || is_base64(field, 2048);
    case 's':
        return is_base64(field, 2048);
    case 'm':
        return is_base64(field, 61440);
    default:
        return false;
    }
}

bool parse(const Shape *table, std::size_t shapes, std::string_view text, Line &line)
{
    line = Line();
    Line found;
    std::size_t cut = text.find('\t');
    found.verb = text.substr(0, cut);
    while (cut != std::string_view::npos) {
        if (found.count == most_fields)
            return false;
        text.remove_prefix(cut + 1);
        cut = text.find('\t');
        found.fields[found.count++] = text.substr(0, cut);
    }
    for (std::size_t i = 0; i < shapes; i++) {
        if (table[i].verb != found.verb)
            continue;
        if (table[i].kinds.size() != found.count)
            return false;
        for (std::size_t f = 0; f < found.count; f++)
            if (!is_field(table[i].kinds[f], found.fields[f]))
                return false;
        line = found;
        return true;
    }
    return false;
}

unsigned long number_of(std::string_view field)
{
    unsigned long long value = 0;
    for (const char c : field)
        value = value * 10 + static_cast<unsigned>(c - '0');
    return value > 0xFFFFFFFFull ? 0xFFFFFFFFul : static_cast<unsigned long>(value);
}

LineBuffer::~LineBuffer()
{
    clear();
}

void LineBuffer::clear()
{
    wipe(bytes, sizeof bytes);
    filled = passed = taken = searched = 0;
}

LineBuffer::Next LineBuffer::next(std::string_view &line)
{
    const std::size_t from = searched > taken ? searched : taken;
    const void *end = from == filled ? nullptr : std::memchr(bytes + from, '\n', filled - from);

    line = {};
    if (end != nullptr) {
        wipe(bytes + passed, taken - passed);
        passed = taken;
        line = { bytes + taken, static_cast<std::size_t>(static_cast<const char *>(end) - bytes) - taken };
        taken += line.size() + 1;
        searched = taken;
        return Next::line;
    }
    std::memmove(bytes, bytes + taken, filled - taken);
    wipe(bytes + filled - taken, taken);
    filled -= taken;
    taken = passed = 0;
    searched = filled;
    return filled == sizeof bytes ? Next::tooLong : Next::none;
}

void wipe(void *place, std::size_t size)
{
    volatile unsigned char *at = static_cast<volatile unsigned char *>(place);
    while (size-- > 0)
        *at++ = 0;
}

} // namespace tapward
