/*
 * Lines good and bad come in, whole, cut at every place, and too long; that native/windows/protocol.cpp takes the good, refuses the bad
 * and overwrites what it has handed out is checked. Ends with 0, or says at which line of this file it failed.
 */
#include "../../native/windows/protocol.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "../../native/windows/base64.h"

using namespace tapward;

namespace {

int failures;

void expect(bool holds, int line, const std::string &about = "")
{
    if (holds)
        return;
    failures++;
    printf("line %d: %s\n", line, about.c_str());
}

/* Feeds text in pieces of a size; the lines, and "!" at its end where it was too long. */
std::vector<std::string> read(const std::string &text, size_t piece)
{
    static LineBuffer buffer;
    std::vector<std::string> lines;
    size_t at = 0;
    buffer.clear();
    while (at < text.size()) {
        const size_t part = std::min({ piece, buffer.space(), text.size() - at });
        std::memcpy(buffer.room(), text.data() + at, part);
        buffer.add(part);
        at += part;
        for (std::string_view line; ;) {
            const auto next = buffer.next(line);
            if (next == LineBuffer::Next::tooLong) {
                lines.push_back("!");
                return lines;
            }
            if (next == LineBuffer::Next::none)
                break;
            lines.emplace_back(line);
        }
    }
    return lines;
}

bool from_agent_is(const std::string &text)
{
    Line line;
    return parse(from_agent, text, line);
}

void grammar()
{
    const std::string name(256, 'n'), longer(257, 'n'), secret(2048, 'A');
    for (const std::string &good : { std::string("HELLO\t1\t0\tagent"), std::string("OFFER\tg-1.x\t0\tWARD\tana\t30000\t-"), "OFFER\tg\t4294967295\t" + name + "\tana\t1\t" + secret,
                                     std::string("DROP\t\t"), std::string("SHOW\tpin\t6\tJos\xC3\xA9 \xF0\x9F\x98\x80"), std::string("KEEP\t.\tana\t1"), std::string("TELL\t1\t") })
        expect(from_agent_is(good), __LINE__, good);
    for (const std::string &bad :
         { std::string(""), std::string("OFFER"), std::string("OFFER\tg\t0\tWARD\tana\t30000"), std::string("OFFER\tg\t0\tWARD\tana\t30000\t-\t"), std::string("offer\tg\t0\tW\ta\t1\t-"),
           "OFFER\tg\t0\t" + longer + "\tana\t1\t-", std::string("OFFER\tg g\t0\tW\ta\t1\t-"), std::string("OFFER\tg\t-1\tW\ta\t1\t-"), "OFFER\tg\t0\tW\ta\t1\t" + secret + "AAAA",
           std::string("OFFER\tg\t0\tW\ta\t1\tA==="), std::string("OFFER\tg\t0\tW\ta\t1\tA=AA"), std::string("LOCK\t12345678901"), std::string("LOCK\t"), std::string("LOCK\t1\r"),
           std::string("SHOW\tpin\t6\ta\x1F"), std::string("SHOW\tpin\t6\t\xC3"), std::string("SHOW\tpin\t6\t\xC0\x80"), std::string("SHOW\tpin\t6\t\xED\xA0\x80"),
           std::string("SHOW\tpin\t6\t\xF4\x90\x80\x80"), std::string("SHOW\tpin\t6\t\xC2\x85"), std::string("SHOW\tpin\t6\t\xE2\x28\xA1"), std::string("SHOW\tpi n\t6\t"),
           std::string("LOCK\t1\t2\t3\t4\t5\t6\t7\t8\t9"), std::string("SHOW\tpin\t6\ta\0b", 14) })
        expect(!from_agent_is(bad), __LINE__, bad);
    Line line;
    expect(!parse(from_provider, "PIN\t12345678901234", line) && line.count == 0 && line.verb.empty(), __LINE__);
    expect(parse(from_provider, "CAPTURE\tana\tWARD\tAAAA", line) && line.fields[2] == "AAAA", __LINE__);
    expect(!parse(from_provider, "OFFER\tg\t0\tW\ta\t1\t-", line), __LINE__, "an agent's line at the provider's pipe");
    expect(number_of("4294967296") == 0xFFFFFFFFul && number_of("9999999999") == 0xFFFFFFFFul && number_of("0042") == 42, __LINE__);
}

void buffers()
{
    std::string text, empty(longest_line, '\n');
    for (int i = 0; i < 3000; i++)
        text += "line " + std::to_string(i) + "\n";
    const auto whole = read(text, longest_line);
    expect(whole.size() == 3000 && whole[2999] == "line 2999", __LINE__);
    for (const size_t piece : { 1, 2, 3, 7, 100, 4095 })
        expect(read(text, piece) == whole, __LINE__, std::to_string(piece));
    expect(read(empty, longest_line).size() == longest_line, __LINE__);
    const std::string most(longest_line - 1, 'x');
    expect(read(most + "\n", 1000) == std::vector<std::string>{ most }, __LINE__);
    expect(read(most + "x\n", 1000) == std::vector<std::string>{ "!" }, __LINE__);

    /* What was handed out is gone with the next call. */
    static LineBuffer buffer;
    const char secret[] = "PIN\t84629731\nSLEEP\n";
    char *place = buffer.room();
    std::memcpy(place, secret, sizeof secret - 1);
    buffer.add(sizeof secret - 1);
    std::string_view line;
    expect(buffer.next(line) == LineBuffer::Next::line && buffer.next(line) == LineBuffer::Next::line, __LINE__);
    expect(place[4] == 0 && place[11] == 0, __LINE__, "digits stay");
    expect(buffer.next(line) == LineBuffer::Next::none && std::memchr(place, 'S', 20) == nullptr, __LINE__);
}

void base64()
{
    unsigned char bytes[70], back[70];
    char text[100];
    for (size_t size = 0; size <= sizeof bytes; size++) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = static_cast<unsigned char>(i * 37 + size);
        const size_t length = encode_base64(bytes, size, text);
        expect(length == (size + 2) / 3 * 4 && is_field('s', { text, length }), __LINE__);
        expect(decode_base64({ text, length }, back, sizeof back) == static_cast<long>(size) && std::memcmp(bytes, back, size) == 0, __LINE__);
        expect(size == 0 || decode_base64({ text, length }, back, size - 1) == -1, __LINE__);
    }
    expect(encode_base64(reinterpret_cast<const unsigned char *>("foobar"), 4, text) == 8 && std::memcmp(text, "Zm9vYg==", 8) == 0, __LINE__, "RFC 4648 section 10");
}

} // namespace

int main()
{
    grammar();
    buffers();
    base64();
    return failures == 0 ? 0 : 1;
}
