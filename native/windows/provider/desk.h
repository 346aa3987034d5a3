/*
 * Lines of the host and what a person does at the tile come in; what the tile shows, lines for the host and at most one
 * credential per grant go out. Pure: no thread, no clock, no Windows header; whoever calls holds the lock.
 *
 * A grant goes waiting -> asked (REDEEM was sent) -> held (CREDENTIAL came) -> spent (given to LogonUI) -> reported. Each
 * step happens once. A line that may not come now ends the connection, and with it every grant and secret of it.
 */
#ifndef TAPWARD_DESK_H
#define TAPWARD_DESK_H

#include <cstdint>
#include <string_view>

#include "password.h"

namespace tapward {

/* A short text that is no secret: an account, a display name, a ticket. */
struct Text {
    char bytes[256] = {};
    std::size_t size = 0;
    void assign(std::string_view from);
    std::string_view view() const { return { bytes, size }; }
};

struct Account {
    Text domain, user;
};

/* `lost`: no host at all; `away`: the host is there, the agent is not. */
enum class Shown { lost, idle, pin, wrong, wait, blocked, password, away };

/* What the tile needs to know; nothing secret. */
struct Sight {
    Shown shown = Shown::lost;
    /* The PIN's length (0: not known), tries left or seconds to wait. */
    unsigned long length = 0, left = 0, seconds = 0;
    Text name;
    /* A grant waits to be redeemed, or its credential is held. */
    bool granted = false;
    /* The PIN was sent and is not answered. */
    bool checking = false;
    /* A credential is on its way, or LogonUI has it; until the host shows something else. */
    bool opening = false;
    /* Whose password is asked is known: no user name has to be typed. */
    bool account = false;
};

/* NTSTATUS of a logon whose password is no longer good: it is never tried a second time. */
bool is_stale(std::uint32_t status, std::uint32_t substatus);

class Desk {
public:
    /* A connection begins: READY is due. */
    void connected(unsigned long session, bool unlocks);
    /* It ended, by whomever: every grant and every secret of it is gone. */
    void lost();
    /* One line of the host without its LF, at this many milliseconds; false: the connection must end. */
    bool hear(std::string_view line, std::uint64_t now);

    Sight sight(std::uint64_t now) const;
    /* The ticket that waits; empty: none. */
    std::string_view waiting() const { return grant.ticket.view(); }
    /* Whose tile it is: the waiting grant's account, or that of the last one redeemed. */
    const Account &whose() const { return grant.ticket.size > 0 ? grant.account : account; }
    /* The account of the last grant that was redeemed. */
    const Account &whose_last() const { return account; }
    /* Who signs in with a password: the person whose grant had none that was good, or who was typed. */
    const Account &whose_password() const { return asked_account.user.size > 0 ? asked_account : typed_account; }
    bool shows_password() const { return shown == Shown::password; }
    bool is_checking() const { return checking; }
    bool awaits_result() const { return spent.size > 0; }
    bool is_greeted() const { return ready; }
    bool keeps_secret() const { return !credential.empty() || !captured.empty(); }
    bool is_redeeming() const { return !asked.view().empty(); }
    bool is_held() const { return !held.view().empty(); }

    /* Who was typed beside a password; nobody: no user yet. */
    void name_user(const Account &who);
    /* The field's whole text, as it is after each key. A PIN of the asked length sends itself; true where it was sent. */
    bool type(const char16_t *text, std::size_t size);
    /* Sends what is there; false where it is no PIN or none is asked. */
    bool send_pin();
    void cancel();
    /* Nobody answers the PIN: the host is told, and it may be typed again. */
    void stop_checking();
    /* Asks for the waiting grant's credential, once. */
    bool redeem();
    /* Whoever waited for an answer waits no more: one that comes now ends the connection. */
    void abandon();
    /* The credential of the held grant, once. */
    bool spend(Password &password);
    /* The typed password, for a logon of `whose_password`; one copy stays until its result, to be captured. */
    bool spend_typed(Password &password);
    /* What LogonUI said of the last credential. */
    void report(std::uint32_t status, std::uint32_t substatus);
    /* Wipes what was typed, as when the tile is left. */
    void forget_typed();
    /* Wipes a credential that nobody fetched, and a password whose result never came. */
    void forget_old();

    /* Lines to send; `sent` wipes them. */
    std::string_view outgoing() const { return { outbox.data(), outbox.size() }; }
    void sent() { outbox.clear(); }

private:
    bool hear_show(std::string_view what, unsigned long number, std::string_view name, std::uint64_t now);
    bool hear_grant(std::string_view ticket, std::string_view domain, std::string_view user);
    bool was_used(std::string_view ticket) const;
    void ask_password();
    void say(std::string_view line);

    Shown shown = Shown::lost;
    unsigned long length = 0, left = 0;
    std::uint64_t until = 0;
    Text name, nonce;
    /* Before it is redeemed a newer grant takes its place; afterwards only its ticket is needed, and the account it was for. */
    struct {
        Text ticket;
        Account account;
    } grant;
    Text asked, held, spent;
    Account account, asked_account, typed_account, captured_account;
    /* The last tickets that were redeemed: one of them again is a replay. */
    Text used[16];
    std::size_t next_used = 0;
    bool ready = false, checking = false, opening = false, awaits_capture = false;
    Pin pin;
    Password credential, typed, captured;
    Secret<char, 8192> outbox;
};

} // namespace tapward

#endif
