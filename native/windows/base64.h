/*
 * Base64 of RFC 4648 section 4 comes in and bytes go out, or the other way round, in buffers of the caller's: secrets pass
 * here, so nothing is allocated and nothing is kept.
 */
#ifndef TAPWARD_BASE64_H
#define TAPWARD_BASE64_H

#include <cstddef>
#include <string_view>

namespace tapward {

/* `text` has passed is_field; how many bytes were written, or -1 where more than `most` would be. */
long decode_base64(std::string_view text, unsigned char *bytes, std::size_t most);

/* `text` has room for 4 characters per 3 bytes or a part of them; how many were written. */
std::size_t encode_base64(const unsigned char *bytes, std::size_t size, char *text);

} // namespace tapward

#endif
