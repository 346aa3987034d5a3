/* What every COM object here needs comes in one place: a count of references, the module's count of objects, and texts in COM's own memory. */
#ifndef TAPWARD_COM_H
#define TAPWARD_COM_H

#include <windows.h>

#include <objbase.h>

#include <cstring>
#include <string_view>

namespace tapward {

/* How many objects of this DLL are in somebody's hands: while there are any, Windows may not unload it. */
extern LONG living_objects;

/* The IUnknown that every object has: `find` answers the interface for an IID, or nullptr. */
template <typename Self> class Object {
public:
    Object(const Object &) = delete;
    Object &operator=(const Object &) = delete;
    ULONG add_ref() { return static_cast<ULONG>(InterlockedIncrement(&references)); }
    ULONG release()
    {
        const LONG left = InterlockedDecrement(&references);
        if (left == 0)
            delete static_cast<Self *>(this);
        return static_cast<ULONG>(left);
    }
    HRESULT query(REFIID id, void **found)
    {
        if (found == nullptr)
            return E_POINTER;
        *found = static_cast<Self *>(this)->find(id);
        if (*found == nullptr)
            return E_NOINTERFACE;
        add_ref();
        return S_OK;
    }

protected:
    Object() { InterlockedIncrement(&living_objects); }
    ~Object() { InterlockedDecrement(&living_objects); }

private:
    LONG references = 1;
};

/* The three slots of IUnknown, for a class that is an Object. */
#define TAPWARD_UNKNOWN                                                                                                                                                            \
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID id, void **found) override { return query(id, found); }                                                                       \
    ULONG STDMETHODCALLTYPE AddRef() override { return add_ref(); }                                                                                                                \
    ULONG STDMETHODCALLTYPE Release() override { return release(); }

/* A copy for a caller who frees it with CoTaskMemFree. */
inline HRESULT hand_out(std::u16string_view text, LPWSTR *copy)
{
    *copy = static_cast<LPWSTR>(CoTaskMemAlloc((text.size() + 1) * sizeof(WCHAR)));
    if (*copy == nullptr)
        return E_OUTOFMEMORY;
    std::memcpy(*copy, text.data(), text.size() * sizeof(WCHAR));
    (*copy)[text.size()] = 0;
    return S_OK;
}

template <typename Interface> void drop(Interface *&held)
{
    if (held != nullptr)
        held->Release();
    held = nullptr;
}

} // namespace tapward

#endif
