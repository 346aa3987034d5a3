/* LogonUI's questions to the DLL come in; class factories for the provider and the filter go out, and whether it may be unloaded. */
#include <new>

#include "filter.h"
#include "provider.h"

namespace tapward {

LONG living_objects = 0;

namespace {

/* Makes objects of one class. */
template <typename Made> class Factory final : public Object<Factory<Made>>, public IClassFactory {
public:
    void *find(REFIID id) { return id == IID_IUnknown || id == IID_IClassFactory ? static_cast<IClassFactory *>(this) : nullptr; }
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID id, void **found) override { return this->query(id, found); }
    ULONG STDMETHODCALLTYPE AddRef() override { return this->add_ref(); }
    ULONG STDMETHODCALLTYPE Release() override { return this->release(); }
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown *outer, REFIID id, void **made) override
    {
        if (made == nullptr)
            return E_POINTER;
        *made = nullptr;
        if (outer != nullptr)
            return CLASS_E_NOAGGREGATION;
        Made *const object = new (std::nothrow) Made;
        if (object == nullptr)
            return E_OUTOFMEMORY;
        const HRESULT outcome = object->query(id, made);
        object->release();
        return outcome;
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL lock) override
    {
        if (lock)
            InterlockedIncrement(&living_objects);
        else
            InterlockedDecrement(&living_objects);
        return S_OK;
    }
};

template <typename Made> HRESULT make_factory(REFIID id, void **made)
{
    auto *const factory = new (std::nothrow) Factory<Made>;
    if (factory == nullptr)
        return E_OUTOFMEMORY;
    const HRESULT outcome = factory->query(id, made);
    factory->release();
    return outcome;
}

} // namespace

} // namespace tapward

STDAPI DllGetClassObject(REFCLSID wanted, REFIID id, void **made)
{
    if (made == nullptr)
        return E_POINTER;
    *made = nullptr;
    if (wanted == tapward::our_provider)
        return tapward::make_factory<tapward::Provider>(id, made);
    if (wanted == tapward::our_filter)
        return tapward::make_factory<tapward::SmartCardFilter>(id, made);
    return CLASS_E_CLASSNOTAVAILABLE;
}

STDAPI DllCanUnloadNow()
{
    return InterlockedCompareExchange(&tapward::living_objects, 0, 0) == 0 ? S_OK : S_FALSE;
}
