/* A DLL comes in; what becomes of grants, credentials and typed passwords is played against it: what scene.h declares. */
#include "scene.h"

namespace {

const std::u16string secret = u"stored";

/* A tile in front of a host, with a grant redeemed and serialized. */
bool serialized(Logon &ui, Host &host, const std::string &ticket)
{
    const unsigned before = ui.calls.changed;
    host.say("GRANT\t" + ticket + "\tCLINIC\tsam");
    if (!ui.until([&ui, before] { return ui.calls.changed > before; }))
        return false;
    ui.enumerate();
    Query query;
    return ui.connect(query) == S_OK && host.hears() == "REDEEM\t" + ticket && ui.serialize().packed.password == secret;
}

bool asks_password(Logon &ui)
{
    return ui.until_line(u"Sign in once with your password.") && ui.state(password_field) == CPFS_DISPLAY_IN_SELECTED_TILE && ui.state(pin_field) == CPFS_HIDDEN && ui.state(submit) != CPFS_HIDDEN;
}

} // namespace

void scene_stale(HMODULE dll)
{
    struct Case {
        LONG status, substatus;
        const char *said;
        bool stale;
    };
    /* Logon failure, expired, must change, locked out; and what says nothing of the password. */
    const Case cases[] = { { static_cast<LONG>(0xC000006D), static_cast<LONG>(0xC000006A), "C000006D\tC000006A", true },
                           { static_cast<LONG>(0xC0000071), 0, "C0000071\t00000000", true },
                           { static_cast<LONG>(0xC0000224), 0, "C0000224\t00000000", true },
                           { static_cast<LONG>(0xC0000234), 0, "C0000234\t00000000", true },
                           { static_cast<LONG>(0xC000006E), static_cast<LONG>(0xC0000071), "C000006E\tC0000071", true },
                           { static_cast<LONG>(0xC000006E), static_cast<LONG>(0xC0000072), "C000006E\tC0000072", false },
                           { static_cast<LONG>(0xC000005E), 0, "C000005E\t00000000", false } };
    for (const Case &one : cases) {
        Host host(pipe_name, giving(secret));
        Logon ui(dll);
        CHECK(ui.show(CPUS_LOGON));
        CHECK(host.hears().rfind("HELLO", 0) == 0);
        host.say("SHOW\tidle\t0\tSam");
        CHECK(serialized(ui, host, "n.1"));
        const Serialized told = ui.report(one.status, one.substatus);
        CHECK(told.outcome == S_OK && told.icon == (one.stale ? CPSI_WARNING : CPSI_NONE) && told.text == (one.stale ? u"Sign in once with your password." : u""));
        CHECK(host.hears() == std::string("RESULT\tn.1\t") + one.said);
        CHECK(one.stale == asks_password(ui));
        /* Exactly one try: nothing is left to try a second time with. */
        Query query;
        CHECK(ui.connect(query) == S_OK && !ui.serialize().packed.sound);
        ui.enumerate();
        CHECK(!ui.logs_on && !ui.serialize().packed.sound);
        CHECK(host.hears(100).empty());
        CHECK(ui.leave() == 0);
    }
}

