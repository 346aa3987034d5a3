/* What a person and LogonUI do at the tile comes in, lines for the host and at most one credential per grant go out: the part of desk.h that acts. */
#include <cstring>
#include <iterator>

#include "desk.h"

namespace tapward {

namespace {

constexpr unsigned long shortest_pin = 4;

bool asks_pin(Shown shown)
{
    return shown == Shown::pin || shown == Shown::wrong;
}

} // namespace

bool is_stale(std::uint32_t status, std::uint32_t substatus)
{
    /* STATUS_LOGON_FAILURE, PASSWORD_EXPIRED, PASSWORD_MUST_CHANGE, ACCOUNT_LOCKED_OUT; the reason of ACCOUNT_RESTRICTION stands in the substatus. */
    constexpr std::uint32_t stale[] = { 0xC000006D, 0xC0000071, 0xC0000224, 0xC0000234 };
    for (const std::uint32_t one : stale)
        if (status == one || (status == 0xC000006E && substatus == one))
            return true;
    return false;
}

void Desk::name_user(const Account &who)
{
    if (shown == Shown::password)
        typed_account = who;
}

bool Desk::type(const char16_t *text, std::size_t size)
{
    pin.clear();
    typed.clear();
    if (shown == Shown::password) {
        typed.assign(text, size);
        return false;
    }
    if (!asks_pin(shown) || checking || size > Pin::most)
        return false;
    for (std::size_t i = 0; i < size; i++)
        if (text[i] < u'0' || text[i] > u'9')
            return false;
    for (std::size_t i = 0; i < size; i++)
        pin.data()[i] = static_cast<char>(text[i]);
    pin.resize(size);
    return length != 0 && size == length && send_pin();
}

bool Desk::send_pin()
{
    if (!asks_pin(shown) || checking || pin.size() < shortest_pin || (length != 0 && pin.size() != length))
        return false;
    Secret<char, 4 + Pin::most> line;
    std::memcpy(line.data(), "PIN\t", 4);
    std::memcpy(line.data() + 4, pin.data(), pin.size());
    line.resize(4 + pin.size());
    say({ line.data(), line.size() });
    pin.clear();
    checking = true;
    return true;
}

void Desk::cancel()
{
    forget_typed();
    if (!ready)
        return;
    if (shown == Shown::password)
        shown = Shown::idle;
    say("CANCEL");
}

void Desk::stop_checking()
{
    checking = false;
    say("CANCEL");
}

bool Desk::redeem()
{
    if (grant.ticket.size == 0 || asked.size + held.size > 0)
        return false;
    /* A result that did not come by now never will. */
    spent.size = 0;
    asked = grant.ticket;
    account = grant.account;
    grant.ticket.size = 0;
    opening = true;
    used[next_used] = asked;
    next_used = (next_used + 1) % std::size(used);
    char line[8 + sizeof asked.bytes] = "REDEEM\t";
    std::memcpy(line + 7, asked.bytes, asked.size);
    say({ line, 7 + asked.size });
    return true;
}

void Desk::abandon()
{
    opening = opening && asked.size == 0;
    asked.size = 0;
}

bool Desk::spend(Password &password)
{
    if (held.size == 0)
        return false;
    password.take(credential);
    spent = held;
    held.size = 0;
    return true;
}

bool Desk::spend_typed(Password &password)
{
    if (shown != Shown::password || whose_password().user.size == 0 || typed.empty())
        return false;
    password.assign(typed.data(), typed.size());
    captured_account = whose_password();
    captured.take(typed);
    awaits_capture = true;
    return true;
}

void Desk::report(std::uint32_t status, std::uint32_t substatus)
{
    if (awaits_capture) {
        awaits_capture = false;
        if (status == 0) {
            Encoded secret;
            encode(captured, secret);
            Secret<char, 16 + 2 * sizeof name.bytes + Encoded::most> line;
            std::size_t size = 0;
            for (const std::string_view part : { std::string_view("CAPTURE\t"), captured_account.user.view(), std::string_view("\t"), captured_account.domain.view(), std::string_view("\t"),
                                                 std::string_view(secret.data(), secret.size()) }) {
                std::memcpy(line.data() + size, part.data(), part.size());
                size += part.size();
            }
            line.resize(size);
            say({ line.data(), line.size() });
            shown = Shown::idle;
        }
        captured.clear();
        return;
    }
    if (spent.size == 0)
        return;
    char line[8 + sizeof spent.bytes + 18] = "RESULT\t";
    std::size_t size = 7;
    std::memcpy(line + size, spent.bytes, spent.size);
    size += spent.size;
    for (const std::uint32_t one : { status, substatus }) {
        line[size++] = '\t';
        for (int shift = 28; shift >= 0; shift -= 4)
            line[size++] = "0123456789ABCDEF"[one >> shift & 15];
    }
    say({ line, size });
    spent.size = 0;
    opening = false;
    if (is_stale(status, substatus))
        ask_password();
}

void Desk::ask_password()
{
    shown = Shown::password;
    checking = false;
    asked_account = account;
    forget_typed();
}

void Desk::forget_typed()
{
    pin.clear();
    typed.clear();
    typed_account.user.size = 0;
}

void Desk::forget_old()
{
    credential.clear();
    captured.clear();
    held.size = 0;
    opening = awaits_capture = false;
}

} // namespace tapward
