/*
 * The interfaces of credential providers as LogonUI calls them go out: from the compiler's own header where it has one
 * (mingw-w64 11 and later), otherwise from here. Written for the tests from the documentation, apart from the product's
 * native/windows/provider/abi.h, so that a slot or a number that is wrong there does not agree with itself.
 */
#ifndef TAPWARD_LOGON_ABI_H
#define TAPWARD_LOGON_ABI_H

#include <initguid.h>

#include <windows.h>

#include <ole2.h>
#include <propsys.h>
#include <shobjidl.h>

#if __has_include(<credentialprovider.h>)
#include <credentialprovider.h>
constexpr const char *abi_source = "the compiler's header";
#else
constexpr const char *abi_source = "the tests' own header";

typedef int CREDENTIAL_PROVIDER_USAGE_SCENARIO, CREDENTIAL_PROVIDER_FIELD_TYPE, CREDENTIAL_PROVIDER_FIELD_STATE, CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE;
typedef int CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE, CREDENTIAL_PROVIDER_STATUS_ICON, CREDENTIAL_PROVIDER_CREDENTIAL_FIELD_OPTIONS, CREDENTIAL_PROVIDER_ACCOUNT_OPTIONS;
constexpr int CPUS_LOGON = 1, CPUS_UNLOCK_WORKSTATION = 2, CPUS_CHANGE_PASSWORD = 3, CPUS_CREDUI = 4, CPUS_PLAP = 5;
constexpr int CPFT_LARGE_TEXT = 1, CPFT_SMALL_TEXT = 2, CPFT_COMMAND_LINK = 3, CPFT_EDIT_TEXT = 4, CPFT_PASSWORD_TEXT = 5, CPFT_TILE_IMAGE = 6, CPFT_SUBMIT_BUTTON = 9;
constexpr int CPFS_HIDDEN = 0, CPFS_DISPLAY_IN_SELECTED_TILE = 1, CPFS_DISPLAY_IN_BOTH = 3;
constexpr int CPFIS_NONE = 0, CPFIS_FOCUSED = 3;
constexpr int CPGSR_NO_CREDENTIAL_NOT_FINISHED = 0, CPGSR_RETURN_CREDENTIAL_FINISHED = 2;
constexpr int CPSI_NONE = 0, CPSI_WARNING = 2;
constexpr int CPCFO_NONE = 0, CPCFO_ENABLE_TOUCH_KEYBOARD_AUTO_INVOKE = 4, CPCFO_NUMBERS_ONLY = 8;
#define CREDENTIAL_PROVIDER_NO_DEFAULT ((DWORD)-1)

typedef struct {
    DWORD dwFieldID;
    CREDENTIAL_PROVIDER_FIELD_TYPE cpft;
    LPWSTR pszLabel;
    GUID guidFieldType;
} CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR;

typedef struct {
    ULONG ulAuthenticationPackage;
    GUID clsidCredentialProvider;
    ULONG cbSerialization;
    byte *rgbSerialization;
} CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION;

#define METHOD virtual HRESULT STDMETHODCALLTYPE
class ICredentialProviderCredentialEvents;

DEFINE_GUID(IID_ICredentialProviderCredential, 0x63913A93, 0x40C1, 0x481A, 0x81, 0x8D, 0x40, 0x72, 0xFF, 0x8C, 0x70, 0xCC);
class ICredentialProviderCredential : public IUnknown {
public:
    METHOD Advise(ICredentialProviderCredentialEvents *) = 0;
    METHOD UnAdvise() = 0;
    METHOD SetSelected(BOOL *) = 0;
    METHOD SetDeselected() = 0;
    METHOD GetFieldState(DWORD, CREDENTIAL_PROVIDER_FIELD_STATE *, CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE *) = 0;
    METHOD GetStringValue(DWORD, LPWSTR *) = 0;
    METHOD GetBitmapValue(DWORD, HBITMAP *) = 0;
    METHOD GetCheckboxValue(DWORD, BOOL *, LPWSTR *) = 0;
    METHOD GetSubmitButtonValue(DWORD, DWORD *) = 0;
    METHOD GetComboBoxValueCount(DWORD, DWORD *, DWORD *) = 0;
    METHOD GetComboBoxValueAt(DWORD, DWORD, LPWSTR *) = 0;
    METHOD SetStringValue(DWORD, LPCWSTR) = 0;
    METHOD SetCheckboxValue(DWORD, BOOL) = 0;
    METHOD SetComboBoxSelectedValue(DWORD, DWORD) = 0;
    METHOD CommandLinkClicked(DWORD) = 0;
    METHOD GetSerialization(CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE *, CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION *, LPWSTR *, CREDENTIAL_PROVIDER_STATUS_ICON *) = 0;
    METHOD ReportResult(NTSTATUS, NTSTATUS, LPWSTR *, CREDENTIAL_PROVIDER_STATUS_ICON *) = 0;
};

