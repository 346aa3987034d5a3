/*
 * Secrets come in; keys, digests and sealed bytes go out: what record_key.h declares.
 */
#include "record_key.h"

#include <windows.h>

#include <bcrypt.h>
#include <cstring>

namespace tapward {

namespace {

/* An algorithm of CNG, opened for one use. */
struct Algorithm {
    BCRYPT_ALG_HANDLE handle = nullptr;
    Algorithm(const wchar_t *name, ULONG flags)
    {
        if (BCryptOpenAlgorithmProvider(&handle, name, nullptr, flags) < 0)
            handle = nullptr;
    }
    ~Algorithm()
    {
        if (handle != nullptr)
            BCryptCloseAlgorithmProvider(handle, 0);
    }
    Algorithm(const Algorithm &) = delete;
    Algorithm &operator=(const Algorithm &) = delete;
};

bool hmac(const unsigned char *key, size_t key_size, const unsigned char *bytes, size_t size, unsigned char out[32])
{
    const Algorithm sha(BCRYPT_SHA256_ALGORITHM, BCRYPT_ALG_HANDLE_HMAC_FLAG);
    return sha.handle != nullptr &&
           BCryptHash(sha.handle, const_cast<PUCHAR>(key), static_cast<ULONG>(key_size), const_cast<PUCHAR>(bytes), static_cast<ULONG>(size), out, 32) >= 0;
}

bool gcm(const Sealing &with, unsigned char *bytes, size_t size, bool opens)
{
    wchar_t mode[] = BCRYPT_CHAIN_MODE_GCM;
    const Algorithm aes(BCRYPT_AES_ALGORITHM, 0);
    BCRYPT_KEY_HANDLE key = nullptr;
    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info;
    ULONG written = 0;

    if (aes.handle == nullptr || BCryptSetProperty(aes.handle, BCRYPT_CHAINING_MODE, reinterpret_cast<PUCHAR>(mode), sizeof mode, 0) < 0 ||
        BCryptGenerateSymmetricKey(aes.handle, &key, nullptr, 0, const_cast<PUCHAR>(with.key), 32, 0) < 0)
        return false;
    BCRYPT_INIT_AUTH_MODE_INFO(info);
    info.pbNonce = const_cast<PUCHAR>(with.nonce);
    info.cbNonce = 12;
    info.pbAuthData = const_cast<PUCHAR>(with.beside);
    info.cbAuthData = static_cast<ULONG>(with.beside_size);
    info.pbTag = with.tag;
    info.cbTag = 16;
    const ULONG length = static_cast<ULONG>(size);
    const NTSTATUS status = (opens ? BCryptDecrypt : BCryptEncrypt)(key, bytes, length, &info, nullptr, 0, bytes, length, &written, 0);
    BCryptDestroyKey(key);
    return status >= 0 && written == length;
}

} // namespace

bool derive_key(const unsigned char salt[32], const unsigned char *secret, size_t size, unsigned char key[32])
{
    constexpr unsigned char label[] = "tapward windows password v1\x01"; /* the block's number, and not the ending zero */
    unsigned char extracted[32];
    const bool done = hmac(salt, 32, secret, size, extracted) && hmac(extracted, sizeof extracted, label, sizeof label - 1, key);
    SecureZeroMemory(extracted, sizeof extracted);
    return done;
}

bool seal_bytes(const Sealing &with, unsigned char *bytes, size_t size)
{
    return gcm(with, bytes, size, false);
}

bool open_bytes(const Sealing &with, unsigned char *bytes, size_t size)
{
    return gcm(with, bytes, size, true);
}

bool digest(const void *bytes, size_t size, unsigned char out[32])
{
    const Algorithm sha(BCRYPT_SHA256_ALGORITHM, 0);
    return sha.handle != nullptr && BCryptHash(sha.handle, nullptr, 0, static_cast<PUCHAR>(const_cast<void *>(bytes)), static_cast<ULONG>(size), out, 32) >= 0;
}

} // namespace tapward
