/* A DLL comes in, and the real tapward-host behind its own pipe; from a PIN over the first typed password to a redeemed grant is played: what scene.h declares. */
#include "scene.h"

/* The host's agent, on the other side of this test, shows PIN, password and screens as lines below expect them. */
void scene_real(HMODULE dll)
{
    const std::u16string typed = u"Sömmer 2026";
    world(L"TAPWARD_TEST_PIPE", L"\\\\.\\pipe\\tapward-cp");
    Logon ui(dll);
    Query query;
    CHECK(ui.show(CPUS_LOGON));
    CHECK(ui.until_line(u"Enter your 6-digit PIN", 20000));
    ui.type(pin_field, u"123456");
    CHECK(ui.until_line(u"Sign in once with your password.", 20000));
    ui.type(user_field, u"CLINIC\\sam");
    ui.type(password_field, typed);
    const Serialized first = ui.serialize();
    CHECK(first.packed.sound && first.packed.user == u"sam" && first.packed.password == typed);
    ui.report(0);

    /* What the host sealed is what it gives, once. */
    CHECK(ui.until([&ui] { return ui.logs_on || ui.field(line) == u"Opening your desktop"; }, 20000));
    ui.enumerate();
    CHECK(ui.logs_on && ui.connect(query) == S_OK);
    const Serialized second = ui.serialize();
    CHECK(second.packed.sound && second.packed.domain == u"CLINIC" && second.packed.user == u"sam" && second.packed.password == typed);
    CHECK(!ui.serialize().packed.sound);
    ui.report(static_cast<LONG>(0xC0000071));
    CHECK(ui.until_line(u"Sign in once with your password.") && ui.state(user_field) == CPFS_HIDDEN);
    /* Until the agent has said goodbye. */
    CHECK(ui.until([&ui] { return ui.field(heading) == u"PIN is blocked"; }, 20000));
    CHECK(ui.leave() == 0);
}

/* The product's own build: the owner of the pipe and the service manager's word are asked for real, and it is let in. */
void scene_product_real(HMODULE dll)
{
    Logon ui(dll);
    CHECK(ui.show(CPUS_LOGON));
    CHECK(ui.until_line(u"Enter your 6-digit PIN", 20000));
    CHECK(ui.leave() == 0);
}
