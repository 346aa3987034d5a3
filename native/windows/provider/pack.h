/* An account, a password and a scenario come in; what LogonUI hands to the system's logon goes out. */
#ifndef TAPWARD_PACK_H
#define TAPWARD_PACK_H

#include "abi.h"
#include "desk.h"

namespace tapward {

/* False, and nothing allocated, where Windows has no such package or no memory. The password is wiped either way. */
bool pack(const Account &account, Password &password, bool unlocks, Serialization *packed);

} // namespace tapward

#endif
