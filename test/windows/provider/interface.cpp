/* A DLL comes in; the calls of COM, strangers at the other end of the pipe, the filter and lifetimes are played against it: what scene.h declares. */
#include "scene.h"

#include <cstring>

namespace {

/* One person as LogonUI names her to providers. */
struct User : Sink<ICredentialProviderUser> {
    User() : Sink({ IID_IUnknown, IID_ICredentialProviderUser }) {}
    HRESULT STDMETHODCALLTYPE GetSid(LPWSTR *text) override { return copy(L"S-1-5-21-1-2-3-1001", text); }
    HRESULT STDMETHODCALLTYPE GetProviderID(GUID *) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetStringValue(REFPROPERTYKEY key, LPWSTR *text) override { return key.pid == 100 ? copy(L"CLINIC\\Sam", text) : E_INVALIDARG; }
    HRESULT STDMETHODCALLTYPE GetValue(REFPROPERTYKEY, PROPVARIANT *) override { return E_NOTIMPL; }
    static HRESULT copy(const wchar_t *from, LPWSTR *text)
    {
        *text = static_cast<LPWSTR>(CoTaskMemAlloc((std::wcslen(from) + 1) * sizeof(WCHAR)));
        std::wcscpy(*text, from);
        return S_OK;
    }
};

struct Users : Sink<ICredentialProviderUserArray> {
    Users() : Sink({ IID_IUnknown, IID_ICredentialProviderUserArray }) {}
    HRESULT STDMETHODCALLTYPE SetProviderFilter(REFGUID) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE GetAccountOptions(CREDENTIAL_PROVIDER_ACCOUNT_OPTIONS *) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetCount(DWORD *count) override
    {
        *count = 2;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetAt(DWORD at, ICredentialProviderUser **user) override
    {
        *user = nullptr;
        if (at != 1)
            return E_FAIL;
        sam.AddRef();
        *user = &sam;
        return S_OK;
    }
    User sam;
};

std::u16string sid(Logon &ui, HRESULT expected)
{
    ICredentialProviderCredential2 *second = nullptr;
    LPWSTR text = nullptr;
    CHECK(ui.credential->QueryInterface(IID_ICredentialProviderCredential2, reinterpret_cast<void **>(&second)) == S_OK);
    CHECK(second->GetUserSid(&text) == expected);
    second->Release();
    return taken(text);
}

} // namespace

void scene_interface(HMODULE dll)
{
    void *made = &made;
    CHECK(make_any(dll, IID_IUnknown, IID_IUnknown, &made) == CLASS_E_CLASSNOTAVAILABLE);
    CHECK(make_any(dll, CLSID_TapwardProvider, IID_IMoniker, &made) == E_NOINTERFACE && made == nullptr);
    Logon ui(dll);
    for (const int scenario : { CPUS_CREDUI, CPUS_CHANGE_PASSWORD, CPUS_PLAP })
        CHECK(!ui.show(scenario) && ui.provider->SetUsageScenario(static_cast<CREDENTIAL_PROVIDER_USAGE_SCENARIO>(scenario), 0) == E_NOTIMPL);
    CHECK(ui.provider->SetUsageScenario(static_cast<CREDENTIAL_PROVIDER_USAGE_SCENARIO>(77), 0) == E_INVALIDARG);
    CHECK(ui.provider->SetSerialization(nullptr) == E_NOTIMPL);

    Host host(pipe_name, giving(u"x"));
    Users users;
    CHECK(ui.show(CPUS_LOGON, &users));
    CHECK(!can_unload(dll));
    const int types[] = { CPFT_TILE_IMAGE, CPFT_SMALL_TEXT, CPFT_LARGE_TEXT, CPFT_SMALL_TEXT, CPFT_EDIT_TEXT, CPFT_PASSWORD_TEXT, CPFT_PASSWORD_TEXT, CPFT_SUBMIT_BUTTON, CPFT_COMMAND_LINK, CPFT_COMMAND_LINK, CPFT_SMALL_TEXT };
    CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR *descriptor = nullptr;
    for (DWORD i = 0; i < field_count; i++) {
        CHECK(ui.provider->GetFieldDescriptorAt(i, &descriptor) == S_OK && descriptor->dwFieldID == i && descriptor->cpft == types[i]);
        CHECK(!taken(descriptor->pszLabel).empty());
        CoTaskMemFree(descriptor);
        CREDENTIAL_PROVIDER_FIELD_STATE state;
        CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE interaction;
        CHECK(ui.credential->GetFieldState(i, &state, &interaction) == S_OK && ui.credential->GetFieldState(i, nullptr, nullptr) == E_INVALIDARG);
    }
    CHECK(ui.provider->GetFieldDescriptorAt(field_count, &descriptor) == E_INVALIDARG && descriptor == nullptr);
    ICredentialProviderCredential *none = nullptr;
    CHECK(ui.provider->GetCredentialAt(1, &none) == E_INVALIDARG && none == nullptr);

    LPWSTR text = nullptr;
    CHECK(ui.credential->GetStringValue(field_count, &text) == E_INVALIDARG && text == nullptr);
    HBITMAP bitmap = nullptr;
    CHECK(ui.credential->GetBitmapValue(picture, &bitmap) == S_OK && bitmap != nullptr && DeleteObject(bitmap));
    CHECK(ui.credential->GetBitmapValue(heading, &bitmap) == E_INVALIDARG);
    DWORD beside = 0;
    CHECK(ui.credential->GetSubmitButtonValue(heading, &beside) == E_INVALIDARG);
    BOOL checked;
    CHECK(ui.credential->GetCheckboxValue(0, &checked, &text) == E_NOTIMPL && ui.credential->SetCheckboxValue(0, TRUE) == E_NOTIMPL);
    CHECK(ui.credential->GetComboBoxValueCount(0, &beside, &beside) == E_NOTIMPL && ui.credential->SetComboBoxSelectedValue(0, 0) == E_NOTIMPL);
    CHECK(ui.credential->GetSerialization(nullptr, nullptr, nullptr, nullptr) == E_POINTER);
    ICredentialProviderCredentialWithFieldOptions *with = nullptr;
    CREDENTIAL_PROVIDER_CREDENTIAL_FIELD_OPTIONS options;
    CHECK(ui.credential->QueryInterface(IID_ICredentialProviderCredentialWithFieldOptions, reinterpret_cast<void **>(&with)) == S_OK);
    CHECK(with->GetFieldOptions(pin_field, &options) == S_OK && options == (CPCFO_NUMBERS_ONLY | CPCFO_ENABLE_TOUCH_KEYBOARD_AUTO_INVOKE));
    CHECK(with->GetFieldOptions(password_field, &options) == S_OK && options == CPCFO_ENABLE_TOUCH_KEYBOARD_AUTO_INVOKE);
    /* One identity, whatever it is asked through. */
    IUnknown *one = nullptr, *other = nullptr;
    CHECK(with->QueryInterface(IID_IUnknown, reinterpret_cast<void **>(&one)) == S_OK && ui.connectable->QueryInterface(IID_IUnknown, reinterpret_cast<void **>(&other)) == S_OK && one == other);
    one->Release();
    other->Release();
    with->Release();

    /* Nobody's tile until somebody tapped. */
    CHECK(sid(ui, S_FALSE).empty());
    CHECK(host.hears().rfind("HELLO", 0) == 0);
    host.say("GRANT\tn.1\tclinic\tsam");
    CHECK(ui.until([&ui] { return ui.calls.changed == 1; }));
    CHECK(sid(ui, S_OK) == u"S-1-5-21-1-2-3-1001");
    host.say("GRANT\tn.2\tCLINIC\tsomebody");
    CHECK(ui.until([&ui] { return ui.calls.changed == 2; }));
    CHECK(sid(ui, S_FALSE).empty());
    CHECK(ui.leave() == 0 && users.references == 1 && users.sam.references == 1);
}

void scene_strangers(HMODULE dll)
{
    struct Case {
        const wchar_t *server, *owner;
    };
    wchar_t own[16];
    GetEnvironmentVariableW(L"TAPWARD_TEST_SERVER", own, 16);
    /* The service manager has another process for our host, or none; an administrator, a user, or nobody made the pipe; and ours, to see that it is only that. */
    for (const Case one : { Case{ L"4", L"O:SY" }, Case{ L"0", L"O:SY" }, Case{ own, L"O:BA" }, Case{ own, L"O:S-1-5-21-0-0-0-1000" }, Case{ own, L"" }, Case{ own, L"O:SY" } }) {
        world(L"TAPWARD_TEST_SERVER", one.server);
        Host impostor(pipe_name, giving(u"x"), one.owner);
        Logon ui(dll);
        CHECK(ui.show(CPUS_LOGON));
        CHECK(impostor.greeted());
        if (one.server == own && std::wcscmp(one.owner, L"O:SY") == 0) {
            CHECK(impostor.hears(400).rfind("HELLO", 0) == 0);
            CHECK(ui.leave() == 0);
            continue;
        }
        impostor.say("READY\tn\nGRANT\tn.1\tCLINIC\tsam");
        CHECK(impostor.hears(400).empty());
        ui.enumerate();
        CHECK(ui.field(heading) == u"Wait a moment" && !ui.logs_on && ui.calls.changed == 0 && !ui.serialize().packed.sound);
        CHECK(ui.leave() == 0);
    }
    /* What it lets a server do as it is not what Wine keeps to: what it asks for is seen on its way out. */
    const DWORD asked = dialled_flags(dll);
    CHECK((asked & (SECURITY_SQOS_PRESENT | SECURITY_VALID_SQOS_FLAGS)) == (SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION));
    /* A remote session: no tile, and nobody is asked anything. */
    world(L"TAPWARD_TEST_REMOTE", L"yes");
    Host host(pipe_name, giving(u"x"));
    Logon ui(dll);
    CHECK(ui.show(CPUS_LOGON));
    CHECK(ui.count == 0 && !host.greeted(500));
    CHECK(ui.leave() == 0);
    world(L"TAPWARD_TEST_REMOTE", nullptr);
}

DWORD dialled_flags(HMODULE dll)
{
    Logon ui(dll);
    watch_dials(dll);
    CHECK(ui.show(CPUS_LOGON));
    CHECK(ui.until([] { return dialled() != 0; }));
    CHECK(ui.leave() == 0);
    return dialled();
}

void scene_filter(HMODULE dll)
{
    ICredentialProviderFilter *filter = nullptr;
    CHECK(make_any(dll, CLSID_TapwardFilter, IID_ICredentialProviderFilter, reinterpret_cast<void **>(&filter)) == S_OK);
    GUID all[] = { CLSID_WindowsPassword, CLSID_WindowsSmartCard, CLSID_TapwardProvider, IID_IUnknown };
    const auto allowed = [&](int scenario, DWORD count, const std::vector<BOOL> &before = { TRUE, TRUE, TRUE, TRUE }) {
        BOOL allow[4];
        std::string said;
        for (int i = 0; i < 4; i++)
            allow[i] = before[static_cast<std::size_t>(i)];
        CHECK(filter->Filter(static_cast<CREDENTIAL_PROVIDER_USAGE_SCENARIO>(scenario), 0, all, allow, count) == S_OK);
        for (const BOOL one : allow)
            said += one ? '1' : '0';
        return said;
    };
    CHECK(allowed(CPUS_LOGON, 4) == "1011" && allowed(CPUS_UNLOCK_WORKSTATION, 4) == "1011");
    /* Any doubt: other scenarios, our tile not there or switched off, a list without sense, a remote session. */
    CHECK(allowed(CPUS_CREDUI, 4) == "1111" && allowed(CPUS_CHANGE_PASSWORD, 4) == "1111" && allowed(CPUS_PLAP, 4) == "1111");
    CHECK(allowed(CPUS_LOGON, 2) == "1111" && allowed(CPUS_LOGON, 4, { TRUE, TRUE, FALSE, TRUE }) == "1101");
    CHECK(allowed(CPUS_LOGON, 0) == "1111" && allowed(CPUS_LOGON, 100000) == "1111");
    CHECK(filter->Filter(CPUS_LOGON, 0, nullptr, nullptr, 4) == S_OK);
    world(L"TAPWARD_TEST_REMOTE", L"yes");
    CHECK(allowed(CPUS_LOGON, 4) == "1111");
    world(L"TAPWARD_TEST_REMOTE", nullptr);
    CHECK(filter->UpdateRemoteCredential(nullptr, nullptr) == E_NOTIMPL);
    CHECK(filter->Release() == 0);
}

void scene_lives(HMODULE dll)
{
    DWORD first = 0, last = 0;
    for (int round = 0; round < 120; round++) {
        {
            /* Now and then there is no host, or nobody waits until it has answered. */
            Host *const host = round % 3 == 0 ? nullptr : new Host(pipe_name, giving(u"x"));
            Logon ui(dll);
            CHECK(ui.show(round % 2 == 0 ? CPUS_LOGON : CPUS_UNLOCK_WORKSTATION));
            if (round % 3 == 1) {
                CHECK(host->greeted());
                host->say("GRANT\tn.1\tCLINIC\tsam");
                ui.until([&ui] { return ui.calls.changed == 1; }, 20);
            }
            if (round % 5 == 0)
                CHECK(ui.provider->SetUsageScenario(CPUS_LOGON, 0) == S_OK);
            CHECK(ui.leave() == 0);
            delete host;
        }
        CHECK(can_unload(dll));
        (round == 19 ? first : last) = handles_held();
    }
    CHECK(last <= first + 4);
    std::printf("handles %lu, then %lu\n", first, last);
}

void scene_product(HMODULE dll)
{
    /* Whoever serves the real name here is not the service manager's: he hears nothing, and Windows' own tiles come first. */
    Host stranger(L"\\\\.\\pipe\\tapward-cp", giving(u"x"));
    Logon ui(dll);
    CHECK(ui.show(CPUS_LOGON));
    if (ui.count == 1) {
        CHECK(stranger.greeted());
        stranger.say("READY\tn\nGRANT\tn.1\tCLINIC\tsam");
        CHECK(stranger.hears(400).empty());
        ui.enumerate();
        CHECK(ui.field(heading) == u"Wait a moment" && ui.first == CREDENTIAL_PROVIDER_NO_DEFAULT && !ui.logs_on && !ui.serialize().packed.sound);
    }
    std::printf("tiles %lu\n", ui.count);
    CHECK(ui.leave() == 0);
}
