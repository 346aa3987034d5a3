/* The providers Windows is about to show come in; whether each may be shown goes out. */
#ifndef TAPWARD_FILTER_H
#define TAPWARD_FILTER_H

#include "abi.h"
#include "com.h"

namespace tapward {

class SmartCardFilter final : public Object<SmartCardFilter>, public ICredentialProviderFilter {
public:
    SmartCardFilter() = default;
    void *find(REFIID id);

    TAPWARD_UNKNOWN
    HRESULT STDMETHODCALLTYPE Filter(Scenario, DWORD flags, GUID *providers, BOOL *allow, DWORD count) override;
    HRESULT STDMETHODCALLTYPE UpdateRemoteCredential(const Serialization *, Serialization *) override { return E_NOTIMPL; }
};

} // namespace tapward

#endif
