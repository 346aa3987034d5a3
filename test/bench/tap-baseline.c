/* The least a program can do: waits in SCardGetStatusChange, reads the UID, prints "uid HEX NANOSECONDS" (CLOCK_MONOTONIC), one line a tap. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <winscard.h>

static const BYTE get_uid[] = {0xff, 0xca, 0x00, 0x00, 0x00};
static const useconds_t retry = 20000;

static unsigned long long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000ull + (unsigned long long)t.tv_nsec;
}

static void read_card(SCARDCONTEXT context, const char *reader) {
	SCARDHANDLE card;
	DWORD protocol, length;
	BYTE answer[258];
	if (SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol) != SCARD_S_SUCCESS) return;
	length = sizeof answer;
	LONG result = SCardTransmit(card, protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1, get_uid, sizeof get_uid, NULL, answer, &length);
	unsigned long long at = now();
	SCardDisconnect(card, SCARD_LEAVE_CARD);
	if (result != SCARD_S_SUCCESS || length < 2) return;
	printf("uid ");
	for (DWORD i = 0; i + 2 < length; i++) printf("%02x", answer[i]);
	printf(" %llu\n", at);
}

/* Watches the first reader until the service or the reader is lost. */
static void watch(SCARDCONTEXT context) {
	char names[1024];
	DWORD length = sizeof names;
	SCARD_READERSTATE state;
	if (SCardListReaders(context, NULL, names, &length) != SCARD_S_SUCCESS) {
		usleep(retry);
		return;
	}
	memset(&state, 0, sizeof state);
	state.szReader = names;
	printf("ready\n");
	while (SCardGetStatusChange(context, INFINITE, &state, 1) == SCARD_S_SUCCESS) {
		DWORD was = state.dwCurrentState, is = state.dwEventState;
		state.dwCurrentState = is;
		if (is & SCARD_STATE_UNKNOWN) return;
		if ((is & SCARD_STATE_PRESENT) && (!(was & SCARD_STATE_PRESENT) || (was >> 16) != (is >> 16))) read_card(context, names);
	}
}

int main(void) {
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		SCARDCONTEXT context;
		if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS) {
			usleep(retry);
			continue;
		}
		watch(context);
		SCardReleaseContext(context);
	}
}
