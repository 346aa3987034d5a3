/*
 * A list of providers comes in; all stay but Windows' own smart card tile, which every badge on a contactless reader would
 * bring up: what filter.h declares. On any doubt all stay: a screen with one tile too many can be used.
 */
#include "filter.h"

#include "world.h"

namespace tapward {

void *SmartCardFilter::find(REFIID id)
{
    return id == IID_IUnknown || id == id_filter ? static_cast<ICredentialProviderFilter *>(this) : nullptr;
}

HRESULT SmartCardFilter::Filter(Scenario scenario, DWORD, GUID *providers, BOOL *allow, DWORD count)
{
    constexpr DWORD most = 256;
    DWORD session = 0;

    if (providers == nullptr || allow == nullptr || count > most || (scenario != CPUS_LOGON && scenario != CPUS_UNLOCK_WORKSTATION))
        return S_OK;
    if (!ProcessIdToSessionId(GetCurrentProcessId(), &session) || !is_at_console(session))
        return S_OK;
    /* Without our own tile (switched off, or hidden by another filter) the smart card may be the way in. */
    bool ours = false;
    for (DWORD i = 0; i < count; i++)
        ours = ours || (providers[i] == our_provider && allow[i]);
    for (DWORD i = 0; ours && i < count; i++)
        if (providers[i] == windows_smart_card)
            allow[i] = FALSE;
    return S_OK;
}

} // namespace tapward
