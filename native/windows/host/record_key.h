/*
 * Secrets come in; what HKDF-SHA256 (RFC 5869) and AES-256-GCM (SP 800-38D) make of them goes out, by Windows' own CNG.
 */
#ifndef TAPWARD_RECORD_KEY_H
#define TAPWARD_RECORD_KEY_H

#include <cstddef>

namespace tapward {

/* One block of output under our own label; false: CNG refused. */
bool derive_key(const unsigned char salt[32], const unsigned char *secret, size_t size, unsigned char key[32]);

struct Sealing {
    const unsigned char *key, *nonce; /* 32 and 12 bytes; a key seals once */
    const unsigned char *beside;      /* authenticated, not hidden */
    size_t beside_size;
    unsigned char *tag; /* 16 bytes */
};
/* In place. False: CNG refused, or `open` found that something is not as it was sealed. */
bool seal_bytes(const Sealing &with, unsigned char *bytes, size_t size);
bool open_bytes(const Sealing &with, unsigned char *bytes, size_t size);

/* SHA-256; false: CNG refused. */
bool digest(const void *bytes, size_t size, unsigned char out[32]);

} // namespace tapward

#endif