DEFINE_GUID(IID_ICredentialProviderCredential2, 0xFD672C54, 0x40EA, 0x4D6E, 0x9B, 0x49, 0xCF, 0xB1, 0xA7, 0x50, 0x7B, 0xD7);
class ICredentialProviderCredential2 : public ICredentialProviderCredential {
public:
    METHOD GetUserSid(LPWSTR *) = 0;
};

DEFINE_GUID(IID_ICredentialProviderCredentialWithFieldOptions, 0xDBC6FB30, 0xC843, 0x49E3, 0xA6, 0x45, 0x57, 0x3E, 0x6F, 0x39, 0x44, 0x6A);
class ICredentialProviderCredentialWithFieldOptions : public IUnknown {
public:
    METHOD GetFieldOptions(DWORD, CREDENTIAL_PROVIDER_CREDENTIAL_FIELD_OPTIONS *) = 0;
};

DEFINE_GUID(IID_IQueryContinueWithStatus, 0x9090BE5B, 0x502B, 0x41FB, 0xBC, 0xCC, 0x00, 0x49, 0xA6, 0xC7, 0x25, 0x4B);
class IQueryContinueWithStatus : public IQueryContinue {
public:
    METHOD SetStatusMessage(LPCWSTR) = 0;
};

DEFINE_GUID(IID_IConnectableCredentialProviderCredential, 0x9387928B, 0xAC75, 0x4BF9, 0x8A, 0xB2, 0x2B, 0x93, 0xC4, 0xA5, 0x52, 0x90);
class IConnectableCredentialProviderCredential : public ICredentialProviderCredential {
public:
    METHOD Connect(IQueryContinueWithStatus *) = 0;
    METHOD Disconnect() = 0;
};

DEFINE_GUID(IID_ICredentialProviderCredentialEvents, 0xFA6FA76B, 0x66B7, 0x4B11, 0x95, 0xF1, 0x86, 0x17, 0x11, 0x18, 0xE8, 0x16);
class ICredentialProviderCredentialEvents : public IUnknown {
public:
    METHOD SetFieldState(ICredentialProviderCredential *, DWORD, CREDENTIAL_PROVIDER_FIELD_STATE) = 0;
    METHOD SetFieldInteractiveState(ICredentialProviderCredential *, DWORD, CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE) = 0;
    METHOD SetFieldString(ICredentialProviderCredential *, DWORD, LPCWSTR) = 0;
    METHOD SetFieldCheckbox(ICredentialProviderCredential *, DWORD, BOOL, LPCWSTR) = 0;
    METHOD SetFieldBitmap(ICredentialProviderCredential *, DWORD, HBITMAP) = 0;
    METHOD SetFieldComboBoxSelectedItem(ICredentialProviderCredential *, DWORD, DWORD) = 0;
    METHOD DeleteFieldComboBoxItem(ICredentialProviderCredential *, DWORD, DWORD) = 0;
    METHOD AppendFieldComboBoxItem(ICredentialProviderCredential *, DWORD, LPCWSTR) = 0;
    METHOD SetFieldSubmitButton(ICredentialProviderCredential *, DWORD, DWORD) = 0;
    METHOD OnCreatingWindow(HWND *) = 0;
};

