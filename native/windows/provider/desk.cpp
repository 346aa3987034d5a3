/* Lines and acts come in, sight, lines and at most one credential per grant go out: what desk.h declares. */
#include "desk.h"

#include <cstring>
#include <iterator>

namespace tapward {

namespace {

constexpr unsigned long shortest_pin = 4, longest_pin = 12;

struct Word {
    std::string_view word;
    Shown shown;
};
constexpr Word words[] = { { "idle", Shown::idle },       { "pin", Shown::pin },           { "wrong", Shown::wrong }, { "wait", Shown::wait },
                           { "blocked", Shown::blocked }, { "password", Shown::password }, { "away", Shown::away } };

bool asks_pin(Shown shown)
{
    return shown == Shown::pin || shown == Shown::wrong;
}

} // namespace

void Text::assign(std::string_view from)
{
    size = from.size() < sizeof bytes ? from.size() : sizeof bytes;
    std::memcpy(bytes, from.data(), size);
}

bool is_stale(std::uint32_t status, std::uint32_t substatus)
{
    /* STATUS_LOGON_FAILURE, PASSWORD_EXPIRED, PASSWORD_MUST_CHANGE, ACCOUNT_LOCKED_OUT; the reason of ACCOUNT_RESTRICTION stands in the substatus. */
    constexpr std::uint32_t stale[] = { 0xC000006D, 0xC0000071, 0xC0000224, 0xC0000234 };
    for (const std::uint32_t one : stale)
        if (status == one || (status == 0xC000006E && substatus == one))
            return true;
    return false;
}

void Desk::connected(unsigned long session, bool unlocks)
{
    lost();
    char line[48] = "HELLO\t1\t";
    char digits[10];
    std::size_t at = std::strlen(line), count = 0;
    do
        digits[count++] = static_cast<char>('0' + session % 10);
    while ((session /= 10) != 0 && count < sizeof digits);
    while (count > 0)
        line[at++] = digits[--count];
    std::strcpy(line + at, unlocks ? "\tunlock" : "\tlogon");
    say(line);
}

void Desk::lost()
{
    shown = Shown::lost;
    ready = checking = opening = awaits_capture = false;
    for (Text *const text : { &name, &nonce, &account.domain, &account.user, &asked_account.user, &typed_account.user, &captured_account.user, &grant.ticket, &asked, &held, &spent })
        text->size = 0;
    for (Text &text : used)
        text.size = 0;
    pin.clear();
    credential.clear();
    typed.clear();
    captured.clear();
    outbox.clear();
}

bool Desk::hear(std::string_view text, std::uint64_t now)
{
    Line line;
    if (!parse(to_provider, text, line))
        return false;
    if (line.verb == "READY") {
        if (ready)
            return false;
        ready = true;
        nonce.assign(line.fields[0]);
        shown = Shown::idle;
        return true;
    }
    if (!ready)
        return false;
    if (line.verb == "SHOW")
        return hear_show(line.fields[0], number_of(line.fields[1]), line.fields[2], now);
    if (line.verb == "GRANT")
        return hear_grant(line.fields[0], line.fields[1], line.fields[2]);
    if (line.verb == "REVOKED") {
        /* After REDEEM its answer decides; later still, it was redeemed and nothing takes that back. */
        if (grant.ticket.view() == line.fields[0])
            grant.ticket.size = 0;
        return true;
    }
    if (asked.view().empty() || asked.view() != line.fields[0])
        return false;
    if (line.verb == "CREDENTIAL") {
        if (!decode(line.fields[1], credential))
            return false;
        held = asked;
        asked.size = 0;
        return true;
    }
    /* REFUSED: the one verb that is left. */
    asked.size = 0;
    opening = false;
    if (line.fields[1] == "noSecret" || line.fields[1] == "stale")
        ask_password();
    return true;
}

bool Desk::hear_show(std::string_view what, unsigned long number, std::string_view who, std::uint64_t now)
{
    for (const Word &one : words) {
        if (one.word != what)
            continue;
        if (one.shown == Shown::pin && (number < shortest_pin || number > longest_pin))
            return false;
        /* The host's own word for what we ask already, for the same person: her account stays known. */
        if (one.shown != Shown::password || shown != Shown::password || name.view() != who)
            asked_account.user.size = 0;
        shown = one.shown;
        name.assign(who);
        checking = opening = false;
        forget_typed();
        if (shown == Shown::pin)
            length = number;
        else if (shown == Shown::wrong)
            left = number;
        else if (shown == Shown::wait)
            until = now + 1000ull * number;
        return true;
    }
    return false;
}

bool Desk::hear_grant(std::string_view ticket, std::string_view domain, std::string_view user)
{
    /* Told again while we ask for it: nothing new. */
    if (asked.size > 0 && asked.view() == ticket)
        return true;
    const bool ours = ticket.size() > nonce.size && ticket.substr(0, nonce.size) == nonce.view();
    if (!ours || user.empty() || was_used(ticket))
        return false;
    grant.ticket.assign(ticket);
    grant.account.domain.assign(domain);
    grant.account.user.assign(user);
    checking = false;
    return true;
}

bool Desk::was_used(std::string_view ticket) const
{
    for (const Text &one : used)
        if (one.view() == ticket)
            return true;
    return false;
}

Sight Desk::sight(std::uint64_t now) const
{
    Sight seen;
    seen.shown = shown;
    seen.length = length;
    seen.left = left;
    seen.seconds = shown == Shown::wait && until > now ? static_cast<unsigned long>((until - now + 999) / 1000) : 0;
    seen.name = name;
    seen.granted = grant.ticket.size + held.size > 0;
    seen.opening = opening;
    seen.checking = checking;
    seen.account = asked_account.user.size > 0;
    return seen;
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

void Desk::say(std::string_view line)
{
    /* A host that reads so little is none: what does not fit is not sent, and its answer never comes. */
    if (outbox.size() + line.size() + 1 > outbox.most)
        return;
    std::memcpy(outbox.data() + outbox.size(), line.data(), line.size());
    outbox.data()[outbox.size() + line.size()] = '\n';
    outbox.resize(outbox.size() + line.size() + 1);
}

} // namespace tapward
