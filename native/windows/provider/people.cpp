/* Users and typed names come in, accounts and SIDs go out: what people.h declares. */
#include "people.h"

#include <lm.h>
#include <objbase.h>

#include "words.h"

namespace tapward {

namespace {

/* Takes a text of COM's; empty where there is none. */
std::u16string taken(HRESULT outcome, LPWSTR text)
{
    std::u16string copy;
    if (SUCCEEDED(outcome) && text != nullptr)
        for (const WCHAR *at = text; *at != 0; at++)
            copy.push_back(static_cast<char16_t>(*at));
    CoTaskMemFree(SUCCEEDED(outcome) ? text : nullptr);
    return copy;
}

bool same(std::u16string_view one, std::u16string_view other)
{
    return CompareStringOrdinal(reinterpret_cast<LPCWCH>(one.data()), static_cast<int>(one.size()), reinterpret_cast<LPCWCH>(other.data()), static_cast<int>(other.size()), TRUE) ==
           CSTR_EQUAL;
}

} // namespace

void People::read(ICredentialProviderUserArray *users)
{
    DWORD count = 0;

    persons.clear();
    if (users == nullptr || FAILED(users->GetCount(&count)))
        return;
    for (DWORD i = 0; i < count; i++) {
        ICredentialProviderUser *user = nullptr;
        if (FAILED(users->GetAt(i, &user)) || user == nullptr)
            continue;
        LPWSTR text = nullptr;
        Person person;
        HRESULT outcome = user->GetStringValue(qualified_user_name, &text);
        person.name = taken(outcome, text);
        text = nullptr;
        outcome = user->GetSid(&text);
        person.sid = taken(outcome, text);
        user->Release();
        if (!person.name.empty() && !person.sid.empty())
            persons.push_back(person);
    }
}

Account People::named(std::u16string_view typed, std::u16string_view domain) const
{
    Account account;
    const std::size_t cut = typed.find(u'\\');
    std::u16string_view user = cut == std::u16string_view::npos ? typed : typed.substr(cut + 1);
    if (cut != std::u16string_view::npos)
        domain = typed.substr(0, cut);
    else if (typed.find(u'@') != std::u16string_view::npos)
        domain = {};
    for (const Person &person : persons) {
        const std::size_t at = person.name.find(u'\\');
        if (cut == std::u16string_view::npos && at != std::u16string::npos && same(std::u16string_view(person.name).substr(at + 1), user))
            domain = std::u16string_view(person.name).substr(0, at);
    }
    const std::string domain_said = narrow(domain), user_said = narrow(user);
    if (user_said.empty() || user_said.size() > sizeof account.user.bytes || domain_said.size() > sizeof account.domain.bytes || (domain_said.empty() && !domain.empty()))
        return {};
    account.domain.assign(domain_said);
    account.user.assign(user_said);
    return account;
}

const std::u16string *People::sid_of(const Account &account) const
{
    const std::u16string name = wide(account.domain.view()) + u'\\' + wide(account.user.view());
    for (const Person &person : persons)
        if (same(person.name, name))
            return &person.sid;
    return nullptr;
}

std::u16string home_domain()
{
    LPWSTR joined = nullptr;
    NETSETUP_JOIN_STATUS status = NetSetupUnknownStatus;
    std::u16string name;
    if (NetGetJoinInformation(nullptr, &joined, &status) == NERR_Success && status == NetSetupDomainName)
        for (const WCHAR *at = joined; *at != 0; at++)
            name.push_back(static_cast<char16_t>(*at));
    if (joined != nullptr)
        NetApiBufferFree(joined);
    WCHAR own[MAX_COMPUTERNAME_LENGTH + 1] = {};
    DWORD size = MAX_COMPUTERNAME_LENGTH + 1;
    if (name.empty() && GetComputerNameW(own, &size))
        name.assign(own, own + size);
    return name;
}

} // namespace tapward
