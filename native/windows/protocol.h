/*
 * Bytes of a pipe come in, whole lines whose verb, number of fields and every field hold to the grammar below go out.
 *
 * Shared by the service host, the credential provider and their tests; without a Windows header, so that it is compiled,
 * fuzzed and run under sanitizers anywhere. Nothing here allocates, and nothing that came in outlives its line.
 *
 * Grammar. A line is a verb and its fields, separated by TAB, in UTF-8, ended by LF, at most 65536 bytes with the LF.
 * Every field is always there; where there is nothing to say a number is 0, a text is empty and an `optional` is `-`.
 * A line outside the grammar ends the connection, on either side, without an answer.
 *
 *   number   1 to 10 decimal digits                       status   1 to 8 hexadecimal digits (an NTSTATUS)
 *   ticket   1 to 64 of A-Z a-z 0-9 . -                   text     at most 256 bytes, no control character
 *   digits   4 to 12 decimal digits: a PIN                secret   base64 of at most 1536 bytes
 *   word     1 to 24 letters                              optional a secret, or `-`
 *   letter   base64 of at most 45 kB, which the host hands on unread
 *
 * Credential provider (\\.\pipe\tapward-cp, SYSTEM only)
 *   > HELLO 1 <windows session: number> <logon|unlock: word>    first, once
 *   < READY <nonce: ticket>                                     every grant of this connection begins with the nonce
 *   < SHOW <what: word> <number> <display name: text>           idle|blocked|password: 0; pin: its length; wait: seconds;
 *                                                               wrong: tries left; away: 0, no agent answers, passwords work
 *   > PIN <digits>                                              only while `SHOW pin` or `SHOW wrong` stands
 *   > CANCEL
 *   < GRANT <ticket> <domain: text> <user: text>                a grant waits: raise CredentialsChanged
 *   < REVOKED <ticket>                                          it waits no more
 *   > REDEEM <ticket>                                           once; answered by CREDENTIAL or REFUSED
 *   < CREDENTIAL <ticket> <password: secret>                    UTF-16LE without an ending zero
 *   < REFUSED <ticket> <why: word>                              used|unknown|revoked|expired|stale|noSecret|notConsole|broken
 *   > RESULT <ticket> <status> <substatus: status>              what ReportResult said
 *   > CAPTURE <user: text> <domain: text> <password: secret>    after a logon by password at our own tile, once
 *
 * Face (\\.\pipe\tapward-face-<session>, SYSTEM and that session's user)
 *   > HELLO 1 <windows session: number> face
 *   < READY <nonce: ticket>
 *   > BEAT <covered|open: word>                                 twice a second; 1.75 s without one ends the session's console
 *   < LOCK                                                      call LockWorkStation
 *   > LOCKED <number>                                           its error code; 0: it said yes, which confirms nothing
 *   > SAY <letter>   < TELL <letter>                            the face's own conversation with the agent
 *
 * Session helper (\\.\pipe\tapward-helper-<session>, SYSTEM and that session's user)
 *   > HELLO 1 <windows session: number> helper
 *   < READY <nonce: ticket>
 *   < LOCK   > LOCKED <number>                                  as above; where a helper is there, no face is asked
 *   > SAY <letter>   < TELL <letter>                            the helper's own conversation with the agent
 *
 * Agent (\\.\pipe\tapward-agent, SYSTEM and the agent's own SID)
 *   > HELLO 1 0 agent
 *   < READY <nonce: ticket>
 *   < SESSIONS <number: how many follow> <console: number> <sealing: word>   sealing: tpm|software|none
 *   < SESSION <id: number> <epoch: ticket> <state: word> <lock: word> <local|remote: word> <domain: text> <user: text>
 *                                                               state: active|background|closing; lock: locked|unlocked|unknown
 *   < EVENT <session: number> <what: word>                      what the system reported, in its own words (camelCase of WTS_*)
 *   < SLEEP   < WOKE
 *   > LOCK|DISCONNECT|CONNECT|LOGOFF <session: number>
 *   < ASKED <verb: word> <session: number> <number>             the call was made; 0 or its error code: never a confirmation
 *   > KIOSK <session: number>                                   from now on this session's console needs the beats of a face
 *   > OFFER <grant: ticket> <session: number> <domain: text> <user: text> <milliseconds: number> <share: optional>
 *                                                               session 0: whichever shows the logon screen; `-`: the kept key
 *   > REVOKE <grant: ticket>
 *   < REDEEMED <grant: ticket>   < RESULT <grant: ticket> <status> <substatus: status>   < REFUSED <grant: ticket> <why: word>
 *   > KEEP <domain: text> <user: text> <milliseconds: number>   a window: the record's key is kept from the next redemption with a
 *                                                               share on, at most so long
 *   > DROP <domain: text> <user: text>                          her window has ended; both empty: everybody's
 *   > PART <session: number> <face|helper: word>                it is put out
 *   > WHO <face|helper: word>                                   answered by `here` for each that is there, as a greeting is
 *   > SHOW <what: word> <number> <display name: text>           for the tile
 *   < TILE <session: number> <logon|unlock|gone: word>   < PIN <session: number> <digits>   < CANCEL <session: number>
 *   < SEALED <domain: text> <user: text>   < FACE <session: number> <here|covered|open|silent|gone: word>
 *   < SAY <session: number> <letter>   > TELL <session: number> <letter>       a face's letters, and those to it
 *   < HELPER <session: number> <here|gone: word>
 *   < HELPED <session: number> <letter>   > HELP <session: number> <letter>    a helper's, and those to it
 */
