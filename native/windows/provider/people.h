/* The users LogonUI shows come in; the SID of an account among them goes out, without a question to the network. */
#ifndef TAPWARD_PEOPLE_H
#define TAPWARD_PEOPLE_H

#include <string>
#include <vector>

#include "abi.h"
#include "desk.h"

namespace tapward {

class People {
public:
    void read(ICredentialProviderUserArray *users);
    /* nullptr: Windows does not show this account, and the tile is nobody's ("Other user"). */
    const std::u16string *sid_of(const Account &account) const;

private:
    struct Person {
        std::u16string name, sid;
    };
    std::vector<Person> persons;
};

} // namespace tapward

#endif
