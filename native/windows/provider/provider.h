/* A scenario and LogonUI's events come in; at most one tile goes out, and LogonUI is told on its own thread when a grant waits. */
#ifndef TAPWARD_PROVIDER_H
#define TAPWARD_PROVIDER_H

#include "credential.h"
#include "people.h"

namespace tapward {

class Provider final : public Object<Provider>, public ICredentialProvider, public ICredentialProviderSetUserArray {
public:
    Provider() = default;
    ~Provider();
    void *find(REFIID id);

    TAPWARD_UNKNOWN
    HRESULT STDMETHODCALLTYPE SetUsageScenario(Scenario, DWORD flags) override;
    HRESULT STDMETHODCALLTYPE SetSerialization(const Serialization *) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Advise(ICredentialProviderEvents *, UINT_PTR context) override;
    HRESULT STDMETHODCALLTYPE UnAdvise() override;
    HRESULT STDMETHODCALLTYPE GetFieldDescriptorCount(DWORD *count) override;
    HRESULT STDMETHODCALLTYPE GetFieldDescriptorAt(DWORD field, FieldDescriptor **) override;
    HRESULT STDMETHODCALLTYPE GetCredentialCount(DWORD *count, DWORD *first, BOOL *logs_on) override;
    HRESULT STDMETHODCALLTYPE GetCredentialAt(DWORD at, ICredentialProviderCredential **) override;
    HRESULT STDMETHODCALLTYPE SetUserArray(ICredentialProviderUserArray *) override;

private:
    static LRESULT CALLBACK hear(HWND window, UINT message, WPARAM, LPARAM);
    void close();
    void refresh();

    Link *link = nullptr;
    Credential *tile = nullptr;
    People people;
    ICredentialProviderEvents *events = nullptr;
    UINT_PTR context = 0;
    HWND window = nullptr;
    /* The grant LogonUI was told of, and whether it was told that a person is asked for something. */
    Text announced;
    bool called = false;
};

} // namespace tapward

#endif
