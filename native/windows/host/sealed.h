/*
 * A Windows password and a share of its owner's come in and go to the disk sealed; the share, or the record's key while a
 * window lives, brings it back.
 *
 * The record's key is HKDF(what only this TPM unwraps || the share), the share being made of her PIN or her key's
 * hmac-secret: neither the disk, nor SYSTEM, nor the TPM alone opens it. DPAPI of LocalSystem lies around all of it.
 */
#ifndef TAPWARD_SEALED_H
#define TAPWARD_SEALED_H

#include "system.h"

namespace tapward {

constexpr size_t longest_password = 1536, longest_share = 64;

enum class Standing { sealed, stale, none };

class SealedStore {
public:
    /* In `folder`, made so that only SYSTEM enters it. */
    explicit SealedStore(const std::wstring &folder);

    /* `stale`: it was handed out once, and nothing has confirmed that Windows took it. */
    Standing standing(const std::wstring &account) const;
    /* Over whatever was there. False: not done, and the old record stands. */
    bool seal(const std::wstring &account, const unsigned char *password, size_t size, const unsigned char *share, size_t share_size) const;
    /* The record's key; false: no record, another computer's, or the TPM did not do it. */
    bool key_of(const std::wstring &account, const unsigned char *share, size_t share_size, unsigned char key[32]) const;
    /* The password's size, 0: the key does not open it. */
    size_t open(const std::wstring &account, const unsigned char key[32], unsigned char *password) const;
    /* Durable when it returns; false: not written, and the password must not be handed out. */
    bool mark_tried(const std::wstring &account) const;
    /* Windows took it. */
    void mark_good(const std::wstring &account) const;

private:
    std::wstring path(const std::wstring &account, const wchar_t *ending) const;
    std::wstring folder;
};

} // namespace tapward

#endif
