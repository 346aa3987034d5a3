/* A provider's DLL comes in and is walked as LogonUI walks it; fields, events, calls for attention and serialized credentials go out. */
#ifndef TAPWARD_TEST_LOGON_H
#define TAPWARD_TEST_LOGON_H

#include "logon-abi.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

/* Ours, and two of Windows. */
DEFINE_GUID(CLSID_TapwardProvider, 0x5d96f4e0, 0x6e3c, 0x41c2, 0xbc, 0x98, 0xa4, 0x1d, 0xfe, 0x49, 0x48, 0x55);
DEFINE_GUID(CLSID_TapwardFilter, 0xca2ca0d6, 0x4695, 0x4c09, 0x84, 0x0d, 0xe5, 0x4c, 0x0b, 0xca, 0x7e, 0xb3);
DEFINE_GUID(CLSID_WindowsSmartCard, 0x8fd7e19c, 0x3bf7, 0x489b, 0xa7, 0x2c, 0x84, 0x6a, 0xb3, 0x67, 0x8c, 0x96);
DEFINE_GUID(CLSID_WindowsPassword, 0x60b78e88, 0xead8, 0x445c, 0x9c, 0xfd, 0x0b, 0x87, 0xf7, 0x4e, 0xa6, 0xcd);

/* What LogonUI hands to a provider: it counts its references, so that a leak is seen. */
template <typename Interface> class Sink : public Interface {
public:
    explicit Sink(std::vector<IID> with) : ids(std::move(with)) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID id, void **found) override
    {
        *found = nullptr;
        for (const IID &one : ids)
            if (one == id)
                *found = this;
        if (*found == nullptr)
            return E_NOINTERFACE;
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return static_cast<ULONG>(InterlockedIncrement(&references)); }
    ULONG STDMETHODCALLTYPE Release() override { return static_cast<ULONG>(InterlockedDecrement(&references)); }
    LONG references = 1;

private:
    std::vector<IID> ids;
};

struct Calls : Sink<ICredentialProviderEvents> {
    Calls() : Sink({ IID_IUnknown, IID_ICredentialProviderEvents }) {}
    HRESULT STDMETHODCALLTYPE CredentialsChanged(UINT_PTR context) override;
    unsigned changed = 0;
    UINT_PTR context = 0;
    DWORD thread = 0;
};

struct Fields : Sink<ICredentialProviderCredentialEvents2> {
    Fields() : Sink({ IID_IUnknown, IID_ICredentialProviderCredentialEvents, IID_ICredentialProviderCredentialEvents2 }) {}
    HRESULT STDMETHODCALLTYPE SetFieldState(ICredentialProviderCredential *, DWORD field, CREDENTIAL_PROVIDER_FIELD_STATE) override;
    HRESULT STDMETHODCALLTYPE SetFieldInteractiveState(ICredentialProviderCredential *, DWORD field, CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE) override;
    HRESULT STDMETHODCALLTYPE SetFieldString(ICredentialProviderCredential *, DWORD field, LPCWSTR) override;
    HRESULT STDMETHODCALLTYPE SetFieldCheckbox(ICredentialProviderCredential *, DWORD, BOOL, LPCWSTR) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetFieldBitmap(ICredentialProviderCredential *, DWORD, HBITMAP) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetFieldComboBoxSelectedItem(ICredentialProviderCredential *, DWORD, DWORD) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE DeleteFieldComboBoxItem(ICredentialProviderCredential *, DWORD, DWORD) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE AppendFieldComboBoxItem(ICredentialProviderCredential *, DWORD, LPCWSTR) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetFieldSubmitButton(ICredentialProviderCredential *, DWORD field, DWORD beside) override;
    HRESULT STDMETHODCALLTYPE OnCreatingWindow(HWND *) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE BeginFieldUpdates() override;
    HRESULT STDMETHODCALLTYPE EndFieldUpdates() override;
    HRESULT STDMETHODCALLTYPE SetFieldOptions(ICredentialProviderCredential *, DWORD, CREDENTIAL_PROVIDER_CREDENTIAL_FIELD_OPTIONS) override { return E_NOTIMPL; }
    std::map<DWORD, std::u16string> text;
    std::map<DWORD, int> state, interaction;
    DWORD beside = 0, thread = 0;
    int depth = 0;
};

struct Query : Sink<IQueryContinueWithStatus> {
    Query() : Sink({ IID_IUnknown, IID_IQueryContinueWithStatus }) {}
    HRESULT STDMETHODCALLTYPE QueryContinue() override { return GetTickCount64() < until ? S_OK : S_FALSE; }
    HRESULT STDMETHODCALLTYPE SetStatusMessage(LPCWSTR) override;
    ULONGLONG until = ~0ull;
    std::u16string said;
};

/* A KERB_INTERACTIVE_UNLOCK_LOGON, read by the offsets of its documented layout and not by a structure. */
struct Packed {
    bool sound = false;
    int type = 0;
    std::u16string domain, user, password;
};

Packed unpack(const CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION &packed);

struct Serialized {
    HRESULT outcome = E_FAIL;
    int response = -1, icon = 0;
    std::u16string text;
    Packed packed;
};

/* The fields, in the order of the descriptors. */
enum : DWORD { picture, label, heading, line, user_field, pin_field, password_field, submit, other_way, cancel_link, phone_line, field_count };

/* One screen of LogonUI. */
class Logon {
public:
    explicit Logon(HMODULE dll);
    ~Logon();
    Logon(const Logon &) = delete;
    Logon &operator=(const Logon &) = delete;

    /* SetUsageScenario, fields, Advise, GetCredentialCount, GetCredentialAt, Advise, SetSelected: the documented order. */
    bool show(int scenario, ICredentialProviderUserArray *users = nullptr);
    /* As after CredentialsChanged. */
    void enumerate();
    /* Everything given back; the references the provider still has of ours. */
    long leave();

    /* Lets messages come until `is` is true; false after so long. */
    bool until(const std::function<bool()> &is, DWORD milliseconds = 3000);
    bool until_line(const char16_t *text, DWORD milliseconds = 3000);
    std::u16string field(DWORD of);
    int state(DWORD of);
    void type(DWORD of, const std::u16string &text);
    HRESULT connect(Query &query);
    Serialized serialize();
    Serialized report(LONG status, LONG substatus = 0);

    HMODULE dll;
    ICredentialProvider *provider = nullptr;
    ICredentialProviderCredential *credential = nullptr;
    IConnectableCredentialProviderCredential *connectable = nullptr;
    DWORD count = 0, first = 0;
    BOOL logs_on = FALSE;
    Calls calls;
    Fields fields;
};

HRESULT make_any(HMODULE dll, REFCLSID id, REFIID interface_id, void **made);
bool can_unload(HMODULE dll);
/* Wipes it as LogonUI does after use. */
std::u16string taken(LPWSTR text);

#endif
