/* Users come in, a SID goes out: what people.h declares. */
#include "people.h"

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

const std::u16string *People::sid_of(const Account &account) const
{
    const std::u16string name = wide(account.domain.view()) + u'\\' + wide(account.user.view());
    for (const Person &person : persons)
        if (CompareStringOrdinal(reinterpret_cast<LPCWCH>(person.name.data()), static_cast<int>(person.name.size()), reinterpret_cast<LPCWCH>(name.data()),
                                 static_cast<int>(name.size()), TRUE) == CSTR_EQUAL)
            return &person.sid;
    return nullptr;
}

} // namespace tapward
