/* A password comes in and goes out as password.h says: on the machines Windows runs on, UTF-16 in memory is UTF-16LE. */
#include "password.h"

#include "../base64.h"

namespace tapward {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "characters are handed to the pipe as they lie in memory");

bool decode(std::string_view base64, Password &password)
{
    password.clear();
    const long bytes = decode_base64(base64, reinterpret_cast<unsigned char *>(password.data()), Password::most * sizeof(char16_t));
    bool good = bytes > 0 && bytes % 2 == 0;
    password.resize(good ? static_cast<std::size_t>(bytes) / 2 : 0);
    for (std::size_t i = 0; i < password.size(); i++)
        good = good && password.data()[i] != 0;
    if (!good)
        password.clear();
    return good;
}

void encode(const Password &password, Encoded &base64)
{
    base64.clear();
    base64.resize(encode_base64(reinterpret_cast<const unsigned char *>(password.data()), password.size() * sizeof(char16_t), base64.data()));
}

} // namespace tapward
