/*
 * Keys come in and go out wrapped by an RSA key that never leaves the TPM (NCrypt's platform provider, a key of the machine).
 */
#include "machine_key.h"

#include <windows.h>

#include <bcrypt.h>
#include <cstring>
#include <ncrypt.h>

#ifdef TAPWARD_TEST
#include <wincrypt.h>
#endif

namespace tapward {

#ifndef TAPWARD_TEST

namespace {

constexpr wchar_t name[] = L"Tapward host";
constexpr DWORD quiet = NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG;
wchar_t sha256[] = L"SHA256";
BCRYPT_OAEP_PADDING_INFO padding = { sha256, nullptr, 0 };

/* Opened for one use; made where there is none yet. 0: there is no TPM that Windows can use. Not exportable, as all keys of this provider. */
class Key {
public:
    Key()
    {
        if (NCryptOpenStorageProvider(&provider, MS_PLATFORM_CRYPTO_PROVIDER, 0) != ERROR_SUCCESS)
            return;
        if (NCryptOpenKey(provider, &key, name, 0, quiet) == ERROR_SUCCESS)
            return;
        DWORD bits = 2048;
        if (NCryptCreatePersistedKey(provider, &key, BCRYPT_RSA_ALGORITHM, name, 0, NCRYPT_MACHINE_KEY_FLAG) != ERROR_SUCCESS)
            key = 0;
        else if (NCryptSetProperty(key, NCRYPT_LENGTH_PROPERTY, reinterpret_cast<PBYTE>(&bits), sizeof bits, NCRYPT_SILENT_FLAG) != ERROR_SUCCESS ||
                 NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG) != ERROR_SUCCESS) {
            NCryptFreeObject(key);
            key = 0;
        }
    }
    ~Key()
    {
        if (key != 0)
            NCryptFreeObject(key);
        if (provider != 0)
            NCryptFreeObject(provider);
    }
    Key(const Key &) = delete;
    Key &operator=(const Key &) = delete;
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE key = 0;
};

} // namespace

const char *sealing()
{
    return Key().key != 0 ? "tpm" : "none";
}

bool wrap_key(const unsigned char bytes[32], unsigned char *wrapped, size_t *size)
{
    const Key tpm;
    DWORD written = 0;
    const bool done = tpm.key != 0 && NCryptEncrypt(tpm.key, const_cast<PBYTE>(bytes), 32, &padding, wrapped, static_cast<DWORD>(*size), &written,
                                                    NCRYPT_PAD_OAEP_FLAG | NCRYPT_SILENT_FLAG) == ERROR_SUCCESS;
    *size = written;
    return done;
}

bool unwrap_key(const unsigned char *wrapped, size_t size, unsigned char bytes[32])
{
    const Key tpm;
    DWORD written = 0;
    return tpm.key != 0 && NCryptDecrypt(tpm.key, const_cast<PBYTE>(wrapped), static_cast<DWORD>(size), &padding, bytes, 32, &written, NCRYPT_PAD_OAEP_FLAG | NCRYPT_SILENT_FLAG) == ERROR_SUCCESS &&
           written == 32;
}

#else

/* For Wine, which keeps no NCrypt key: the account's DPAPI key. No build for a site has this. */
const char *sealing()
{
    return "software";
}

bool wrap_key(const unsigned char bytes[32], unsigned char *wrapped, size_t *size)
{
    DATA_BLOB in = { 32, const_cast<BYTE *>(bytes) }, out = {};
    if (!CryptProtectData(&in, nullptr, nullptr, nullptr, nullptr, CRYPTPROTECT_UI_FORBIDDEN, &out))
        return false;
    const bool fits = out.cbData <= *size;
    if (fits) {
        memcpy(wrapped, out.pbData, out.cbData);
        *size = out.cbData;
    }
    LocalFree(out.pbData);
    return fits;
}

bool unwrap_key(const unsigned char *wrapped, size_t size, unsigned char bytes[32])
{
    DATA_BLOB in = { static_cast<DWORD>(size), const_cast<BYTE *>(wrapped) }, out = {};
    if (!CryptUnprotectData(&in, nullptr, nullptr, nullptr, nullptr, CRYPTPROTECT_UI_FORBIDDEN, &out))
        return false;
    const bool fits = out.cbData == 32;
    if (fits)
        memcpy(bytes, out.pbData, 32);
    SecureZeroMemory(out.pbData, out.cbData);
    LocalFree(out.pbData);
    return fits;
}

#endif

} // namespace tapward