void scene_capture(HMODULE dll)
{
    const std::u16string typed = u"Neues Paßwort 2";
    Host host(pipe_name, [&typed](const std::string &said) -> std::string {
        if (said.rfind("HELLO", 0) == 0)
            return "READY\tn\n";
        return said.rfind("REDEEM\t", 0) == 0 ? "REFUSED\t" + said.substr(7) + "\tnoSecret\n" : "";
    });
    Logon ui(dll);
    Query query;
    CHECK(ui.show(CPUS_LOGON));
    CHECK(host.hears().rfind("HELLO", 0) == 0);
    /* Asked before an account is known: she types who she is as well, and without that there is nothing. */
    host.say("SHOW\tpassword\t0\tAna");
    CHECK(asks_password(ui) && ui.state(user_field) == CPFS_DISPLAY_IN_SELECTED_TILE);
    CHECK(ui.until([&ui] { return ui.fields.interaction[user_field] == CPFIS_FOCUSED; }));
    ui.type(password_field, typed);
    CHECK(!ui.serialize().packed.sound);
    struct Case {
        const char16_t *typed, *domain, *user;
    };
    wchar_t computer[64];
    DWORD size = 64;
    GetComputerNameW(computer, &size);
    const std::u16string home(computer, computer + size);
    for (const Case one : { Case{ u"OTHER\\ana", u"OTHER", u"ana" }, Case{ u"ana@clinic.example", u"", u"ana@clinic.example" }, Case{ u"añá", home.c_str(), u"añá" } }) {
        ui.type(user_field, one.typed);
        ui.type(password_field, typed);
        const Serialized named = ui.serialize();
        CHECK(named.packed.sound && named.packed.domain == one.domain && named.packed.user == one.user && named.packed.password == typed);
        ui.report(static_cast<LONG>(0xC000006D));
    }
    ui.type(user_field, u"a\tb");
    ui.type(password_field, typed);
    CHECK(!ui.serialize().packed.sound);
    host.say("SHOW\tpin\t6\tSam");
    CHECK(ui.until_line(u"Enter your 6-digit PIN"));
    CHECK(host.hears(100).empty());

    host.say("GRANT\tn.1\tCLINIC\tsam");
    CHECK(ui.until([&ui] { return ui.field(line) == u"Opening your desktop"; }));
    ui.enumerate();
    CHECK(ui.connect(query) == S_OK && host.hears() == "REDEEM\tn.1");
    CHECK(!ui.serialize().packed.sound && asks_password(ui) && ui.state(user_field) == CPFS_HIDDEN);
    /* The host's own word for it changes nothing; for somebody else it does. */
    host.say("SHOW\tpassword\t0\tSam");
    CHECK(!ui.until([&ui] { return ui.state(user_field) != CPFS_HIDDEN; }, 200));

    /* Digits of a PIN go nowhere now; a wrong password is not captured, and may be typed again. */
    ui.type(pin_field, u"123456");
    CHECK(!ui.serialize().packed.sound);
    ui.type(password_field, u"wrong");
    CHECK(ui.connect(query) == S_OK);
    Serialized got = ui.serialize();
    CHECK(got.packed.sound && got.packed.password == u"wrong" && got.packed.user == u"sam" && got.packed.domain == u"CLINIC");
    CHECK(ui.report(static_cast<LONG>(0xC000006D), static_cast<LONG>(0xC000006A)).text == u"Wrong password. Enter it again.");
    CHECK(host.hears(100).empty());
    CHECK(!ui.serialize().packed.sound);

    /* Typed, then left: gone. */
    ui.type(password_field, typed);
    ui.credential->SetDeselected();
    CHECK(!ui.serialize().packed.sound);

    ui.type(password_field, typed);
    got = ui.serialize();
    CHECK(got.packed.sound && got.packed.password == typed && got.packed.type == 2);
    CHECK(!ui.serialize().packed.sound);
    CHECK(host.hears(100).empty());
    ui.report(0);
    CHECK(host.hears() == "CAPTURE\tsam\tCLINIC\t" + base64_of(typed));
    /* Once. */
    ui.report(0);
    CHECK(host.hears(100).empty());
    CHECK(ui.leave() == 0);
}

void scene_grants(HMODULE dll)
{
    {
        /* Before it is redeemed the newest wins, and one that was taken back is none. */
        Host host(pipe_name, giving(secret));
        Logon ui(dll);
        Query query;
        CHECK(ui.show(CPUS_LOGON));
        CHECK(host.hears().rfind("HELLO", 0) == 0);
        host.say("GRANT\tn.1\tCLINIC\tsam\nGRANT\tn.2\tCLINIC\tana");
        CHECK(ui.until([&ui] { return ui.calls.changed >= 1 && ui.field(line) == u"Opening your desktop"; }));
        ui.enumerate();
        CHECK(ui.connect(query) == S_OK && host.hears() == "REDEEM\tn.2");
        CHECK(ui.serialize().packed.user == u"ana");
        host.say("GRANT\tn.3\tCLINIC\tsam");
        CHECK(ui.until([&ui] { return ui.calls.changed >= 2; }));
        host.say("REVOKED\tn.3\nSHOW\tidle\t0\t");
        CHECK(ui.until_line(u"This computer is locked."));
        ui.enumerate();
        CHECK(!ui.logs_on && ui.connect(query) == S_OK && !ui.serialize().packed.sound);
        CHECK(host.hears(100).empty());
        CHECK(host.connections() == 1);
        /* A ticket that was redeemed comes again: that host is none. */
        host.say("GRANT\tn.2\tCLINIC\tana");
        CHECK(host.hears(3000).rfind("HELLO", 0) == 0 && host.connections() == 2);
        CHECK(!ui.serialize().packed.sound);
        CHECK(ui.leave() == 0);
    }
    {
        /* LogonUI lets go of the provider before it reports: the result still arrives. */
        Host host(pipe_name, giving(secret));
        Logon ui(dll);
        CHECK(ui.show(CPUS_LOGON));
        CHECK(host.hears().rfind("HELLO", 0) == 0);
        CHECK(serialized(ui, host, "n.1"));
        CHECK(ui.provider->UnAdvise() == S_OK);
        CHECK(ui.provider->Release() == 0);
        ui.provider = nullptr;
        CHECK(!can_unload(dll));
        ui.report(0);
        ui.connectable->Release();
        ui.credential->UnAdvise();
        CHECK(ui.credential->Release() == 0);
        ui.credential = nullptr;
        CHECK(host.hears() == "RESULT\tn.1\t00000000\t00000000");
        CHECK(ui.leave() == 0);
    }
}

