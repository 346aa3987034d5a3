/*
 * Characters of a PIN or a password come in, into one fixed place that is overwritten when it is cleared, handed on or
 * ends; nothing of it goes out by copying.
 */
#ifndef TAPWARD_SECRET_H
#define TAPWARD_SECRET_H

#include <cstddef>

#include "../protocol.h"

namespace tapward {

template <typename T, std::size_t N> class Secret {
public:
    Secret() = default;
    Secret(const Secret &) = delete;
    Secret &operator=(const Secret &) = delete;
    ~Secret() { clear(); }

    /* False, and empty, where more than N come. */
    bool assign(const T *from, std::size_t size)
    {
        clear();
        if (size > N)
            return false;
        for (std::size_t i = 0; i < size; i++)
            place[i] = from[i];
        count = size;
        return true;
    }
    /* Takes what is in the other one, which is empty afterwards. */
    void take(Secret &other)
    {
        assign(other.place, other.count);
        other.clear();
    }
    void clear()
    {
        wipe(place, sizeof place);
        count = 0;
    }
    /* For those who write in place: at most N, then `resize` to what was written. */
    T *data() { return place; }
    const T *data() const { return place; }
    void resize(std::size_t size) { count = size < N ? size : N; }
    std::size_t size() const { return count; }
    bool empty() const { return count == 0; }
    static constexpr std::size_t most = N;

private:
    T place[N] = {};
    std::size_t count = 0;
};

/* As long as Windows lets a password be: 1536 bytes on the pipe (protocol.h). */
using Password = Secret<char16_t, 768>;
using Pin = Secret<char, 12>;

} // namespace tapward

#endif