#ifndef TAPWARD_PROTOCOL_H
#define TAPWARD_PROTOCOL_H

#include <cstddef>
#include <string_view>

namespace tapward {

constexpr std::size_t longest_line = 65536;
constexpr std::size_t most_fields = 7;

/* `kinds` has one letter per field: the first letter of its kind above, but x for status, g for ticket, o for optional, m for letter. */
struct Shape {
    std::string_view verb, kinds;
};

/* What each end may say. The other end knows no other line. */
constexpr Shape from_provider[] = { { "HELLO", "nnw" }, { "PIN", "d" }, { "CANCEL", "" }, { "REDEEM", "g" }, { "RESULT", "gxx" }, { "CAPTURE", "tts" } };
constexpr Shape to_provider[] = { { "READY", "g" }, { "SHOW", "wnt" }, { "GRANT", "gtt" }, { "REVOKED", "g" }, { "CREDENTIAL", "gs" }, { "REFUSED", "gw" } };
constexpr Shape from_face[] = { { "HELLO", "nnw" }, { "BEAT", "w" }, { "LOCKED", "n" }, { "SAY", "m" } };
constexpr Shape from_helper[] = { { "HELLO", "nnw" }, { "LOCKED", "n" }, { "SAY", "m" } };
constexpr Shape from_agent[] = { { "HELLO", "nnw" },     { "LOCK", "n" },   { "DISCONNECT", "n" }, { "CONNECT", "n" }, { "LOGOFF", "n" }, { "KIOSK", "n" },
                                 { "OFFER", "gnttno" }, { "REVOKE", "g" }, { "KEEP", "ttn" },     { "DROP", "tt" },   { "SHOW", "wnt" },  { "TELL", "nm" },
                                 { "HELP", "nm" },  { "PART", "nw" }, { "WHO", "w" } };

/* A line that holds to the grammar. The views point into the bytes it was parsed from. */
struct Line {
    std::string_view verb;
    std::string_view fields[most_fields];
    std::size_t count = 0;
};

/* True for bytes that are a field of this kind. */
bool is_field(char kind, std::string_view field);

/* `text` is one line without its LF; false, and nothing in `line`, where no shape of the table has this verb and these fields. */
bool parse(const Shape *table, std::size_t shapes, std::string_view text, Line &line);

template <std::size_t N> bool parse(const Shape (&table)[N], std::string_view text, Line &line)
{
    return parse(table, N, text, line);
}

/* 1 to 10 digits as is_field('n') has seen them; above 32 bits the largest. */
unsigned long number_of(std::string_view field);

/* Bytes in, lines out, in one buffer of fixed size that is overwritten as it is read and at its end. */
class LineBuffer {
public:
    LineBuffer() = default;
    LineBuffer(const LineBuffer &) = delete;
    LineBuffer &operator=(const LineBuffer &) = delete;
    ~LineBuffer();

    /* Forgets all of it, for the next peer. */
    void clear();
    /* Where the next bytes go, and how many fit: more than 0 once `next` has said `none`. */
    char *room() { return bytes + filled; }
    std::size_t space() const { return sizeof bytes - filled; }
    void add(std::size_t count) { filled += count; }

    enum class Next { line, none, tooLong };
    /* The next whole line without its LF. It holds until the next call, which overwrites it. Each byte is looked at once. */
    Next next(std::string_view &line);

private:
    char bytes[longest_line];
    /* Before `passed` all is overwritten, before `taken` handed out; between `taken` and `searched` there is no LF. */
    std::size_t filled = 0, passed = 0, taken = 0, searched = 0;
};

/* Overwrites, and is not optimised away. */
void wipe(void *place, std::size_t size);

} // namespace tapward

#endif