void scene_cancel(HMODULE dll)
{
    std::string late;
    Host host(pipe_name, [&late](const std::string &said) -> std::string {
        if (said.rfind("REDEEM\t", 0) == 0)
            late = "CREDENTIAL\t" + said.substr(7) + "\t" + base64_of(secret);
        return said.rfind("HELLO", 0) == 0 ? "READY\tn\n" : "";
    });
    Logon ui(dll);
    CHECK(ui.show(CPUS_LOGON));
    CHECK(host.hears().rfind("HELLO", 0) == 0);
    host.say("GRANT\tn.1\tCLINIC\tsam");
    CHECK(ui.until([&ui] { return ui.calls.changed == 1; }));
    Query query;
    const ULONGLONG began = GetTickCount64();
    query.until = began + 300;
    CHECK(ui.connect(query) == E_ABORT);
    const ULONGLONG took = GetTickCount64() - began;
    CHECK(took >= 300 && took < 1500);
    CHECK(host.hears() == "REDEEM\tn.1");
    CHECK(ui.connectable->Disconnect() == S_OK);
    /* The answer that comes too late is no answer, and a host that gives it is asked anew. */
    host.say(late);
    CHECK(host.hears(3000).rfind("HELLO", 0) == 0);
    CHECK(!ui.serialize().packed.sound);

    /* Without Connect LogonUI itself waits, and not for long. */
    host.say("GRANT\tn.2\tCLINIC\tsam");
    CHECK(ui.until([&ui] { return ui.calls.changed == 2; }));
    const ULONGLONG again = GetTickCount64();
    CHECK(!ui.serialize().packed.sound);
    CHECK(GetTickCount64() - again < 5000);
    CHECK(query.references == 1);
    CHECK(ui.leave() == 0);
}

void scene_host_gone(HMODULE dll)
{
    Logon ui(dll);
    CHECK(ui.show(CPUS_LOGON));
    CHECK(ui.count == 1 && ui.first == CREDENTIAL_PROVIDER_NO_DEFAULT);
    CHECK(ui.field(line) == u"This computer is locked and comes back by itself.");
    for (int round = 0; round < 3; round++) {
        Host host(pipe_name, giving(secret));
        CHECK(host.hears(4000).rfind("HELLO", 0) == 0);
        host.say("SHOW\tpin\t6\tSam");
        CHECK(ui.until_line(u"Enter your 6-digit PIN"));
        ui.type(pin_field, u"123");
        const unsigned before = ui.calls.changed;
        host.say("GRANT\tn." + std::to_string(round) + "\tCLINIC\tsam");
        CHECK(ui.until([&ui, before] { return ui.calls.changed > before; }));
        if (round == 1)
            CHECK(serialized(ui, host, "n.x"));
        host.hang_up();
        CHECK(ui.until([&host] { return host.connections() == 2; }));
    }
    CHECK(ui.until_line(u"This computer is locked and comes back by itself."));
    ui.enumerate();
    CHECK(!ui.logs_on && ui.first == CREDENTIAL_PROVIDER_NO_DEFAULT && !ui.serialize().packed.sound);
    CHECK(ui.leave() == 0);
}
