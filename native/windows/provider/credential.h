/*
 * A link to the host comes in; the one tile goes out, as LogonUI knows it: its fields, what was typed, and at most one
 * serialized credential for each grant.
 */
#ifndef TAPWARD_CREDENTIAL_H
#define TAPWARD_CREDENTIAL_H

#include "abi.h"
#include "com.h"
#include "link.h"
#include "tile.h"

namespace tapward {

/* DOMAIN\user and SID of the people Windows shows, for a tile that is somebody's. */
class People;

class Credential final : public Object<Credential>, public ICredentialProviderCredential2, public IConnectableCredentialProviderCredential, public ICredentialProviderCredentialWithFieldOptions {
public:
    /* Refers to the link until its end, so that a result still reaches the host when the provider has gone. */
    Credential(Link &link, bool unlocks, const People &people);
    ~Credential();
    void *find(REFIID id);
    /* Tells LogonUI what has changed. On its own thread. */
    void refresh();
    bool is_selected() const { return selected; }
    /* The people may change with the provider; nullptr: it has gone. */
    void know(const People *those) { people = those; }

    TAPWARD_UNKNOWN
    HRESULT STDMETHODCALLTYPE Advise(ICredentialProviderCredentialEvents *) override;
    HRESULT STDMETHODCALLTYPE UnAdvise() override;
    HRESULT STDMETHODCALLTYPE SetSelected(BOOL *logs_on) override;
    HRESULT STDMETHODCALLTYPE SetDeselected() override;
    HRESULT STDMETHODCALLTYPE GetFieldState(DWORD field, FieldState *, FieldInteraction *) override;
    HRESULT STDMETHODCALLTYPE GetStringValue(DWORD field, LPWSTR *) override;
    HRESULT STDMETHODCALLTYPE GetBitmapValue(DWORD field, HBITMAP *) override;
    HRESULT STDMETHODCALLTYPE GetCheckboxValue(DWORD, BOOL *, LPWSTR *) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetSubmitButtonValue(DWORD field, DWORD *beside) override;
    HRESULT STDMETHODCALLTYPE GetComboBoxValueCount(DWORD, DWORD *, DWORD *) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetComboBoxValueAt(DWORD, DWORD, LPWSTR *) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetStringValue(DWORD field, LPCWSTR) override;
    HRESULT STDMETHODCALLTYPE SetCheckboxValue(DWORD, BOOL) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetComboBoxSelectedValue(DWORD, DWORD) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE CommandLinkClicked(DWORD field) override;
    HRESULT STDMETHODCALLTYPE GetSerialization(Serialized *, Serialization *, LPWSTR *text, StatusIcon *) override;
    HRESULT STDMETHODCALLTYPE ReportResult(LONG status, LONG substatus, LPWSTR *text, StatusIcon *) override;
    HRESULT STDMETHODCALLTYPE GetUserSid(LPWSTR *) override;
    HRESULT STDMETHODCALLTYPE Connect(IQueryContinueWithStatus *) override;
    HRESULT STDMETHODCALLTYPE Disconnect() override;
    HRESULT STDMETHODCALLTYPE GetFieldOptions(DWORD field, FieldOptions *) override;

private:
    ICredentialProviderCredential *self() { return static_cast<ICredentialProviderCredential2 *>(this); }
    TileView now();
    HRESULT say_line(LPWSTR *text, StatusIcon *icon, StatusIcon which);

    Link &link;
    const bool unlocks;
    const People *people;
    Manner manner;
    /* What LogonUI was told last. */
    TileView shown;
    ICredentialProviderCredentialEvents *events = nullptr;
    bool selected = false;
};

} // namespace tapward

#endif
