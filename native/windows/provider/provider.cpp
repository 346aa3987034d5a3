/*
 * LogonUI's calls come in, one tile goes out: what provider.h declares. The thread of the link never calls LogonUI: it
 * posts to a window of LogonUI's own thread, and everything COM happens there.
 */
#include "provider.h"

#include "settings.h"
#include "world.h"

namespace tapward {

namespace {

constexpr UINT news = WM_APP;
constexpr WCHAR window_class[] = L"TapwardCredentialProvider";

struct Kind {
    FieldType type;
    std::string_view label;
    GUID kind;
};
/* In the order of `Field`. */
constexpr Kind kinds[field_count] = {
    { CPFT_TILE_IMAGE, "tile.label", provider_logo },
    { CPFT_SMALL_TEXT, "tile.label", provider_label },
    { CPFT_LARGE_TEXT, "idle.heading", {} },
    { CPFT_SMALL_TEXT, "idle.line", {} },
    { CPFT_EDIT_TEXT, "tile.user", {} },
    { CPFT_PASSWORD_TEXT, "tile.pin", {} },
    { CPFT_PASSWORD_TEXT, "tile.passwordField", {} },
    { CPFT_SUBMIT_BUTTON, "tile.submit", {} },
    { CPFT_COMMAND_LINK, "action.otherWay", {} },
    { CPFT_COMMAND_LINK, "action.cancel", {} },
    { CPFT_SMALL_TEXT, "lost.call", {} },
};

HINSTANCE own_module()
{
    HMODULE module = nullptr;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, reinterpret_cast<LPCWSTR>(&kinds), &module);
    return module;
}

} // namespace

Provider::~Provider()
{
    UnAdvise();
    close();
}

void *Provider::find(REFIID id)
{
    if (id == IID_IUnknown || id == id_provider)
        return static_cast<ICredentialProvider *>(this);
    return id == id_set_user_array ? static_cast<ICredentialProviderSetUserArray *>(this) : nullptr;
}

/* The tile may live on in LogonUI's hands, and its link with it. */
void Provider::close()
{
    if (tile != nullptr) {
        tile->know(nullptr);
        tile->release();
    }
    tile = nullptr;
    if (link != nullptr)
        link->release();
    link = nullptr;
}

HRESULT Provider::SetUsageScenario(Scenario scenario, DWORD)
{
    if (scenario != CPUS_LOGON && scenario != CPUS_UNLOCK_WORKSTATION)
        return scenario == CPUS_CHANGE_PASSWORD || scenario == CPUS_CREDUI || scenario == CPUS_PLAP ? E_NOTIMPL : E_INVALIDARG;
    DWORD session = 0;

    close();
    /* Taps belong to the person in front of this computer: a remote session has no tile of ours. */
    if (!ProcessIdToSessionId(GetCurrentProcessId(), &session) || !is_at_console(session))
        return S_OK;
    const bool unlocks = scenario == CPUS_UNLOCK_WORKSTATION;
    link = Link::open(session, unlocks);
    if (link == nullptr)
        return E_OUTOFMEMORY;
    tile = new Credential(*link, unlocks, people);
    if (window != nullptr)
        link->watch(window, news);
    return S_OK;
}

HRESULT Provider::Advise(ICredentialProviderEvents *to, UINT_PTR with)
{
    if (to == nullptr)
        return E_INVALIDARG;
    UnAdvise();
    const HINSTANCE module = own_module();
    WNDCLASSEXW about = {};
    about.cbSize = sizeof about;
    about.lpfnWndProc = hear;
    about.hInstance = module;
    about.lpszClassName = window_class;
    /* Another provider of this process may have it already. */
    if (RegisterClassExW(&about) == 0 && GetLastError() != ERROR_CLASS_ALREADY_EXISTS)
        return HRESULT_FROM_WIN32(GetLastError());
    window = CreateWindowExW(0, window_class, nullptr, 0, 0, 0, 0, 0, HWND_MESSAGE, nullptr, module, nullptr);
    if (window == nullptr)
        return HRESULT_FROM_WIN32(GetLastError());
    SetWindowLongPtrW(window, GWLP_USERDATA, reinterpret_cast<LONG_PTR>(this));
    events = to;
    events->AddRef();
    context = with;
    announced.size = 0;
    called = false;
    if (link != nullptr)
        link->watch(window, news);
    /* Whatever came before. */
    PostMessageW(window, news, 0, 0);
    return S_OK;
}

