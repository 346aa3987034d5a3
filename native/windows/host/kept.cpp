/*
 * Secrets come in and stay in locked pages until their time is over: what kept.h declares.
 */
#include "kept.h"

#include <cstring>

#include "../protocol.h"

namespace tapward {

Kept::Kept() : places(static_cast<Place *>(VirtualAlloc(nullptr, count * sizeof(Place), MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE)))
{
    if (places != nullptr && !VirtualLock(places, count * sizeof(Place))) {
        VirtualFree(places, 0, MEM_RELEASE);
        places = nullptr;
    }
}

Kept::~Kept()
{
    drop_all();
    if (places != nullptr)
        VirtualFree(places, 0, MEM_RELEASE);
}

Kept::Place *Kept::find(Purpose purpose, const std::wstring &account) const
{
    for (size_t i = 0; places != nullptr && i < count; i++)
        if (places[i].used && places[i].purpose == purpose && account == places[i].account)
            return &places[i];
    return nullptr;
}

bool Kept::put(Purpose purpose, const std::wstring &account, const unsigned char *bytes, size_t size, ULONGLONG until)
{
    drop(purpose, account);
    if (places == nullptr || size == 0 || size > most || account.size() >= sizeof Place::account / sizeof(wchar_t))
        return false;
    for (size_t i = 0; i < count; i++) {
        Place &place = places[i];
        if (place.used)
            continue;
        place.used = true;
        place.purpose = purpose;
        place.until = until;
        place.size = size;
        std::memcpy(place.account, account.c_str(), (account.size() + 1) * sizeof(wchar_t));
        std::memcpy(place.bytes, bytes, size);
        return true;
    }
    return false;
}

size_t Kept::get(Purpose purpose, const std::wstring &account, unsigned char *bytes) const
{
    const Place *place = find(purpose, account);
    if (place == nullptr || station_time() >= place->until)
        return 0;
    std::memcpy(bytes, place->bytes, place->size);
    return place->size;
}

void Kept::drop(Purpose purpose, const std::wstring &account)
{
    if (Place *place = find(purpose, account))
        wipe(place, sizeof *place);
}

void Kept::drop(const std::wstring &account)
{
    for (const Purpose purpose : { Purpose::window, Purpose::offer, Purpose::capture })
        drop(purpose, account);
}

void Kept::drop_all()
{
    if (places != nullptr)
        wipe(places, count * sizeof(Place));
}

void Kept::look(ULONGLONG now)
{
    for (size_t i = 0; places != nullptr && i < count; i++)
        if (places[i].used && now >= places[i].until)
            wipe(&places[i], sizeof places[i]);
}

} // namespace tapward
