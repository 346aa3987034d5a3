/*
 * Passwords, shares and accounts come in, sealed records on the disk go out, and back: what sealed.h declares.
 */
#include "sealed.h"

#include <bcrypt.h>
#include <cstring>
#include <wincrypt.h>

#include "../protocol.h"
#include "machine_key.h"
#include "record_key.h"

namespace tapward {

namespace {

constexpr unsigned char magic[4] = { 'T', 'W', 'S', '1' };

/* As it lies inside the DPAPI wrap; everything before `nonce` is authenticated. */
struct Record {
    unsigned char magic[4], salt[32];
    DWORD wrapped_size, size;
    unsigned char wrapped[longest_wrapped], account[32];
    unsigned char nonce[12], tag[16];
    unsigned char password[longest_password];
};
constexpr size_t beside_size = offsetof(Record, nonce);

/* Overwritten when it goes out of scope. */
template <typename T> struct Secret {
    T value = {};
    ~Secret() { wipe(&value, sizeof value); }
};

/* False, too, for the path of a folder that is not ours: relative to nothing, it would lie wherever we were started. */
bool write_durably(const std::wstring &path, const void *bytes, DWORD size)
{
    if (path.empty())
        return false;
    const std::wstring fresh = path + L".new";
    Handle file(CreateFileW(fresh.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_WRITE_THROUGH, nullptr));
    DWORD written = 0;
    if (!file || !WriteFile(file.get(), bytes, size, &written, nullptr) || written != size || !FlushFileBuffers(file.get()))
        return false;
    file.reset();
    return MoveFileExW(fresh.c_str(), path.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0;
}

/* The record as it was sealed for this account; false: none, or not one of ours. */
bool load(const std::wstring &path, const std::wstring &account, Record &record)
{
    unsigned char bytes[2 * sizeof(Record)];
    DWORD size = 0;
    Handle file(CreateFileW(path.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr));
    if (!file || !ReadFile(file.get(), bytes, sizeof bytes, &size, nullptr))
        return false;
    unsigned char name[32];
    DATA_BLOB in = { size, bytes }, out = {}, entropy = { sizeof name, name };
    if (!digest(account.data(), account.size() * sizeof(wchar_t), name) || !CryptUnprotectData(&in, nullptr, &entropy, nullptr, nullptr, CRYPTPROTECT_UI_FORBIDDEN, &out))
        return false;
    const bool whole = out.cbData == sizeof record;
    if (whole)
        std::memcpy(&record, out.pbData, sizeof record);
    LocalFree(out.pbData);
    return whole && std::memcmp(record.magic, magic, sizeof magic) == 0 && std::memcmp(record.account, name, sizeof name) == 0 && record.wrapped_size <= longest_wrapped &&
           record.size <= longest_password;
}

bool derive(const Record &record, const unsigned char *share, size_t share_size, unsigned char key[32])
{
    Secret<unsigned char[32 + longest_share]> secret;
    if (share_size == 0 || share_size > longest_share || !unwrap_key(record.wrapped, record.wrapped_size, secret.value))
        return false;
    std::memcpy(secret.value + 32, share, share_size);
    return derive_key(record.salt, secret.value, 32 + share_size, key);
}

bool fill_random(void *place, size_t size)
{
    return BCryptGenRandom(nullptr, static_cast<PUCHAR>(place), static_cast<ULONG>(size), BCRYPT_USE_SYSTEM_PREFERRED_RNG) >= 0;
}

} // namespace

SealedStore::SealedStore(const std::wstring &place) : folder(place + L"\\sealed")
{
    /* Without it every record is `none`, and nothing is sealed. */
    if (!own_folder(folder))
        folder.clear();
}

std::wstring SealedStore::path(const std::wstring &account, const wchar_t *ending) const
{
    unsigned char name[32] = {};
    if (folder.empty() || !digest(account.data(), account.size() * sizeof(wchar_t), name))
        return {};
    wchar_t hex[65];
    for (size_t i = 0; i < sizeof name; i++)
        swprintf(hex + 2 * i, 3, L"%02x", name[i]);
    return folder + L"\\" + hex + ending;
}

Standing SealedStore::standing(const std::wstring &account) const
{
    if (GetFileAttributesW(path(account, L".record").c_str()) == INVALID_FILE_ATTRIBUTES)
        return Standing::none;
    return GetFileAttributesW(path(account, L".tried").c_str()) == INVALID_FILE_ATTRIBUTES ? Standing::sealed : Standing::stale;
}

bool SealedStore::seal(const std::wstring &account, const unsigned char *password, size_t size, const unsigned char *share, size_t share_size) const
{
    Secret<Record> sealed;
    Secret<unsigned char[32]> random, key;
    Record &record = sealed.value;
    size_t wrapped_size = sizeof record.wrapped;

    if (size == 0 || size > longest_password || !fill_random(random.value, 32) || !fill_random(record.salt, sizeof record.salt) || !fill_random(record.nonce, sizeof record.nonce) ||
        !wrap_key(random.value, record.wrapped, &wrapped_size) || !digest(account.data(), account.size() * sizeof(wchar_t), record.account))
        return false;
    std::memcpy(record.magic, magic, sizeof magic);
    record.wrapped_size = static_cast<DWORD>(wrapped_size);
    record.size = static_cast<DWORD>(size);
    std::memcpy(record.password, password, size);
    /* All of its room is sealed: the record says nothing of how long the password is but inside DPAPI. */
    const Sealing with = { key.value, record.nonce, record.magic, beside_size, record.tag };
    if (!derive(record, share, share_size, key.value) || !seal_bytes(with, record.password, sizeof record.password))
        return false;
    DATA_BLOB in = { sizeof record, reinterpret_cast<BYTE *>(&record) }, out = {}, entropy = { sizeof record.account, record.account };
    if (!CryptProtectData(&in, nullptr, &entropy, nullptr, nullptr, CRYPTPROTECT_UI_FORBIDDEN, &out))
        return false;
    const bool done = write_durably(path(account, L".record"), out.pbData, out.cbData);
    LocalFree(out.pbData);
    if (done)
        mark_good(account);
    return done;
}

bool SealedStore::key_of(const std::wstring &account, const unsigned char *share, size_t share_size, unsigned char key[32]) const
{
    Secret<Record> sealed;
    return load(path(account, L".record"), account, sealed.value) && derive(sealed.value, share, share_size, key);
}

size_t SealedStore::open(const std::wstring &account, const unsigned char key[32], unsigned char *password) const
{
    Secret<Record> sealed;
    Record &record = sealed.value;
    if (!load(path(account, L".record"), account, record))
        return 0;
    const Sealing with = { key, record.nonce, record.magic, beside_size, record.tag };
    if (!open_bytes(with, record.password, sizeof record.password))
        return 0;
    std::memcpy(password, record.password, record.size);
    return record.size;
}

bool SealedStore::mark_tried(const std::wstring &account) const
{
    return write_durably(path(account, L".tried"), magic, sizeof magic);
}

void SealedStore::mark_good(const std::wstring &account) const
{
    DeleteFileW(path(account, L".tried").c_str());
}

} // namespace tapward
