/*
 * Tiles' lines and the agent's offers come in; a password goes out for a grant that waits, once, to the console's own logon
 * screen: provider_door.h.
 */
#include "provider_door.h"

#include "../base64.h"
#include "host.h"

namespace tapward {

namespace {

constexpr ULONGLONG longest_offer = 30000, longest_window = 24 * 3600000ull;

Pipe::Rules rules_for(const std::wstring &self)
{
    return { L"\\\\.\\pipe\\tapward-cp", L"O:SYD:P(A;;GA;;;SY)(A;;GA;;;" + self + L")", from_provider, sizeof from_provider / sizeof *from_provider, 200 };
}

} // namespace

ProviderDoor::ProviderDoor(Host &owner) : host(owner)
{
    for (size_t i = 0; i < most; i++)
        pipes.push_back(std::make_unique<Pipe>(owner.port, rules_for(owner.self), i == 0, most, *this));
    if (!pipes[0]->stands())
        host.tell("TW2002 Another program has our pipe's name: restart the computer, and have it looked at for malware if this comes again.", GetLastError());
}

ProviderDoor::Tile &ProviderDoor::tile_of(const Pipe &pipe)
{
    for (size_t i = 0; i < most; i++)
        if (pipes[i].get() == &pipe)
            return tiles[i];
    return tiles[0];
}

bool ProviderDoor::counts(const Tile &tile) const
{
    return tile.here && tile.session == console_session();
}

bool ProviderDoor::hello(Pipe &pipe, const Line &line)
{
    const auto &[version, session, usage] = std::tie(line.fields[0], line.fields[1], line.fields[2]);
    static_cast<void>(version);
    /* It may not say to be at another screen than it is. */
    if (pipe.peer().sid != host.self || pipe.peer().session != number_of(session) || (usage != "logon" && usage != "unlock")) {
        host.tell("TW2009 A program that is no logon screen came to the logon screen's pipe, and was sent away.", pipe.peer().process);
        return false;
    }
    Tile &tile = tile_of(pipe);
    tile = { pipe.peer().session, std::string(usage), true, false };
    pipe.say({ "READY", pipe.ticket() });
    host.agent.say({ "TILE", std::to_string(tile.session), tile.usage });
    console_changed();
    return true;
}

bool ProviderDoor::said(Pipe &pipe, const Line &line)
{
    Tile &tile = tile_of(pipe);
    const std::string session = std::to_string(tile.session);

    if (line.verb == "PIN") {
        if (!counts(tile) || (what != "pin" && what != "wrong"))
            return false;
        host.agent.say({ "PIN", session, line.fields[0] });
    } else if (line.verb == "CANCEL") {
        if (counts(tile))
            host.agent.say({ "CANCEL", session });
    } else if (line.verb == "REDEEM") {
        redeem(pipe, line.fields[0]);
    } else if (line.verb == "RESULT") {
        result(pipe, line);
    } else if (line.verb == "CAPTURE") {
        return capture(tile, line);
    }
    return true;
}

void ProviderDoor::gone(Pipe &pipe)
{
    Tile &tile = tile_of(pipe);
    host.agent.say({ "TILE", std::to_string(tile.session), "gone" });
    tile = Tile();
}

void ProviderDoor::say_to_all(std::initializer_list<std::string_view> fields)
{
    for (size_t i = 0; i < most; i++)
        if (counts(tiles[i]))
            pipes[i]->say(fields);
}

void ProviderDoor::show(std::string_view screen, std::string_view count, std::string_view whose)
{
    what = screen;
    number = count;
    name = whose;
    say_to_all({ "SHOW", what, number, name });
}

void ProviderDoor::console_changed()
{
    for (size_t i = 0; i < most; i++)
        if (tiles[i].here && !counts(tiles[i]))
            pipes[i]->say({ "SHOW", "idle", "0", "" });
    say_to_all({ "SHOW", what, number, name });
    announce();
}

void ProviderDoor::introduce()
{
    for (const auto &tile : tiles)
        if (tile.here)
            host.agent.say({ "TILE", std::to_string(tile.session), tile.usage });
}

/* The ticket is this connection's: one that was heard elsewhere, or before, is worth nothing. */
void ProviderDoor::announce()
{
    for (size_t i = 0; i < most && current.state == Offer::State::waiting; i++)
        if (counts(tiles[i]))
            pipes[i]->say({ "GRANT", pipes[i]->ticket() + current.ticket, current.domain, current.user });
}

void ProviderDoor::offer(const Line &line)
{
    const auto &field = line.fields;
    unsigned char share[longest_share];
    const bool by_share = field[5] != "-";
    const long size = by_share ? decode_base64(field[5], share, sizeof share) : 0;
    const ULONGLONG life = number_of(field[4]);

    withdraw("revoked");
    current = Offer();
    current.grant = field[0];
    current.session = static_cast<DWORD>(number_of(field[1]));
    current.domain = field[2];
    current.user = field[3];
    current.account = account_of(field[2], field[3]);
    current.until = station_time() + (life < longest_offer ? life : longest_offer);
    current.by_share = by_share;
    current.ticket = "." + std::to_string(++tickets);
    const Standing standing = host.store.standing(current.account);
    const char *why = current.session != 0 && current.session != console_session() ? "notConsole" : standing == Standing::stale ? "stale" : standing == Standing::none ? "noSecret" : nullptr;
    if (by_share && size > 0) {
        /* Where nothing usable is kept, her share waits for the password she is asked to type: it is sealed with both. */
        const bool waits = why != nullptr && standing != Standing::sealed;
        if (!host.kept.put(waits ? Purpose::capture : Purpose::offer, current.account, share, static_cast<size_t>(size), waits ? station_time() + longest_capture : current.until))
            why = "broken";
    } else if (why == nullptr) {
        unsigned char key[Kept::most];
        if (by_share || host.kept.get(Purpose::window, current.account, key) == 0)
            why = "noSecret";
        wipe(key, sizeof key);
    }
    wipe(share, sizeof share);
    if (why != nullptr) {
        host.kept.drop(Purpose::offer, current.account);
        host.agent.say({ "REFUSED", current.grant, why });
        current = Offer();
        return;
    }
    current.state = Offer::State::waiting;
    announce();
}

void ProviderDoor::withdraw(std::string_view why)
{
    if (current.state != Offer::State::waiting)
        return;
    for (size_t i = 0; i < most; i++)
        if (tiles[i].here)
            pipes[i]->say({ "REVOKED", pipes[i]->ticket() + current.ticket });
    host.kept.drop(Purpose::offer, current.account);
    host.agent.say({ "REFUSED", current.grant, why });
    current = Offer();
}

void ProviderDoor::revoke(std::string_view grant)
{
    if (current.grant == grant)
        withdraw("revoked");
}

void ProviderDoor::keep(const std::wstring &account, ULONGLONG until)
{
    const ULONGLONG latest = station_time() + longest_window;
    drop(account);
    if (windows.size() < 64)
        windows.push_back({ account, until < latest ? until : latest });
}

void ProviderDoor::drop(const std::wstring &account)
{
    for (size_t i = windows.size(); i-- > 0;)
        if (account.empty() || windows[i].account == account) {
            host.kept.drop(Purpose::window, windows[i].account);
            windows.erase(windows.begin() + static_cast<std::ptrdiff_t>(i));
        }
}

void ProviderDoor::agent_gone()
{
    withdraw("broken");
    current = Offer();
    windows.clear();
    show("away", "0", "");
}

void ProviderDoor::confirmed(const std::wstring &account)
{
    if (current.state == Offer::State::redeemed && current.account == account)
        host.store.mark_good(account);
}

void ProviderDoor::look(ULONGLONG now)
{
    for (const auto &pipe : pipes)
        pipe->look(now);
    if (current.state == Offer::State::waiting && now >= current.until)
        withdraw("expired");
    for (size_t i = windows.size(); i-- > 0;)
        if (now >= windows[i].until)
            drop(std::wstring(windows[i].account));
}

} // namespace tapward
