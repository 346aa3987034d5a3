/*
 * The binary interface of Windows' credential providers goes out, from its documentation: names, slots of the vtables,
 * numbers and identifiers as on learn.microsoft.com (credentialprovider.h). The compiler's own header has none of them
 * before mingw-w64 11, so this one stands beside it, in a namespace; the tests hold it against another one.
 */
#ifndef TAPWARD_ABI_H
#define TAPWARD_ABI_H

#include <windows.h>

#include <unknwn.h>

#include <propkeydef.h>

namespace tapward {

enum Scenario : DWORD { CPUS_INVALID, CPUS_LOGON, CPUS_UNLOCK_WORKSTATION, CPUS_CHANGE_PASSWORD, CPUS_CREDUI, CPUS_PLAP };
enum FieldType : DWORD { CPFT_INVALID, CPFT_LARGE_TEXT, CPFT_SMALL_TEXT, CPFT_COMMAND_LINK, CPFT_EDIT_TEXT, CPFT_PASSWORD_TEXT, CPFT_TILE_IMAGE, CPFT_CHECKBOX, CPFT_COMBOBOX, CPFT_SUBMIT_BUTTON };
enum FieldState : DWORD { CPFS_HIDDEN, CPFS_DISPLAY_IN_SELECTED_TILE, CPFS_DISPLAY_IN_DESELECTED_TILE, CPFS_DISPLAY_IN_BOTH };
enum FieldInteraction : DWORD { CPFIS_NONE, CPFIS_READONLY, CPFIS_DISABLED, CPFIS_FOCUSED };
enum Serialized : DWORD { CPGSR_NO_CREDENTIAL_NOT_FINISHED, CPGSR_NO_CREDENTIAL_FINISHED, CPGSR_RETURN_CREDENTIAL_FINISHED, CPGSR_RETURN_NO_CREDENTIAL_FINISHED };
enum StatusIcon : DWORD { CPSI_NONE, CPSI_ERROR, CPSI_WARNING, CPSI_SUCCESS };
enum FieldOptions : DWORD { CPCFO_NONE = 0, CPCFO_ENABLE_TOUCH_KEYBOARD_AUTO_INVOKE = 4, CPCFO_NUMBERS_ONLY = 8 };

constexpr DWORD no_default = 0xFFFFFFFF;

struct FieldDescriptor {
    DWORD id;
    FieldType type;
    LPWSTR label;
    GUID kind;
};

struct Serialization {
    ULONG package;
    GUID provider;
    ULONG size;
    BYTE *bytes;
};

static_assert(sizeof(void *) == 8, "Windows loads a provider of its own width: 64 bits");
static_assert(sizeof(Scenario) == 4 && sizeof(FieldType) == 4 && sizeof(StatusIcon) == 4, "enumerations are 32 bits wide");
static_assert(sizeof(FieldDescriptor) == 32 && offsetof(FieldDescriptor, label) == 8 && offsetof(FieldDescriptor, kind) == 16, "CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR");
static_assert(sizeof(Serialization) == 32 && offsetof(Serialization, provider) == 4 && offsetof(Serialization, size) == 20 && offsetof(Serialization, bytes) == 24,
              "CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION");

/* COM fixes the order of the slots; every one is a HRESULT, and the calling convention has one name on 64 bits. */
#define SLOT(...) virtual HRESULT STDMETHODCALLTYPE __VA_ARGS__ = 0

struct ICredentialProviderCredential;

struct ICredentialProviderCredentialEvents : IUnknown {
    SLOT(SetFieldState(ICredentialProviderCredential *, DWORD field, FieldState));
    SLOT(SetFieldInteractiveState(ICredentialProviderCredential *, DWORD field, FieldInteraction));
    SLOT(SetFieldString(ICredentialProviderCredential *, DWORD field, LPCWSTR));
    SLOT(SetFieldCheckbox(ICredentialProviderCredential *, DWORD field, BOOL, LPCWSTR));
    SLOT(SetFieldBitmap(ICredentialProviderCredential *, DWORD field, HBITMAP));
    SLOT(SetFieldComboBoxSelectedItem(ICredentialProviderCredential *, DWORD field, DWORD item));
    SLOT(DeleteFieldComboBoxItem(ICredentialProviderCredential *, DWORD field, DWORD item));
    SLOT(AppendFieldComboBoxItem(ICredentialProviderCredential *, DWORD field, LPCWSTR));
    SLOT(SetFieldSubmitButton(ICredentialProviderCredential *, DWORD field, DWORD beside));
    SLOT(OnCreatingWindow(HWND *));
};

struct ICredentialProviderCredentialEvents2 : ICredentialProviderCredentialEvents {
    SLOT(BeginFieldUpdates());
    SLOT(EndFieldUpdates());
    SLOT(SetFieldOptions(ICredentialProviderCredential *, DWORD field, FieldOptions));
};

struct ICredentialProviderCredential : IUnknown {
    SLOT(Advise(ICredentialProviderCredentialEvents *));
    SLOT(UnAdvise());
    SLOT(SetSelected(BOOL *logs_on));
    SLOT(SetDeselected());
    SLOT(GetFieldState(DWORD field, FieldState *, FieldInteraction *));
    SLOT(GetStringValue(DWORD field, LPWSTR *));
    SLOT(GetBitmapValue(DWORD field, HBITMAP *));
    SLOT(GetCheckboxValue(DWORD field, BOOL *, LPWSTR *));
    SLOT(GetSubmitButtonValue(DWORD field, DWORD *beside));
    SLOT(GetComboBoxValueCount(DWORD field, DWORD *, DWORD *));
    SLOT(GetComboBoxValueAt(DWORD field, DWORD item, LPWSTR *));
    SLOT(SetStringValue(DWORD field, LPCWSTR));
    SLOT(SetCheckboxValue(DWORD field, BOOL));
    SLOT(SetComboBoxSelectedValue(DWORD field, DWORD item));
    SLOT(CommandLinkClicked(DWORD field));
    SLOT(GetSerialization(Serialized *, Serialization *, LPWSTR *text, StatusIcon *));
    SLOT(ReportResult(LONG status, LONG substatus, LPWSTR *text, StatusIcon *));
};

struct ICredentialProviderCredential2 : ICredentialProviderCredential {
    SLOT(GetUserSid(LPWSTR *));
};

struct ICredentialProviderCredentialWithFieldOptions : IUnknown {
    SLOT(GetFieldOptions(DWORD field, FieldOptions *));
};

struct IQueryContinueWithStatus : IUnknown {
    SLOT(QueryContinue());
    SLOT(SetStatusMessage(LPCWSTR));
};

struct IConnectableCredentialProviderCredential : ICredentialProviderCredential {
    SLOT(Connect(IQueryContinueWithStatus *));
    SLOT(Disconnect());
};

struct ICredentialProviderEvents : IUnknown {
    SLOT(CredentialsChanged(UINT_PTR context));
};

struct ICredentialProvider : IUnknown {
    SLOT(SetUsageScenario(Scenario, DWORD flags));
    SLOT(SetSerialization(const Serialization *));
    SLOT(Advise(ICredentialProviderEvents *, UINT_PTR context));
    SLOT(UnAdvise());
    SLOT(GetFieldDescriptorCount(DWORD *));
    SLOT(GetFieldDescriptorAt(DWORD field, FieldDescriptor **));
    SLOT(GetCredentialCount(DWORD *, DWORD *first, BOOL *logs_on));
    SLOT(GetCredentialAt(DWORD, ICredentialProviderCredential **));
};

struct ICredentialProviderUser : IUnknown {
    SLOT(GetSid(LPWSTR *));
    SLOT(GetProviderID(GUID *));
    SLOT(GetStringValue(REFPROPERTYKEY, LPWSTR *));
    SLOT(GetValue(REFPROPERTYKEY, void *));
};

struct ICredentialProviderUserArray : IUnknown {
    SLOT(SetProviderFilter(REFGUID));
    SLOT(GetAccountOptions(DWORD *));
    SLOT(GetCount(DWORD *));
    SLOT(GetAt(DWORD, ICredentialProviderUser **));
};

struct ICredentialProviderSetUserArray : IUnknown {
    SLOT(SetUserArray(ICredentialProviderUserArray *));
};

struct ICredentialProviderFilter : IUnknown {
    SLOT(Filter(Scenario, DWORD flags, GUID *providers, BOOL *allow, DWORD count));
    SLOT(UpdateRemoteCredential(const Serialization *, Serialization *));
};

#undef SLOT

constexpr GUID id_provider = { 0xd27c3481, 0x5a1c, 0x45b2, { 0x8a, 0xaa, 0xc2, 0x0e, 0xbb, 0xe8, 0x22, 0x9e } };
constexpr GUID id_credential = { 0x63913a93, 0x40c1, 0x481a, { 0x81, 0x8d, 0x40, 0x72, 0xff, 0x8c, 0x70, 0xcc } };
constexpr GUID id_credential2 = { 0xfd672c54, 0x40ea, 0x4d6e, { 0x9b, 0x49, 0xcf, 0xb1, 0xa7, 0x50, 0x7b, 0xd7 } };
constexpr GUID id_connectable = { 0x9387928b, 0xac75, 0x4bf9, { 0x8a, 0xb2, 0x2b, 0x93, 0xc4, 0xa5, 0x52, 0x90 } };
constexpr GUID id_with_options = { 0xdbc6fb30, 0xc843, 0x49e3, { 0xa6, 0x45, 0x57, 0x3e, 0x6f, 0x39, 0x44, 0x6a } };
constexpr GUID id_events2 = { 0xb53c00b6, 0x9922, 0x4b78, { 0xb1, 0xf4, 0xdd, 0xfe, 0x77, 0x4d, 0xc3, 0x9b } };
constexpr GUID id_set_user_array = { 0x095c1484, 0x1c0c, 0x4388, { 0x9c, 0x6d, 0x50, 0x0e, 0x61, 0xbf, 0x84, 0xbd } };
constexpr GUID id_filter = { 0xa5da53f9, 0xd475, 0x4080, { 0xa1, 0x20, 0x91, 0x0c, 0x4a, 0x73, 0x98, 0x80 } };

/* What the logo and the name in the row of sign-in options are called. */
constexpr GUID provider_logo = { 0x2d837775, 0xf6cd, 0x464e, { 0xa7, 0x45, 0x48, 0x2f, 0xd0, 0xb4, 0x74, 0x93 } };
constexpr GUID provider_label = { 0x286bbff3, 0xbad4, 0x438f, { 0xb0, 0x07, 0x79, 0xb7, 0x26, 0x7c, 0x3d, 0x48 } };
/* PKEY_Identity_QualifiedUserName: DOMAIN\user. */
constexpr PROPERTYKEY qualified_user_name = { { 0xda520e51, 0xf4e9, 0x4739, { 0xac, 0x82, 0x02, 0xe0, 0xa9, 0x5c, 0x90, 0x30 } }, 100 };

/* Windows' own provider of smart cards, which a badge on a contactless reader wakes. */
constexpr GUID windows_smart_card = { 0x8fd7e19c, 0x3bf7, 0x489b, { 0xa7, 0x2c, 0x84, 0x6a, 0xb3, 0x67, 0x8c, 0x96 } };

/* Ours. */
constexpr GUID our_provider = { 0x5d96f4e0, 0x6e3c, 0x41c2, { 0xbc, 0x98, 0xa4, 0x1d, 0xfe, 0x49, 0x48, 0x55 } };
constexpr GUID our_filter = { 0xca2ca0d6, 0x4695, 0x4c09, { 0x84, 0x0d, 0xe5, 0x4c, 0x0b, 0xca, 0x7e, 0xb3 } };

} // namespace tapward

#endif
