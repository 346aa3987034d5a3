/* A DLL comes in; what a person in front of the tile sees and does is played against it: what scene.h declares. */
#include "scene.h"

namespace {

const std::u16string secret = u"pâss wörd 1";

bool shows(Logon &ui, DWORD field)
{
    return ui.state(field) != CPFS_HIDDEN;
}

} // namespace

void scene_tap(HMODULE dll)
{
    Host host(pipe_name, giving(secret));
    Logon ui(dll);
    DWORD session = 0;
    ProcessIdToSessionId(GetCurrentProcessId(), &session);
    CHECK(ui.show(CPUS_LOGON));
    CHECK(ui.count == 1);
    CHECK(host.hears() == "HELLO\t1\t" + std::to_string(session) + "\tlogon");

    host.say("SHOW\tidle\t0\t");
    CHECK(ui.until_line(u"This computer is locked."));
    CHECK(ui.field(heading) == u"Tap your badge");
    CHECK(!shows(ui, pin_field) && !shows(ui, password_field) && !shows(ui, submit) && shows(ui, other_way));

    host.say("SHOW\tpin\t6\tSam");
    CHECK(ui.until_line(u"Enter your 6-digit PIN"));
    CHECK(ui.field(heading) == u"Hello Sam");
    CHECK(ui.until([&ui] { return ui.fields.text[heading] == u"Hello Sam"; }));
    CHECK(ui.fields.depth == 0 && ui.fields.thread == GetCurrentThreadId());
    CHECK(ui.fields.state[pin_field] == CPFS_DISPLAY_IN_SELECTED_TILE && ui.fields.interaction[pin_field] == CPFIS_FOCUSED);
    CHECK(shows(ui, submit) && shows(ui, cancel_link) && ui.fields.beside == pin_field);
    CHECK(ui.calls.changed == 0);

    ui.type(pin_field, u"123456");
    CHECK(host.hears() == "PIN\t123456");
    CHECK(ui.until_line(u"Checking…"));
    CHECK(!shows(ui, pin_field));
    CHECK(ui.until([&ui] { return ui.fields.text[line] == u"Checking…"; }));
    CHECK(ui.field(pin_field).empty() && ui.fields.text[pin_field].empty());
    host.say("SHOW\twrong\t4\tSam");
    CHECK(ui.until_line(u"Wrong PIN. 4 tries left."));
    CHECK(shows(ui, pin_field));
    ui.type(pin_field, u"654321");
    CHECK(host.hears() == "PIN\t654321");

    host.say("GRANT\tn.1\tCLINIC\tsam");
    CHECK(ui.until([&ui] { return ui.calls.changed == 1; }));
    CHECK(ui.calls.context == 4711 && ui.calls.thread == GetCurrentThreadId());
    CHECK(ui.field(line) == u"Opening your desktop");
    ui.enumerate();
    CHECK(ui.logs_on && ui.first == 0);
    Query query;
    CHECK(ui.connect(query) == S_OK);
    CHECK(host.hears() == "REDEEM\tn.1");
    const Serialized got = ui.serialize();
    CHECK(got.outcome == S_OK && got.response == CPGSR_RETURN_CREDENTIAL_FINISHED && got.packed.sound);
    CHECK(got.packed.type == 2 && got.packed.domain == u"CLINIC" && got.packed.user == u"sam" && got.packed.password == secret);

    /* Once is once: neither again nor after another enumeration. */
    const Serialized again = ui.serialize();
    CHECK(again.outcome == S_OK && again.response == CPGSR_NO_CREDENTIAL_NOT_FINISHED && !again.packed.sound);
    ui.enumerate();
    CHECK(!ui.logs_on && !ui.serialize().packed.sound);
    CHECK(host.hears(200).empty());
    CHECK(ui.report(0).outcome == S_OK);
    CHECK(host.hears() == "RESULT\tn.1\t00000000\t00000000");
    ui.report(0);
    CHECK(host.hears(200).empty());
    CHECK(ui.leave() == 0);
}

void scene_unlock(HMODULE dll)
{
    Host host(pipe_name, giving(secret));
    Logon ui(dll);
    CHECK(ui.show(CPUS_UNLOCK_WORKSTATION));
    CHECK(host.hears().find("\tunlock") != std::string::npos);
    host.say("GRANT\tn.7\t\tsam@clinic.example");
    CHECK(ui.until([&ui] { return ui.calls.changed == 1; }));
    ui.enumerate();
    /* A LogonUI that logs on by itself may not call Connect. */
    const Serialized got = ui.serialize();
    CHECK(got.packed.sound && got.packed.type == 7 && got.packed.domain.empty() && got.packed.user == u"sam@clinic.example" && got.packed.password == secret);
    CHECK(ui.leave() == 0);
}

