/*
 * Bytes of a fuzzer come in; that they are the same lines however they are cut, and that no line passes a table whose fields do not
 * hold, is checked under the sanitizers.
 */
#include "../../native/windows/protocol.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../../native/windows/base64.h"

using namespace tapward;

namespace {

template <size_t N> void judge(const Shape (&table)[N], std::string_view text)
{
    Line line;
    if (!parse(table, text, line)) {
        if (line.count != 0 || !line.verb.empty())
            abort();
        return;
    }
    std::string again(line.verb);
    for (size_t i = 0; i < line.count; i++) {
        again += '\t';
        again += line.fields[i];
        unsigned char bytes[1536];
        if (is_field('s', line.fields[i]) && decode_base64(line.fields[i], bytes, sizeof bytes) > 1536)
            abort();
    }
    if (again != text)
        abort();
}

std::vector<std::string> read(const uint8_t *bytes, size_t size, size_t piece, bool judged)
{
    static LineBuffer buffer;
    std::vector<std::string> lines;
    buffer.clear();
    for (size_t at = 0; at < size;) {
        const size_t part = std::min({ piece, buffer.space(), size - at });
        if (part == 0)
            abort();
        std::memcpy(buffer.room(), bytes + at, part);
        buffer.add(part);
        at += part;
        for (std::string_view line;;) {
            const auto next = buffer.next(line);
            if (next == LineBuffer::Next::tooLong)
                return lines;
            if (next == LineBuffer::Next::none)
                break;
            if (judged) {
                judge(from_provider, line);
                judge(from_face, line);
                judge(from_helper, line);
                judge(from_agent, line);
                judge(to_provider, line);
            }
            lines.emplace_back(line);
        }
    }
    return lines;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1)
        return 0;
    const auto whole = read(bytes + 1, size - 1, longest_line, true);
    if (read(bytes + 1, size - 1, 1 + bytes[0] % 61, false) != whole)
        abort();
    return 0;
}
