/* The users LogonUI shows and names that are typed come in; accounts and their SIDs go out, without a question to the network. */
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

    /* The account of a typed name: DOMAIN\user, user@domain, or a user alone, who is one of those shown or else of `domain`; nobody for what is no name. */
    Account named(std::u16string_view typed, std::u16string_view domain) const;

private:
    struct Person {
        std::u16string name, sid;
    };
    std::vector<Person> persons;
};

/* The domain this computer belongs to, or its own name; asked of Windows, not of the network. */
std::u16string home_domain();

} // namespace tapward

#endif
