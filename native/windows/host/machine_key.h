/*
 * 32 bytes come in and go out as bytes that only this computer's TPM gives back, or the other way round.
 */
#ifndef TAPWARD_MACHINE_KEY_H
#define TAPWARD_MACHINE_KEY_H

#include <cstddef>

namespace tapward {

constexpr size_t longest_wrapped = 512;

/* The protocol's word: tpm; none: this computer keeps no password. software: only in a build for tests. */
const char *sealing();

/* False: the TPM did not do it. `size` comes in as the room there is. */
bool wrap_key(const unsigned char key[32], unsigned char *wrapped, size_t *size);
bool unwrap_key(const unsigned char *wrapped, size_t size, unsigned char key[32]);

} // namespace tapward

#endif
