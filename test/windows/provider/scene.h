/* The provider's DLL comes in; scenes go out, each a part of what LogonUI and the host do with it, checked. */
#ifndef TAPWARD_TEST_SCENE_H
#define TAPWARD_TEST_SCENE_H

#include "check.h"
#include "host.h"
#include "logon.h"

extern const wchar_t pipe_name[];

/* A host whose first connection says READY with nonce `n`, and which gives `password` for every REDEEM. */
Host::Answer giving(const std::u16string &password);

/* What the environment says to the tests' build of the DLL; nullptr: nothing. */
void world(const wchar_t *name, const wchar_t *value);

/* How many handles this process holds, or near it: Wine counts none, and gives new ones the lowest free number. */
DWORD handles_held();

/* From now on the flags of each CreateFileW of the DLL are noted; 0: none yet. */
void watch_dials(HMODULE dll);
DWORD dialled();
DWORD dialled_flags(HMODULE dll);

void scene_interface(HMODULE dll);
void scene_tap(HMODULE dll);
void scene_unlock(HMODULE dll);
void scene_pin(HMODULE dll);
void scene_words(HMODULE dll);
void scene_stale(HMODULE dll);
void scene_capture(HMODULE dll);
void scene_grants(HMODULE dll);
void scene_cancel(HMODULE dll);
void scene_host_gone(HMODULE dll);
void scene_strangers(HMODULE dll);
void scene_filter(HMODULE dll);
void scene_lives(HMODULE dll);
/* The product's own build, which believes nobody here. */
void scene_product(HMODULE dll);
/* Against the real host. */
void scene_real(HMODULE dll);
void scene_product_real(HMODULE dll);
/* A person's hands and LogonUI, as standard input says. */
void scene_hand(HMODULE dll);
void scene_chaos(HMODULE dll, unsigned rounds);
void measure(HMODULE dll, unsigned rounds);

#endif
