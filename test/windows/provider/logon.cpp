/* A DLL comes in and is walked as LogonUI walks it: what logon.h declares. */
#include "logon.h"

#include "check.h"

namespace {

std::u16string units(LPCWSTR text)
{
    std::u16string copy;
    for (; text != nullptr && *text != 0; text++)
        copy.push_back(static_cast<char16_t>(*text));
    return copy;
}

} // namespace

HRESULT Calls::CredentialsChanged(UINT_PTR with)
{
    changed++;
    context = with;
    thread = GetCurrentThreadId();
    return S_OK;
}

HRESULT Fields::SetFieldState(ICredentialProviderCredential *, DWORD field, CREDENTIAL_PROVIDER_FIELD_STATE to)
{
    state[field] = to;
    return S_OK;
}

HRESULT Fields::SetFieldInteractiveState(ICredentialProviderCredential *, DWORD field, CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE to)
{
    interaction[field] = to;
    return S_OK;
}

HRESULT Fields::SetFieldString(ICredentialProviderCredential *from, DWORD field, LPCWSTR to)
{
    thread = GetCurrentThreadId();
    text[field] = units(to);
    /* LogonUI may call back from here. */
    if (field == pin_field)
        from->SetStringValue(field, to);
    return S_OK;
}

HRESULT Fields::SetFieldSubmitButton(ICredentialProviderCredential *, DWORD, DWORD to)
{
    beside = to;
    return S_OK;
}

HRESULT Fields::BeginFieldUpdates()
{
    depth++;
    return S_OK;
}

HRESULT Fields::EndFieldUpdates()
{
    depth--;
    return S_OK;
}

HRESULT Query::SetStatusMessage(LPCWSTR text)
{
    said = units(text);
    return S_OK;
}

HRESULT make_any(HMODULE dll, REFCLSID id, REFIID interface_id, void **made)
{
    using Get = HRESULT(WINAPI *)(REFCLSID, REFIID, void **);
    const auto get = reinterpret_cast<Get>(reinterpret_cast<void *>(GetProcAddress(dll, "DllGetClassObject")));
    IClassFactory *factory = nullptr;
    HRESULT outcome = get == nullptr ? E_FAIL : get(id, IID_IClassFactory, reinterpret_cast<void **>(&factory));
    if (FAILED(outcome))
        return outcome;
    outcome = factory->CreateInstance(nullptr, interface_id, made);
    factory->Release();
    return outcome;
}

bool can_unload(HMODULE dll)
{
    using Can = HRESULT(WINAPI *)();
    const auto can = reinterpret_cast<Can>(reinterpret_cast<void *>(GetProcAddress(dll, "DllCanUnloadNow")));
    return can != nullptr && can() == S_OK;
}

std::u16string taken(LPWSTR text)
{
    const std::u16string copy = units(text);
    CoTaskMemFree(text);
    return copy;
}

Logon::Logon(HMODULE of) : dll(of)
{
    CHECK(make_any(dll, CLSID_TapwardProvider, IID_ICredentialProvider, reinterpret_cast<void **>(&provider)) == S_OK);
}

Logon::~Logon()
{
    leave();
}

bool Logon::show(int scenario, ICredentialProviderUserArray *users)
{
    DWORD fields_there = 0;
    if (provider->SetUsageScenario(static_cast<CREDENTIAL_PROVIDER_USAGE_SCENARIO>(scenario), 0) != S_OK)
        return false;
    ICredentialProviderSetUserArray *set = nullptr;
    if (provider->QueryInterface(IID_ICredentialProviderSetUserArray, reinterpret_cast<void **>(&set)) == S_OK) {
        CHECK(set->SetUserArray(users) == S_OK);
        set->Release();
    }
    CHECK(provider->GetFieldDescriptorCount(&fields_there) == S_OK && fields_there == field_count);
    CHECK(provider->Advise(&calls, 4711) == S_OK);
    enumerate();
    return true;
}

void Logon::enumerate()
{
    CHECK(provider->GetCredentialCount(&count, &first, &logs_on) == S_OK);
    if (credential != nullptr) {
        connectable->Release();
        credential->UnAdvise();
        credential->Release();
    }
    credential = nullptr;
    if (count == 0)
        return;
    BOOL selected_logs_on = FALSE;
    CHECK(provider->GetCredentialAt(0, &credential) == S_OK);
    CHECK(credential->QueryInterface(IID_IConnectableCredentialProviderCredential, reinterpret_cast<void **>(&connectable)) == S_OK);
    CHECK(credential->Advise(&fields) == S_OK);
    CHECK(credential->SetSelected(&selected_logs_on) == S_OK);
}

long Logon::leave()
{
    if (credential != nullptr) {
        credential->SetDeselected();
        credential->UnAdvise();
        connectable->Release();
        CHECK(provider->UnAdvise() == S_OK);
        credential->Release();
    } else if (provider != nullptr) {
        provider->UnAdvise();
    }
    credential = nullptr;
    if (provider != nullptr)
        CHECK(provider->Release() == 0);
    provider = nullptr;
    return calls.references - 1 + fields.references - 1;
}

bool Logon::until(const std::function<bool()> &is, DWORD milliseconds)
{
    const ULONGLONG late = GetTickCount64() + milliseconds;
    for (;;) {
        MSG message;
        while (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
        if (is())
            return true;
        const ULONGLONG now = GetTickCount64();
        if (now >= late)
            return false;
        MsgWaitForMultipleObjects(0, nullptr, FALSE, late - now < 50 ? static_cast<DWORD>(late - now) : 50, QS_ALLINPUT);
    }
}

bool Logon::until_line(const char16_t *text, DWORD milliseconds)
{
    return until([this, text] { return field(line) == text; }, milliseconds);
}

std::u16string Logon::field(DWORD of)
{
    LPWSTR text = nullptr;
    return credential == nullptr || FAILED(credential->GetStringValue(of, &text)) ? u"(none)" : taken(text);
}

int Logon::state(DWORD of)
{
    CREDENTIAL_PROVIDER_FIELD_STATE state = static_cast<CREDENTIAL_PROVIDER_FIELD_STATE>(-1);
    CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE interaction;
    credential->GetFieldState(of, &state, &interaction);
    return state;
}

void Logon::type(DWORD of, const std::u16string &text)
{
    /* As LogonUI does: the whole text after each key. */
    for (std::size_t i = 1; i <= text.size(); i++)
        CHECK(credential->SetStringValue(of, reinterpret_cast<LPCWSTR>(text.substr(0, i).c_str())) == S_OK);
}

HRESULT Logon::connect(Query &query)
{
    return connectable->Connect(&query);
}

Serialized Logon::serialize()
{
    Serialized got;
    CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE response = static_cast<CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE>(-1);
    CREDENTIAL_PROVIDER_STATUS_ICON icon = static_cast<CREDENTIAL_PROVIDER_STATUS_ICON>(0);
    CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION packed = {};
    LPWSTR text = nullptr;
    got.outcome = credential->GetSerialization(&response, &packed, &text, &icon);
    got.response = response;
    got.icon = icon;
    got.text = taken(text);
    got.packed = unpack(packed);
    CoTaskMemFree(packed.rgbSerialization);
    return got;
}

Serialized Logon::report(LONG status, LONG substatus)
{
    Serialized got;
    CREDENTIAL_PROVIDER_STATUS_ICON icon = static_cast<CREDENTIAL_PROVIDER_STATUS_ICON>(0);
    LPWSTR text = nullptr;
    got.outcome = credential->ReportResult(status, substatus, &text, &icon);
    got.icon = icon;
    got.text = taken(text);
    return got;
}
