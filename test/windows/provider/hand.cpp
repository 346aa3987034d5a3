/*
 * Lines on standard input come in, each what a person or LogonUI does at the tile; what came of it goes out, a line each: what scene.h declares.
 *
 *   until TEXT            waits for this line of the tile; `ok`, or `no` and what stands there after 20 s
 *   type pin|user|password TEXT
 *   opens                 waits until the tile logs on by itself, then asks it for the credential: `credential DOMAIN\user PASSWORD`, or `no`
 *   submit                asks for the credential as its button does: the same
 *   report STATUS         what LSA said, in hexadecimal
 *   leave
 */
#include <cstring>
#include <deque>
#include <string>

#include "scene.h"

namespace {

/* Lines of standard input, read on a thread of their own: LogonUI's never waits for anybody. */
class Orders {
public:
    Orders() { thread = CreateThread(nullptr, 0, read, this, 0, nullptr); }
    ~Orders() { CloseHandle(thread); }
    Orders(const Orders &) = delete;
    Orders &operator=(const Orders &) = delete;
    /* The next one; false: none yet. */
    bool next(std::string &line)
    {
        EnterCriticalSection(&lock.section);
        const bool there = !waiting.empty();
        if (there) {
            line = waiting.front();
            waiting.pop_front();
        }
        LeaveCriticalSection(&lock.section);
        return there;
    }

private:
    struct Lock {
        CRITICAL_SECTION section;
        Lock() { InitializeCriticalSection(&section); }
        ~Lock() { DeleteCriticalSection(&section); }
    };
    static DWORD WINAPI read(void *given)
    {
        Orders &orders = *static_cast<Orders *>(given);
        char line[1024];
        while (std::fgets(line, sizeof line, stdin) != nullptr) {
            line[std::strcspn(line, "\r\n")] = 0;
            orders.add(line);
        }
        orders.add("leave");
        return 0;
    }
    void add(const char *line)
    {
        EnterCriticalSection(&lock.section);
        waiting.push_back(line);
        LeaveCriticalSection(&lock.section);
    }
    Lock lock;
    std::deque<std::string> waiting;
    HANDLE thread;
};

std::u16string units(const std::string &text)
{
    char16_t wide[1024];
    const int size = MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), reinterpret_cast<LPWSTR>(wide), 1024);
    return std::u16string(wide, static_cast<std::size_t>(size));
}

std::string bytes(const std::u16string &text)
{
    char narrow[4096];
    const int size = WideCharToMultiByte(CP_UTF8, 0, reinterpret_cast<LPCWSTR>(text.data()), static_cast<int>(text.size()), narrow, sizeof narrow, nullptr, nullptr);
    return std::string(narrow, static_cast<std::size_t>(size));
}

void say(const std::string &line)
{
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

void say(const Serialized &got)
{
    say(got.packed.sound ? "credential " + bytes(got.packed.domain) + "\\" + bytes(got.packed.user) + " " + bytes(got.packed.password) : "no " + bytes(got.text));
}

} // namespace

void scene_hand(HMODULE dll)
{
    world(L"TAPWARD_TEST_PIPE", L"\\\\.\\pipe\\tapward-cp");
    Logon ui(dll);
    Orders orders;
    CHECK(ui.show(CPUS_LOGON));
    for (std::string order; ui.until([&] { return orders.next(order); }, INFINITE - 1) && order != "leave";) {
        const std::string verb = order.substr(0, order.find(' ')), rest = order.size() > verb.size() ? order.substr(verb.size() + 1) : "";
        if (verb == "until") {
            const std::u16string text = units(rest);
            say(ui.until([&] { return ui.field(line) == text; }, 20000) ? "ok" : "no " + bytes(ui.field(line)));
        } else if (verb == "type") {
            const std::string field = rest.substr(0, rest.find(' '));
            ui.type(field == "pin" ? pin_field : field == "user" ? user_field : password_field, units(rest.substr(field.size() + 1)));
            say("ok");
        } else if (verb == "opens") {
            Query query;
            const unsigned before = ui.calls.changed;
            const bool comes = ui.until([&] { return ui.calls.changed > before || ui.field(line) == u"Opening your desktop"; }, 20000);
            ui.enumerate();
            if (!comes || !ui.logs_on || ui.connect(query) != S_OK)
                say("no " + bytes(ui.field(line)));
            else
                say(ui.serialize());
        } else if (verb == "submit") {
            say(ui.serialize());
        } else if (verb == "report") {
            ui.report(static_cast<LONG>(std::strtoul(rest.c_str(), nullptr, 16)));
            say("ok");
        } else {
            say("what?");
        }
    }
    CHECK(ui.leave() == 0);
}
