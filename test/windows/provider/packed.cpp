/* What a provider serialized comes in; who it is for and what for goes out, read by the documented offsets: what logon.h declares. */
#include "logon.h"

#include <cstring>

namespace {

/* A UNICODE_STRING of the documented layout at `at`: Length, MaximumLength, four bytes of nothing, and where a pointer would be its distance. */
std::u16string text_at(const BYTE *bytes, ULONG size, ULONG at, bool &sound)
{
    USHORT length = 0, most = 0;
    ULONGLONG where = 0;
    std::memcpy(&length, bytes + at, 2);
    std::memcpy(&most, bytes + at + 2, 2);
    std::memcpy(&where, bytes + at + 8, 8);
    if (length % 2 != 0 || most < length || where < 64 || where > size || size - where < length) {
        sound = false;
        return {};
    }
    std::u16string text(length / 2, u'\0');
    std::memcpy(text.data(), bytes + where, length);
    return text;
}

} // namespace

Packed unpack(const CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION &packed)
{
    Packed found;
    const BYTE *bytes = packed.rgbSerialization;
    if (bytes == nullptr || packed.cbSerialization < 64 || packed.clsidCredentialProvider != CLSID_TapwardProvider)
        return found;
    ULONGLONG id = 0;
    found.sound = true;
    std::memcpy(&found.type, bytes, 4);
    found.domain = text_at(bytes, packed.cbSerialization, 8, found.sound);
    found.user = text_at(bytes, packed.cbSerialization, 24, found.sound);
    found.password = text_at(bytes, packed.cbSerialization, 40, found.sound);
    std::memcpy(&id, bytes + 56, 8);
    found.sound = found.sound && id == 0;
    return found;
}
