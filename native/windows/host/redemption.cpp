/*
 * A ticket or a typed password comes in from a logon screen; the kept password goes out once, or the typed one to its seal:
 * the part of provider_door.h in which secrets pass.
 */
#include "../base64.h"
#include "host.h"

namespace tapward {

namespace {

/* Overwritten when it goes out of scope. */
template <size_t N> struct Bytes {
    unsigned char value[N];
    ~Bytes() { wipe(value, N); }
};

} // namespace

void ProviderDoor::redeem(Pipe &pipe, std::string_view ticket)
{
    const bool ours = current.state != Offer::State::none && ticket == pipe.ticket() + current.ticket;
    const char *why = !ours                                        ? "unknown"
                      : current.state == Offer::State::redeemed    ? "used"
                      : station_time() >= current.until            ? "expired"
                      : !counts(tile_of(pipe)) || (current.session != 0 && current.session != console_session()) ? "notConsole"
                                                                   : nullptr;
    if (why != nullptr)
        return pipe.say({ "REFUSED", ticket, why });
    why = hand_out(pipe);
    if (why == nullptr)
        return;
    pipe.say({ "REFUSED", ticket, why });
    withdraw(why);
}

const char *ProviderDoor::hand_out(Pipe &pipe)
{
    Bytes<Kept::most> key, share;
    Bytes<longest_password> password;
    Bytes<4 * (longest_password / 3 + 1)> text;
    size_t share_size = 0;

    if (current.by_share) {
        share_size = host.kept.get(Purpose::offer, current.account, share.value);
        if (share_size == 0 || !host.store.key_of(current.account, share.value, share_size, key.value))
            return "broken";
    } else if (host.kept.get(Purpose::window, current.account, key.value) != 32) {
        return "noSecret";
    }
    const size_t size = host.store.open(current.account, key.value, password.value);
    /* Before it is tried: were it wrong, it would not be tried again, whatever becomes of us or of the answer. */
    if (!host.store.mark_tried(current.account))
        return "broken";
    if (size == 0) {
        /* Her PIN was changed since: the password she is asked for now is sealed with the new one. */
        static_cast<void>(host.kept.put(Purpose::capture, current.account, share.value, share_size, station_time() + longest_capture));
        return "stale";
    }
    for (const auto &window : windows)
        if (current.by_share && window.account == current.account)
            static_cast<void>(host.kept.put(Purpose::window, current.account, key.value, 32, window.until)); /* no room: her next tap asks for her PIN */
    host.kept.drop(Purpose::offer, current.account);
    current.state = Offer::State::redeemed;
    host.opened(current.account, tile_of(pipe).session);
    /* The agent first: it must not open for anybody else any more. */
    host.agent.say({ "REDEEMED", current.grant });
    const size_t length = encode_base64(password.value, size, reinterpret_cast<char *>(text.value));
    pipe.say({ "CREDENTIAL", pipe.ticket() + current.ticket, { reinterpret_cast<const char *>(text.value), length } });
    return nullptr;
}

void ProviderDoor::result(const Pipe &pipe, const Line &line)
{
    const auto &[ticket, status, substatus] = std::tie(line.fields[0], line.fields[1], line.fields[2]);
    if (current.state != Offer::State::redeemed || current.answered || ticket != pipe.ticket() + current.ticket)
        return;
    current.answered = true;
    host.agent.say({ "RESULT", current.grant, status, substatus });
    if (status.find_first_not_of('0') == std::string_view::npos) {
        host.store.mark_good(current.account);
    } else {
        host.kept.drop(current.account);
        current = Offer();
    }
}

/* Only at the console, only while a password is asked for, only of the person whose proof the agent has just sent, once. */
bool ProviderDoor::capture(Tile &tile, const Line &line)
{
    const auto &[user, domain, secret] = std::tie(line.fields[0], line.fields[1], line.fields[2]);
    const std::wstring account = account_of(domain, user);
    Bytes<Kept::most> share;
    Bytes<longest_password> password;

    if (!counts(tile) || tile.captured)
        return false;
    tile.captured = true;
    const size_t share_size = host.kept.get(Purpose::capture, account, share.value);
    const long size = decode_base64(secret, password.value, sizeof password.value);
    host.kept.drop(Purpose::capture, account);
    if (share_size == 0 || size <= 0)
        return true;
    if (!host.store.seal(account, password.value, static_cast<size_t>(size), share.value, share_size)) {
        host.tell("TW2014 A password could not be sealed: see whether the disk is full and the TPM is on.", GetLastError());
        return true;
    }
    host.agent.say({ "SEALED", domain, user });
    return true;
}

} // namespace tapward