HRESULT Provider::UnAdvise()
{
    if (link != nullptr)
        link->watch(nullptr, 0);
    if (window != nullptr) {
        SetWindowLongPtrW(window, GWLP_USERDATA, 0);
        DestroyWindow(window);
        /* Fails while another provider has a window; the last one takes the class away, for the DLL may be unloaded. */
        UnregisterClassW(window_class, own_module());
    }
    window = nullptr;
    drop(events);
    return S_OK;
}

LRESULT CALLBACK Provider::hear(HWND window, UINT message, WPARAM first, LPARAM second)
{
    Provider *const self = reinterpret_cast<Provider *>(GetWindowLongPtrW(window, GWLP_USERDATA));
    if (message != news || self == nullptr)
        return DefWindowProcW(window, message, first, second);
    /* LogonUI may let go of us while it is told. */
    self->add_ref();
    self->refresh();
    self->release();
    return 0;
}

void Provider::refresh()
{
    if (link == nullptr || tile == nullptr)
        return;
    link->seen();
    tile->refresh();
    Text waiting;
    link->with([&waiting](Desk &desk) { return waiting.assign(desk.waiting()), true; });
    const Shown shown = link->sight().shown;
    const bool asks = shown == Shown::pin || shown == Shown::wrong || shown == Shown::password;
    /* A grant is told of once. A question, too, where another tile than ours is in front. */
    const bool grants = waiting.size > 0 && waiting.view() != announced.view();
    const bool calls = asks && !called && !tile->is_selected();
    announced = waiting;
    called = asks && (called || calls);
    if ((grants || calls) && events != nullptr)
        events->CredentialsChanged(context);
}

HRESULT Provider::GetFieldDescriptorCount(DWORD *count)
{
    if (count == nullptr)
        return E_POINTER;
    *count = field_count;
    return S_OK;
}

HRESULT Provider::GetFieldDescriptorAt(DWORD field, FieldDescriptor **descriptor)
{
    if (descriptor == nullptr)
        return E_POINTER;
    *descriptor = nullptr;
    if (field >= field_count)
        return E_INVALIDARG;
    auto *const made = static_cast<FieldDescriptor *>(CoTaskMemAlloc(sizeof(FieldDescriptor)));
    if (made == nullptr)
        return E_OUTOFMEMORY;
    *made = { field, kinds[field].type, nullptr, kinds[field].kind };
    const HRESULT outcome = hand_out(sentence(kinds[field].label, read_manner().language, {}), &made->label);
    if (FAILED(outcome))
        CoTaskMemFree(made);
    else
        *descriptor = made;
    return outcome;
}

HRESULT Provider::GetCredentialCount(DWORD *count, DWORD *first, BOOL *logs_on)
{
    if (count == nullptr || first == nullptr || logs_on == nullptr)
        return E_POINTER;
    *count = tile == nullptr ? 0 : 1;
    *first = no_default;
    *logs_on = FALSE;
    if (tile == nullptr)
        return S_OK;
    const Sight sight = link->sight();
    /* Without a host the password's tile comes first, as if we were not there. */
    if (sight.shown != Shown::lost && sight.shown != Shown::away)
        *first = 0;
    *logs_on = sight.granted;
    return S_OK;
}

HRESULT Provider::GetCredentialAt(DWORD at, ICredentialProviderCredential **credential)
{
    if (credential == nullptr)
        return E_POINTER;
    *credential = nullptr;
    if (at != 0 || tile == nullptr)
        return E_INVALIDARG;
    *credential = static_cast<ICredentialProviderCredential2 *>(tile);
    tile->add_ref();
    return S_OK;
}

HRESULT Provider::SetUserArray(ICredentialProviderUserArray *users)
{
    people.read(users);
    return S_OK;
}

} // namespace tapward
