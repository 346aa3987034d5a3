/* Lines of the host come in, sight goes out: the part of desk.h that listens. What a person does at it is in hands.cpp. */
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

} // namespace

void Text::assign(std::string_view from)
{
    size = from.size() < sizeof bytes ? from.size() : sizeof bytes;
    std::memcpy(bytes, from.data(), size);
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
