/* A DLL and a number of rounds come in; a host that misbehaves in every way is redeemed from, and what it cost goes out: what scene.h declares. */
#include "scene.h"

namespace {

const std::u16string secret = u"never";

struct Trouble {
    const char *name;
    /* The answer to REDEEM of this ticket; empty: none, ever. */
    std::string (*answer)(const std::string &ticket);
    bool hangs_up;
    /* Nothing ends the wait but her patience. */
    bool waits = false;
};

std::string good(const std::string &ticket)
{
    return "CREDENTIAL\t" + ticket + "\t" + base64_of(secret);
}

const Trouble troubles[] = {
    { "junk", [](const std::string &) { return std::string("HTTP/1.1 200 OK\r\n\r\n"); }, false },
    { "zeros", [](const std::string &) { return std::string(300, '\0') + "\n"; }, false },
    { "70 kB without an end", [](const std::string &) { return std::string(70000, 'A'); }, false },
    { "70 kB of credential", [](const std::string &ticket) { return "CREDENTIAL\t" + ticket + "\t" + std::string(70000, 'A') + "\n"; }, false },
    { "cut", [](const std::string &ticket) { return good(ticket).substr(0, good(ticket).size() / 2); }, true },
    { "all but its end", [](const std::string &ticket) { return good(ticket); }, true },
    { "nothing, and gone", [](const std::string &) { return std::string(); }, true },
    { "one field too many", [](const std::string &ticket) { return good(ticket) + "\tx\n"; }, false },
    { "one too few", [](const std::string &ticket) { return "CREDENTIAL\t" + ticket + "\n"; }, false },
    { "another ticket", [](const std::string &) { return good("n.other") + "\n"; }, false },
    { "an older ticket", [](const std::string &ticket) { return good("n." + std::to_string(std::stoul(ticket.substr(2)) - 1)) + "\n"; }, false },
    { "half a character", [](const std::string &ticket) { return "CREDENTIAL\t" + ticket + "\tAAAA\n"; }, false },
    { "an empty password", [](const std::string &ticket) { return "CREDENTIAL\t" + ticket + "\t\n"; }, false },
    { "a zero inside", [](const std::string &ticket) { return "CREDENTIAL\t" + ticket + "\tYQAAAGIA\n"; }, false },
    { "no base64", [](const std::string &ticket) { return "CREDENTIAL\t" + ticket + "\t!!!!\n"; }, false },
    { "refused", [](const std::string &ticket) { return "REFUSED\t" + ticket + "\texpired\n"; }, false },
    { "refused, then not", [](const std::string &ticket) { return "REFUSED\t" + ticket + "\tused\n" + good(ticket) + "\n"; }, false },
    { "a second READY", [](const std::string &ticket) { return "READY\tm\n" + good(ticket) + "\n"; }, false },
    { "somebody else's grant", [](const std::string &) { return std::string("GRANT\tm.1\tCLINIC\tsam\n"); }, false },
    { "the same grant", [](const std::string &ticket) { return "GRANT\t" + ticket + "\tCLINIC\tsam\n"; }, false, true },
    { "lower case", [](const std::string &ticket) { return "credential\t" + ticket + "\t" + base64_of(secret) + "\n"; }, false },
    { "spaces for tabs", [](const std::string &ticket) { return "CREDENTIAL " + ticket + " " + base64_of(secret) + "\n"; }, false },
    { "silence", [](const std::string &) { return std::string(); }, false, true },
};

} // namespace

