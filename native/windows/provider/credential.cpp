/* A link comes in, LogonUI's tile goes out: what credential.h declares. What becomes of a submission is in submission.cpp. */
#include "credential.h"

#include "people.h"
#include "picture.h"
#include "settings.h"

namespace tapward {

namespace {

FieldState state_of(Field field, const FieldView &view)
{
    if (!view.shows)
        return CPFS_HIDDEN;
    return field == picture || field == heading ? CPFS_DISPLAY_IN_BOTH : CPFS_DISPLAY_IN_SELECTED_TILE;
}

FieldInteraction interaction_of(const FieldView &view)
{
    return view.focused ? CPFIS_FOCUSED : CPFIS_NONE;
}

LPCWSTR text_of(const FieldView &view)
{
    return reinterpret_cast<LPCWSTR>(view.text.c_str());
}

} // namespace

Credential::Credential(Link &to, bool for_unlock, const People &shown_people) : link(to), unlocks(for_unlock), people(&shown_people), manner(read_manner())
{
    link.add_ref();
    shown = now();
}

Credential::~Credential()
{
    drop(events);
    link.release();
}

void *Credential::find(REFIID id)
{
    if (id == IID_IUnknown || id == id_credential || id == id_credential2)
        return static_cast<ICredentialProviderCredential2 *>(this);
    if (id == id_connectable)
        return static_cast<IConnectableCredentialProviderCredential *>(this);
    return id == id_with_options ? static_cast<ICredentialProviderCredentialWithFieldOptions *>(this) : nullptr;
}

TileView Credential::now()
{
    return tile(link.sight(), manner);
}

void Credential::refresh()
{
    const TileView before = shown;
    manner.again = manner.again && link.sight().shown == Shown::password;
    shown = now();
    if (events == nullptr)
        return;
    ICredentialProviderCredentialEvents2 *together = nullptr;
    if (FAILED(events->QueryInterface(id_events2, reinterpret_cast<void **>(&together))))
        together = nullptr;
    if (together != nullptr)
        together->BeginFieldUpdates();
    /* `shown` may be renewed while LogonUI is told: it calls back. */
    const TileView view = shown;
    for (unsigned i = 0; i < field_count; i++) {
        const Field field = static_cast<Field>(i);
        const FieldView &is = view.fields[i], &was = before.fields[i];
        const bool typed = field == user_field || field == pin_field || field == password_field;
        if (is.text != was.text || (typed && (is.shows != was.shows || view.fields[line].text != before.fields[line].text)))
            events->SetFieldString(self(), i, text_of(is));
        if (state_of(field, is) != state_of(field, was))
            events->SetFieldState(self(), i, state_of(field, is));
        if (interaction_of(is) != interaction_of(was))
            events->SetFieldInteractiveState(self(), i, interaction_of(is));
    }
    if (view.beside != before.beside)
        events->SetFieldSubmitButton(self(), submit, view.beside);
    if (together != nullptr) {
        together->EndFieldUpdates();
        together->Release();
    }
}

HRESULT Credential::Advise(ICredentialProviderCredentialEvents *to)
{
    drop(events);
    events = to;
    if (events != nullptr)
        events->AddRef();
    shown = now();
    return S_OK;
}

HRESULT Credential::UnAdvise()
{
    drop(events);
    link.with([](Desk &desk) { return desk.forget_typed(), true; });
    return S_OK;
}

HRESULT Credential::SetSelected(BOOL *logs_on)
{
    selected = true;
    if (logs_on != nullptr)
        *logs_on = link.sight().granted;
    return S_OK;
}

HRESULT Credential::SetDeselected()
{
    selected = false;
    manner.other = manner.again = false;
    link.with([](Desk &desk) { return desk.forget_typed(), true; });
    for (const Field field : { user_field, pin_field, password_field })
        if (events != nullptr)
            events->SetFieldString(self(), field, L"");
    refresh();
    return S_OK;
}

HRESULT Credential::GetFieldState(DWORD field, FieldState *state, FieldInteraction *interaction)
{
    if (field >= field_count || state == nullptr || interaction == nullptr)
        return E_INVALIDARG;
    const FieldView view = now().fields[field];
    *state = state_of(static_cast<Field>(field), view);
    *interaction = interaction_of(view);
    return S_OK;
}

HRESULT Credential::GetStringValue(DWORD field, LPWSTR *text)
{
    if (field >= field_count || field == picture || text == nullptr)
        return E_INVALIDARG;
    /* What was typed is never given back: those two are always empty. */
    return hand_out(now().fields[field].text, text);
}

HRESULT Credential::GetBitmapValue(DWORD field, HBITMAP *bitmap)
{
    if (field != picture || bitmap == nullptr)
        return E_INVALIDARG;
    *bitmap = draw_picture();
    return *bitmap == nullptr ? E_OUTOFMEMORY : S_OK;
}

HRESULT Credential::GetSubmitButtonValue(DWORD field, DWORD *beside)
{
    if (field != submit || beside == nullptr)
        return E_INVALIDARG;
    *beside = now().beside;
    return S_OK;
}

HRESULT Credential::SetStringValue(DWORD field, LPCWSTR text)
{
    if ((field != user_field && field != pin_field && field != password_field) || text == nullptr)
        return E_INVALIDARG;
    if (field == user_field) {
        const Account who = people == nullptr ? Account() : people->named(reinterpret_cast<const char16_t *>(text), home_domain());
        return link.with([&who](Desk &desk) { return desk.name_user(who), S_OK; });
    }
    const bool sent = link.with([field, text](Desk &desk) {
        const bool asks_password = desk.shows_password();
        const std::size_t most = Password::most + 1;
        std::size_t size = 0;
        while (size < most && text[size] != 0)
            size++;
        return asks_password == (field == password_field) && desk.type(reinterpret_cast<const char16_t *>(text), size);
    });
    if (sent)
        refresh();
    return S_OK;
}

HRESULT Credential::CommandLinkClicked(DWORD field)
{
    if (field != other_way && field != cancel)
        return E_INVALIDARG;
    if (field == cancel)
        link.with([](Desk &desk) { return desk.cancel(), true; });
    else
        manner.other = !manner.other;
    refresh();
    return S_OK;
}

HRESULT Credential::GetUserSid(LPWSTR *sid)
{
    if (sid == nullptr)
        return E_POINTER;
    *sid = nullptr;
    const Account account = link.with([](Desk &desk) { return desk.whose(); });
    const std::u16string *const found = people == nullptr || account.user.size == 0 ? nullptr : people->sid_of(account);
    return found == nullptr ? S_FALSE : hand_out(*found, sid);
}

HRESULT Credential::GetFieldOptions(DWORD field, FieldOptions *options)
{
    if (field >= field_count || options == nullptr)
        return E_INVALIDARG;
    *options = field == pin_field        ? static_cast<FieldOptions>(CPCFO_NUMBERS_ONLY | CPCFO_ENABLE_TOUCH_KEYBOARD_AUTO_INVOKE)
               : field == password_field ? CPCFO_ENABLE_TOUCH_KEYBOARD_AUTO_INVOKE
                                         : CPCFO_NONE;
    return S_OK;
}

} // namespace tapward