DEFINE_GUID(IID_ICredentialProviderCredentialEvents2, 0xB53C00B6, 0x9922, 0x4B78, 0xB1, 0xF4, 0xDD, 0xFE, 0x77, 0x4D, 0xC3, 0x9B);
class ICredentialProviderCredentialEvents2 : public ICredentialProviderCredentialEvents {
public:
    METHOD BeginFieldUpdates() = 0;
    METHOD EndFieldUpdates() = 0;
    METHOD SetFieldOptions(ICredentialProviderCredential *, DWORD, CREDENTIAL_PROVIDER_CREDENTIAL_FIELD_OPTIONS) = 0;
};

DEFINE_GUID(IID_ICredentialProviderEvents, 0x34201E5A, 0xA787, 0x41A3, 0xA5, 0xA4, 0xBD, 0x6D, 0xCF, 0x2A, 0x85, 0x4E);
class ICredentialProviderEvents : public IUnknown {
public:
    METHOD CredentialsChanged(UINT_PTR) = 0;
};

DEFINE_GUID(IID_ICredentialProvider, 0xD27C3481, 0x5A1C, 0x45B2, 0x8A, 0xAA, 0xC2, 0x0E, 0xBB, 0xE8, 0x22, 0x9E);
class ICredentialProvider : public IUnknown {
public:
    METHOD SetUsageScenario(CREDENTIAL_PROVIDER_USAGE_SCENARIO, DWORD) = 0;
    METHOD SetSerialization(const CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION *) = 0;
    METHOD Advise(ICredentialProviderEvents *, UINT_PTR) = 0;
    METHOD UnAdvise() = 0;
    METHOD GetFieldDescriptorCount(DWORD *) = 0;
    METHOD GetFieldDescriptorAt(DWORD, CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR **) = 0;
    METHOD GetCredentialCount(DWORD *, DWORD *, BOOL *) = 0;
    METHOD GetCredentialAt(DWORD, ICredentialProviderCredential **) = 0;
};

DEFINE_GUID(IID_ICredentialProviderUser, 0x13793285, 0x3EA6, 0x40FD, 0xB4, 0x20, 0x15, 0xF4, 0x7D, 0xA4, 0x1F, 0xBB);
class ICredentialProviderUser : public IUnknown {
public:
    METHOD GetSid(LPWSTR *) = 0;
    METHOD GetProviderID(GUID *) = 0;
    METHOD GetStringValue(REFPROPERTYKEY, LPWSTR *) = 0;
    METHOD GetValue(REFPROPERTYKEY, PROPVARIANT *) = 0;
};

DEFINE_GUID(IID_ICredentialProviderUserArray, 0x90C119AE, 0x0F18, 0x4520, 0xA1, 0xF1, 0x11, 0x43, 0x66, 0xA4, 0x0F, 0xE8);
class ICredentialProviderUserArray : public IUnknown {
public:
    METHOD SetProviderFilter(REFGUID) = 0;
    METHOD GetAccountOptions(CREDENTIAL_PROVIDER_ACCOUNT_OPTIONS *) = 0;
    METHOD GetCount(DWORD *) = 0;
    METHOD GetAt(DWORD, ICredentialProviderUser **) = 0;
};

DEFINE_GUID(IID_ICredentialProviderSetUserArray, 0x095C1484, 0x1C0C, 0x4388, 0x9C, 0x6D, 0x50, 0x0E, 0x61, 0xBF, 0x84, 0xBD);
class ICredentialProviderSetUserArray : public IUnknown {
public:
    METHOD SetUserArray(ICredentialProviderUserArray *) = 0;
};

DEFINE_GUID(IID_ICredentialProviderFilter, 0xA5DA53F9, 0xD475, 0x4080, 0xA1, 0x20, 0x91, 0x0C, 0x4A, 0x73, 0x98, 0x80);
class ICredentialProviderFilter : public IUnknown {
public:
    METHOD Filter(CREDENTIAL_PROVIDER_USAGE_SCENARIO, DWORD, GUID *, BOOL *, DWORD) = 0;
    METHOD UpdateRemoteCredential(const CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION *, CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION *) = 0;
};
#undef METHOD
#endif

#endif
