/*
 * Bytes come in, as a hostile host or a hasty hand would choose them; a desk is driven with them on this machine, under
 * sanitizers, and whatever must never happen ends the program. By libFuzzer, or alone: `desk SEED ROUNDS`.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../../../native/windows/provider/tile.h"

using namespace tapward;

namespace {

void must(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

/* What a host and a person do, a byte each, with the bytes after it as their text. */
class Play {
public:
    Play(const std::uint8_t *from, std::size_t count) : bytes(from), left(count) {}

    void run()
    {
        desk.connected(1, true);
        read_outgoing();
        while (left > 0)
            step(next());
    }

private:
    std::uint8_t next() { return left == 0 ? 0 : (left--, *bytes++); }

    std::string text()
    {
        std::size_t size = next();
        size = size < left ? size : left;
        const std::string taken(reinterpret_cast<const char *>(bytes), size);
        bytes += size;
        left -= size;
        return taken;
    }

    void hear(const std::string &line)
    {
        now += 7;
        if (desk.hear(line, now))
            return;
        desk.lost();
        must(!desk.is_held() && !desk.is_redeeming() && desk.waiting().empty() && !desk.keeps_secret() && desk.outgoing().empty(), "a lost connection leaves something");
        Password none;
        must(!desk.spend(none) && !desk.spend_typed(none), "a credential of a lost connection");
        asked.clear();
        greeted = false;
        desk.connected(7, false);
        read_outgoing();
    }

    /* Every line for the host holds to the grammar; a PIN is only said while one is asked. */
    void read_outgoing()
    {
        std::string_view all = desk.outgoing();
        while (!all.empty()) {
            const std::size_t end = all.find('\n');
            must(end != std::string_view::npos, "a line without an end");
            Line line;
            must(parse(from_provider, all.substr(0, end), line), "a line outside the grammar");
            if (line.verb == "REDEEM") {
                must(asked.empty() && redeemed.find("\n" + std::string(line.fields[0]) + "\n") == std::string::npos, "a ticket redeemed twice");
                asked = line.fields[0];
                redeemed += "\n" + asked + "\n";
            }
            if (line.verb == "CAPTURE")
                must(may_capture, "a capture without a logon");
            may_capture = may_capture && line.verb != "CAPTURE";
            all.remove_prefix(end + 1);
        }
        desk.sent();
    }

    void step(std::uint8_t what)
    {
        static const char *const lines[] = { "READY\tn", "SHOW\tidle\t0\t", "SHOW\tpin\t6\tSam", "SHOW\twrong\t3\tSam", "SHOW\twait\t30\tSam", "SHOW\tpassword\t0\tSam", "SHOW\tblocked\t0\tSam", "SHOW\taway\t0\t" };
        static const char16_t *const typed[] = { u"123456", u"1234", u"", u"12a", u"a password", u"1234567890123" };
        const std::string ticket = "n." + std::to_string(what / 16 == 15 ? tickets : ++tickets);
        Password password;
        bool wanted = false;
        switch (what % 16) {
        case 0:
            redeemed = greeted ? redeemed : "";
            greeted = true;
            hear(lines[0]);
            break;
        case 1:
            hear(lines[what / 16 % 8]);
            break;
        case 2:
            hear(text());
            break;
        case 3:
            hear("GRANT\t" + ticket + "\tCLINIC\tsam");
            break;
        case 4:
            wanted = !asked.empty() && desk.is_redeeming();
            hear("CREDENTIAL\t" + (what / 16 == 7 ? ticket : asked.empty() ? "n.1" : asked) + "\tcABhAHMAcwA=");
            must(wanted || !desk.is_held() || what / 16 == 7 || held, "a credential nobody asked for");
            held = desk.is_held();
            asked.clear();
            break;
        case 5:
            hear("REFUSED\t" + (asked.empty() ? "n.1" : asked) + (what / 16 % 2 == 0 ? "\tstale" : "\texpired"));
            asked.clear();
            break;
        case 6:
            hear("REVOKED\t" + ticket);
            break;
        case 7:
            desk.type(typed[what / 16 % 6], std::char_traits<char16_t>::length(typed[what / 16 % 6]));
            break;
        case 8:
            desk.send_pin();
            break;
        case 9:
            desk.cancel();
            break;
        case 10:
            must(!desk.redeem() || desk.is_redeeming(), "asked for nothing");
            break;
        case 11:
            desk.abandon();
            asked.clear();
            break;
        case 12:
            wanted = desk.is_held();
            must(desk.spend(password) == wanted && (!wanted || password.size() == 4), "spent what was not held");
            must(!desk.spend(password), "spent twice");
            held = false;
            break;
        case 13:
            if (desk.spend_typed(password))
                may_capture = true;
            must(!desk.spend_typed(password), "typed once, spent twice");
            break;
        case 14:
            desk.report(what / 16 % 2 == 0 ? 0 : 0xC000006D, 0);
            break;
        default: {
            Account account;
            account.user.assign(what / 16 % 2 == 0 ? "ana" : "");
            desk.name_user(account);
            desk.forget_typed();
            break;
        }
        }
        read_outgoing();
        const Sight sight = desk.sight(now);
        const TileView view = tile(sight, { what % 2 == 0 ? u"4321" : u"", what % 3 == 0 ? Language::es : Language::en, what % 5 == 0, what % 7 == 0 });
        for (const Field field : { user_field, pin_field, password_field })
            must(view.fields[field].text.empty(), "typed text is shown");
        must(!view.fields[heading].text.empty() && !view.fields[line].text.empty(), "a tile without words");
        must(!view.fields[pin_field].shows || !view.fields[password_field].shows, "two fields at once");
    }

    const std::uint8_t *bytes;
    std::size_t left;
    Desk desk;
    std::uint64_t now = 0;
    std::string asked, redeemed;
    unsigned tickets = 0;
    bool held = false, may_capture = false, greeted = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size)
{
    Play(bytes, size).run();
    return 0;
}

#ifndef TAPWARD_FUZZER
int main(int count, char **words)
{
    std::uint64_t state = count > 1 ? std::strtoull(words[1], nullptr, 10) : 1;
    const unsigned long rounds = count > 2 ? std::strtoul(words[2], nullptr, 10) : 1000;
    for (unsigned long round = 0; round < rounds; round++) {
        std::uint8_t bytes[512];
        for (std::uint8_t &byte : bytes) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            byte = static_cast<std::uint8_t>(state >> 56);
        }
        bytes[0] = 0;
        Play(bytes, sizeof bytes).run();
    }
    std::printf("played %lu\n", rounds);
    return 0;
}
#endif
