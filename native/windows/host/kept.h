/*
 * Short secrets come in, in memory that is never paged out, and go out again until their time is over; then they are overwritten.
 */
#ifndef TAPWARD_KEPT_H
#define TAPWARD_KEPT_H

#include "system.h"

namespace tapward {

/* A record's key of a window, a share that an offer brought, a share for a password that is awaited. */
enum class Purpose { window, offer, capture };

class Kept {
public:
    static constexpr size_t most = 64;
    Kept();
    ~Kept();
    Kept(const Kept &) = delete;
    Kept &operator=(const Kept &) = delete;

    /* False: there is no locked memory, or no place in it; nothing is kept then. `until`: station time. */
    bool put(Purpose purpose, const std::wstring &account, const unsigned char *bytes, size_t size, ULONGLONG until);
    /* Copies it; how many bytes, 0: there is none. */
    size_t get(Purpose purpose, const std::wstring &account, unsigned char *bytes) const;
    void drop(Purpose purpose, const std::wstring &account);
    /* Her sign-out, or her window's end. */
    void drop(const std::wstring &account);
    void drop_all();
    /* Overwrites what is over. */
    void look(ULONGLONG now);

private:
    struct Place {
        bool used;
        Purpose purpose;
        ULONGLONG until;
        size_t size;
        wchar_t account[544];
        unsigned char bytes[most];
    };
    static constexpr size_t count = 16;
    Place *find(Purpose purpose, const std::wstring &account) const;
    Place *places;
};

} // namespace tapward

#endif
