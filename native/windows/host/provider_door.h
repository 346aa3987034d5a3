/*
 * What credential providers in LogonUI say comes in; one grant at a time waits here, and the password it stands for goes out once.
 */
#ifndef TAPWARD_PROVIDER_DOOR_H
#define TAPWARD_PROVIDER_DOOR_H

#include <memory>
#include <vector>

#include "pipe.h"

namespace tapward {

class Host;

/* How long a share waits for the password its owner is asked to type. */
constexpr ULONGLONG longest_capture = 600000;

class ProviderDoor : public Listener {
public:
    explicit ProviderDoor(Host &host);
    bool hello(Pipe &pipe, const Line &line) override;
    bool said(Pipe &pipe, const Line &line) override;
    void gone(Pipe &pipe) override;

    /* OFFER of the agent: the newest one counts, and a grant is offered once. */
    void offer(const Line &line);
    void revoke(std::string_view grant);
    void keep(const std::wstring &account, ULONGLONG until);
    /* Empty: everybody's. */
    void drop(const std::wstring &account);
    void show(std::string_view what, std::string_view number, std::string_view name);
    /* Which tiles there are, for an agent that has just come. */
    void introduce();
    void agent_gone();
    /* Another session may be at the console now. */
    void console_changed();
    /* Windows itself said that this account logged on or unlocked: what was tried was right. */
    void confirmed(const std::wstring &account);
    void look(ULONGLONG now);

private:
    static constexpr size_t most = 4;
    struct Tile {
        DWORD session = 0;
        std::string usage;
        bool here = false, captured = false;
    };
    struct Offer {
        enum class State { none, waiting, redeemed } state = State::none;
        std::string grant, domain, user, ticket;
        std::wstring account;
        DWORD session = 0;
        ULONGLONG until = 0;
        bool by_share = false, answered = false;
    };
    struct Window {
        std::wstring account;
        ULONGLONG until;
    };
    /* One that shows the console's logon screen: no other is told anything of a grant or a PIN. */
    bool counts(const Tile &tile) const;
    Tile &tile_of(const Pipe &pipe);
    void announce();
    /* `why` to the agent, REVOKED to the tiles. */
    void withdraw(std::string_view why);
    void redeem(Pipe &pipe, std::string_view ticket);
    /* A word of REFUSED, or null and the password went out. */
    const char *hand_out(Pipe &pipe);
    void result(const Pipe &pipe, const Line &line);
    bool capture(Tile &tile, const Line &line);
    void say_to_all(std::initializer_list<std::string_view> fields);

    Host &host;
    std::vector<std::unique_ptr<Pipe>> pipes;
    Tile tiles[most];
    Offer current;
    std::vector<Window> windows;
    std::string what = "away", number = "0", name;
    unsigned tickets = 0;
};

} // namespace tapward

#endif
