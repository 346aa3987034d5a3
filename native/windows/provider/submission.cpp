/* A press of the submit button, or LogonUI's own logon, comes in; a serialized credential goes out, once, and its result to the host: the part of credential.h in which secrets pass. */
#include "credential.h"
#include "pack.h"

namespace tapward {

namespace {

/* Milliseconds: a PIN may take a card's own check; a credential only the host's. LogonUI waits on GetSerialization itself. */
constexpr DWORD pin_limit = 10000, redeem_limit = 3000, look_again = 50;

} // namespace

HRESULT Credential::Connect(IQueryContinueWithStatus *query)
{
    const bool asks_password = link.with([](Desk &desk) { return desk.shows_password(); });
    if (asks_password)
        return S_OK;
    link.with([](Desk &desk) { return desk.send_pin(); });
    if (query != nullptr && link.sight().checking)
        query->SetStatusMessage(reinterpret_cast<LPCWSTR>(sentence("pin.checking", manner.language, {}).c_str()));
    const ULONGLONG late = GetTickCount64() + pin_limit;
    for (;;) {
        /* Answered by a grant, or by a screen that says why there is none. */
        const bool over = link.wait(look_again, [](Desk &desk) {
            desk.redeem();
            return !desk.is_checking() && !desk.is_redeeming();
        });
        if (over)
            return S_OK;
        const bool goes_on = query == nullptr || query->QueryContinue() == S_OK;
        if (goes_on && GetTickCount64() < late)
            continue;
        link.with([](Desk &desk) { return desk.abandon(), true; });
        return goes_on ? HRESULT_FROM_WIN32(ERROR_TIMEOUT) : E_ABORT;
    }
}

HRESULT Credential::Disconnect()
{
    link.with([](Desk &desk) { return desk.abandon(), true; });
    return S_OK;
}

HRESULT Credential::GetSerialization(Serialized *answer, Serialization *packed, LPWSTR *text, StatusIcon *icon)
{
    if (answer == nullptr || packed == nullptr || text == nullptr || icon == nullptr)
        return E_POINTER;
    *answer = CPGSR_NO_CREDENTIAL_NOT_FINISHED;
    *packed = {};
    *text = nullptr;
    *icon = CPSI_NONE;
    Password password;
    Account account;
    const auto fetch = [&password, &account](Desk &desk) {
        account = desk.is_held() ? desk.whose_last() : desk.whose_password();
        return desk.spend(password) || desk.spend_typed(password);
    };
    bool have = link.with(fetch);
    if (!have && link.with([](Desk &desk) { return desk.redeem(); })) {
        /* Where LogonUI logs on by itself it may not have called Connect. */
        if (!link.wait(redeem_limit, [](Desk &desk) { return !desk.is_redeeming(); }))
            link.with([](Desk &desk) { return desk.abandon(), true; });
        have = link.with(fetch);
    }
    if (!have)
        return say_line(text, icon, CPSI_NONE);
    if (!pack(account, password, unlocks, packed))
        return say_line(text, icon, CPSI_ERROR);
    *answer = CPGSR_RETURN_CREDENTIAL_FINISHED;
    return S_OK;
}

HRESULT Credential::ReportResult(LONG status, LONG substatus, LPWSTR *text, StatusIcon *icon)
{
    if (text == nullptr || icon == nullptr)
        return E_POINTER;
    *text = nullptr;
    *icon = CPSI_NONE;
    const auto code = static_cast<std::uint32_t>(status), why = static_cast<std::uint32_t>(substatus);
    const bool stored = link.with([code, why](Desk &desk) {
        const bool was_stored = desk.awaits_result();
        desk.report(code, why);
        return was_stored;
    });
    /* STATUS_LOGON_FAILURE of a password she typed: she may type it again. */
    manner.again = !stored && code == 0xC000006D;
    const bool ours = stored ? is_stale(code, why) : manner.again;
    refresh();
    return ours ? say_line(text, icon, CPSI_WARNING) : S_OK;
}

HRESULT Credential::say_line(LPWSTR *text, StatusIcon *icon, StatusIcon which)
{
    *icon = which;
    return hand_out(now().fields[line].text, text);
}

} // namespace tapward