void scene_chaos(HMODULE dll, unsigned rounds)
{
    constexpr unsigned kinds = sizeof troubles / sizeof troubles[0];
    unsigned next = 0, redeemed = 0, credentials = 0, silent = 0;
    const Trouble *now = &troubles[0];
    Host *hung = nullptr;
    Host host(pipe_name, [&](const std::string &said) -> std::string {
        if (said.rfind("HELLO", 0) == 0)
            return "READY\tn\n";
        if (said.rfind("REDEEM\t", 0) != 0)
            return {};
        redeemed++;
        if (now->hangs_up)
            hung->hang_up();
        return now->answer(said.substr(7));
    });
    hung = &host;
    Logon ui(dll);
    CHECK(ui.show(CPUS_LOGON));
    DWORD handles = 0, handles_after = 0;
    ULONGLONG longest = 0;
    for (unsigned round = 0; round < rounds; round++) {
        now = &troubles[next++ % kinds];
        /* That costs its wait: once in ten rounds of all is enough. */
        if (now->waits && round / kinds % 10 != 0)
            continue;
        silent += now->waits;
        const unsigned before = ui.calls.changed;
        const std::string ticket = "n." + std::to_string(round + 1);
        /* The connection may be a new one, and a line to the old one is lost with it. */
        bool told = false;
        for (int i = 0; i < 900 && !told; i++) {
            host.say("GRANT\t" + ticket + "\tCLINIC\tsam");
            told = ui.until([&ui, before] { return ui.calls.changed > before; }, 6);
        }
        if (!told)
            std::printf("round %u (%s): the grant never came\n", round, now->name);
        CHECK(told);
        Query query;
        const ULONGLONG began = GetTickCount64();
        query.until = began + (now->waits ? 60 : 2000);
        ui.connect(query);
        const Serialized got = ui.serialize();
        const ULONGLONG took = GetTickCount64() - began;
        if (took > 1000)
            std::printf("round %u (%s): %llu ms\n", round, now->name, took);
        longest = took > longest ? took : longest;
        if (got.packed.sound || got.response != CPGSR_NO_CREDENTIAL_NOT_FINISHED) {
            credentials++;
            std::printf("round %u (%s): a credential\n", round, now->name);
        }
        if (round == kinds)
            handles = handles_held();
    }
    handles_after = handles_held();
    CHECK(credentials == 0);
    CHECK(redeemed >= rounds * 8 / 10);
    CHECK(longest < 3500);
    CHECK(handles_after <= handles + 4);
    std::printf("rounds %u, redeemed %u, silent %u, connections %u, credentials %u, longest %llu ms, handles %lu, then %lu\n", rounds, redeemed, silent, host.connections(), credentials, longest,
                handles, handles_after);
    CHECK(ui.leave() == 0);
}

/* From GRANT on the pipe to the serialized credential, and the bare round trip over the same pipe: microseconds, a line each. */
void measure(HMODULE dll, unsigned rounds)
{
    LARGE_INTEGER second, began, ended;
    QueryPerformanceFrequency(&second);
    const auto since = [&] { return static_cast<double>(ended.QuadPart - began.QuadPart) * 1e6 / static_cast<double>(second.QuadPart); };
    Host host(pipe_name, giving(u"a password of usual length"));
    {
        Logon ui(dll);
        CHECK(ui.show(CPUS_LOGON));
        CHECK(host.hears().rfind("HELLO", 0) == 0);
        for (unsigned round = 0; round < rounds; round++) {
            const unsigned before = ui.calls.changed;
            QueryPerformanceCounter(&began);
            host.say("GRANT\tn." + std::to_string(round) + "\tCLINIC\tsam");
            ui.until([&ui, before] { return ui.calls.changed > before; });
            ui.enumerate();
            Query query;
            ui.connect(query);
            const bool sound = ui.serialize().packed.sound;
            QueryPerformanceCounter(&ended);
            CHECK(sound);
            ui.report(0);
            std::printf("credential %.1f\n", since());
        }
        CHECK(ui.leave() == 0);
    }
    /* Two round trips over the bare pipe are what a grant needs: it is told, and asked for. */
    const HANDLE bare = CreateFileW(pipe_name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr);
    char bytes[512];
    DWORD done = 0;
    for (unsigned round = 0; round < rounds; round++) {
        const std::string line = "REDEEM\tn.1\n";
        QueryPerformanceCounter(&began);
        for (int i = 0; i < 2; i++) {
            CHECK(WriteFile(bare, line.data(), static_cast<DWORD>(line.size()), &done, nullptr));
            CHECK(ReadFile(bare, bytes, sizeof bytes, &done, nullptr) && done > 20);
        }
        QueryPerformanceCounter(&ended);
        std::printf("bare %.1f\n", since());
    }
    CloseHandle(bare);
}
