/* A password comes in, as UTF-16 or as base64 of its UTF-16LE, and goes out as the other, in fixed places only. */
#ifndef TAPWARD_PASSWORD_H
#define TAPWARD_PASSWORD_H

#include <string_view>

#include "secret.h"

namespace tapward {

/* `base64` has passed is_field. False, and an empty password, for what is no UTF-16, has a zero inside, is empty or too long. */
bool decode(std::string_view base64, Password &password);

/* What 768 characters need in base64. */
using Encoded = Secret<char, 2048>;
void encode(const Password &password, Encoded &base64);

} // namespace tapward

#endif
