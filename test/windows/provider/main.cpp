/*
 * The path of tapward-cp.dll and names of scenes come in; what did not hold goes out, a line each, and at last how many
 * claims held and how many did not. `logon.exe DLL tap pin`, `logon.exe DLL chaos 1500`, `logon.exe DLL measure 200`.
 */
#include <cstdlib>
#include <cstring>

#include "scene.h"

Tally tally;
const wchar_t pipe_name[] = L"\\\\.\\pipe\\tapward-cp-test";

Host::Answer giving(const std::u16string &password)
{
    return [password](const std::string &said) -> std::string {
        if (said.rfind("HELLO\t1\t", 0) == 0)
            return "READY\tn\n";
        if (said.rfind("REDEEM\t", 0) == 0)
            return "CREDENTIAL\t" + said.substr(7) + "\t" + base64_of(password) + "\n";
        return {};
    };
}

void world(const wchar_t *name, const wchar_t *value)
{
    SetEnvironmentVariableW(name, value);
}

DWORD handles_held()
{
    DWORD highest = 0;
    HANDLE probes[16];
    for (HANDLE &probe : probes)
        probe = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    for (const HANDLE probe : probes) {
        const DWORD number = static_cast<DWORD>(reinterpret_cast<ULONG_PTR>(probe)) / 4;
        highest = number > highest ? number : highest;
        CloseHandle(probe);
    }
    return highest - 16;
}

int main(int count, char **words)
{
    struct Scene {
        const char *name;
        void (*play)(HMODULE);
    };
    constexpr Scene scenes[] = { { "interface", scene_interface }, { "tap", scene_tap },         { "unlock", scene_unlock },       { "pin", scene_pin },         { "words", scene_words },
                                 { "stale", scene_stale },         { "capture", scene_capture }, { "grants", scene_grants },       { "cancel", scene_cancel },   { "host-gone", scene_host_gone },
                                 { "strangers", scene_strangers }, { "filter", scene_filter },   { "lives", scene_lives },         { "product", scene_product },
                                 { "real", scene_real },           { "product-real", scene_product_real }, { "hand", scene_hand } };
    if (count < 3)
        return 64;
    const HMODULE dll = LoadLibraryA(words[1]);
    if (dll == nullptr || FAILED(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED))) {
        std::printf("%s does not load: %lu\n", words[1], GetLastError());
        return 1;
    }
    wchar_t own[16];
    std::swprintf(own, 16, L"%lu", GetCurrentProcessId());
    world(L"TAPWARD_TEST_PIPE", pipe_name);
    /* A test with a host of another process says which. */
    if (GetEnvironmentVariableW(L"TAPWARD_TEST_SERVER", nullptr, 0) == 0)
        world(L"TAPWARD_TEST_SERVER", own);
    for (int i = 2; i < count; i++) {
        const unsigned rounds = i + 1 < count ? static_cast<unsigned>(std::atoi(words[i + 1])) : 0;
        if (std::strcmp(words[i], "chaos") == 0)
            scene_chaos(dll, rounds);
        if (std::strcmp(words[i], "measure") == 0)
            measure(dll, rounds);
        for (const Scene &scene : scenes) {
            if (std::strcmp(words[i], scene.name) != 0)
                continue;
            const Tally before = tally;
            scene.play(dll);
            std::printf("%s: held %u, not so %u\n", scene.name, tally.held - before.held, tally.broken - before.broken);
            std::fflush(stdout);
        }
    }
    CHECK(can_unload(dll));
    CHECK(FreeLibrary(dll));
    std::printf("held %u, not so %u, against %s\n", tally.held, tally.broken, abi_source);
    CoUninitialize();
    return tally.broken == 0 ? 0 : 1;
}