void scene_pin(HMODULE dll)
{
    Host host(pipe_name, giving(secret));
    Logon ui(dll);
    Query query;
    CHECK(ui.show(CPUS_LOGON));
    CHECK(host.hears().rfind("HELLO", 0) == 0);
    /* Nobody asks: nothing is sent, whatever is typed. */
    host.say("SHOW\tidle\t0\t");
    CHECK(ui.until_line(u"This computer is locked."));
    ui.type(pin_field, u"123456");
    CHECK(ui.connect(query) == S_OK);
    CHECK(host.hears(200).empty());
    CHECK(ui.serialize().text == u"This computer is locked.");

    host.say("SHOW\tpin\t6\tSam");
    CHECK(ui.until_line(u"Enter your 6-digit PIN"));
    for (const char16_t *text : { u"12345", u"1234567", u"12345a", u"１２３４５６" }) {
        ui.credential->SetStringValue(pin_field, reinterpret_cast<LPCWSTR>(text));
        CHECK(ui.connect(query) == S_OK);
        CHECK(ui.serialize().response == CPGSR_NO_CREDENTIAL_NOT_FINISHED);
    }
    CHECK(host.hears(200).empty());
    CHECK(ui.serialize().text == u"Enter your 6-digit PIN");
    CHECK(ui.credential->SetStringValue(heading, L"1234") == E_INVALIDARG);
    CHECK(ui.credential->SetStringValue(pin_field, nullptr) == E_INVALIDARG);

    /* Typed, then left: the digits are gone, and so they are with another screen. */
    ui.type(pin_field, u"12345");
    ui.credential->SetDeselected();
    BOOL ignored;
    ui.credential->SetSelected(&ignored);
    ui.connect(query);
    CHECK(host.hears(200).empty());

    /* The link says so, and the pad is empty. */
    CHECK(ui.credential->CommandLinkClicked(cancel_link) == S_OK);
    CHECK(host.hears() == "CANCEL");
    CHECK(ui.credential->CommandLinkClicked(heading) == E_INVALIDARG);

    /* Submit sends the PIN and waits for what comes of it. */
    host.say("SHOW\tpin\t4\tAna");
    CHECK(ui.until_line(u"Enter your 4-digit PIN"));
    host.say("SHOW\twrong\t1\tAna");
    CHECK(ui.until_line(u"Wrong PIN. 1 try left."));
    ui.type(pin_field, u"1111");
    CHECK(host.hears() == "PIN\t1111");
    host.say("SHOW\tblocked\t0\tAna");
    CHECK(ui.connect(query) == S_OK);
    CHECK(ui.until([&ui] { return ui.field(heading) == u"PIN is blocked"; }));
    CHECK(ui.serialize().packed.sound == false);
    CHECK(ui.leave() == 0);
}

void scene_words(HMODULE dll)
{
    HKEY key = nullptr;
    RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Tapward", 0, nullptr, 0, KEY_ALL_ACCESS, nullptr, &key, nullptr);
    for (const wchar_t *phone : { L"4321", L"" }) {
        if (phone[0] != 0)
            RegSetValueExW(key, L"Phone", 0, REG_SZ, reinterpret_cast<const BYTE *>(phone), 10);
        else
            RegDeleteValueW(key, L"Phone");
        Host host(pipe_name, giving(secret));
        Logon ui(dll);
        CHECK(ui.show(CPUS_LOGON));
        CHECK(ui.field(heading) == u"Wait a moment" || host.greeted());
        CHECK(host.hears().rfind("HELLO", 0) == 0);
        host.say("SHOW\twait\t30\tSam");
        CHECK(ui.until([&ui] { return ui.field(heading) == u"Wait 30 seconds"; }));
        CHECK(ui.field(line) == (phone[0] != 0 ? u"Then try again, or call IT on 4321." : u"Call IT"));
        CHECK(ui.until([&ui] { return ui.fields.text[heading] == u"Wait 29 seconds"; }, 3000));
        CHECK(!shows(ui, pin_field) && !shows(ui, submit));
        host.say("SHOW\twait\t300\tSam");
        CHECK(ui.until([&ui] { return ui.field(heading) == u"Wait 5 minutes"; }));
        CHECK(ui.field(phone_line) == (phone[0] != 0 ? u"Call IT on 4321" : u"Call IT") && shows(ui, phone_line));
        CHECK(ui.credential->CommandLinkClicked(other_way) == S_OK);
        CHECK(ui.field(line) == u"They can set a new PIN or give you a badge." && ui.field(other_way) == u"Back");
        CHECK(ui.credential->CommandLinkClicked(other_way) == S_OK);
        CHECK(ui.field(other_way) == u"Another way");
        host.say("SHOW\taway\t0\t");
        CHECK(ui.until_line(u"This computer is locked and gets no answer."));
        ui.enumerate();
        CHECK(ui.count == 1 && ui.first == CREDENTIAL_PROVIDER_NO_DEFAULT);
        CHECK(ui.leave() == 0);
    }
    RegCloseKey(key);
}
