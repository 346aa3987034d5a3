/* The least a program can do with the card in the first reader: connects, begins a transaction, sends commands one after another, prints
 * "took" and the nanoseconds (CLOCK_MONOTONIC) of each exchange; the first with connecting. The argument: how many. One line a card. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

static unsigned long long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000ull + (unsigned long long)t.tv_nsec;
}

static void exchange(SCARDCONTEXT context, const char *reader, long count) {
	const BYTE command[21] = {0x90, 0xaf, 0x00, 0x00, 0x10};
	static BYTE answer[65548];
	SCARDHANDLE card;
	DWORD protocol;
	unsigned long long from = now();
	if (SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol) != SCARD_S_SUCCESS) return;
	if (SCardBeginTransaction(card) != SCARD_S_SUCCESS) return;
	printf("took");
	for (long i = 0; i < count; i++) {
		DWORD length = sizeof answer;
		if (SCardTransmit(card, protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1, command, sizeof command, NULL, answer, &length) != SCARD_S_SUCCESS) exit(1);
		unsigned long long at = now();
		printf(" %llu", at - from);
		from = now();
	}
	printf("\n");
	SCardEndTransaction(card, SCARD_LEAVE_CARD);
	SCardDisconnect(card, SCARD_LEAVE_CARD);
}

int main(int count, char **arguments) {
	char names[1024];
	DWORD length = sizeof names;
	SCARDCONTEXT context;
	SCARD_READERSTATE state;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (count != 2 || SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS) return 1;
	if (SCardListReaders(context, NULL, names, &length) != SCARD_S_SUCCESS) return 1;
	memset(&state, 0, sizeof state);
	state.szReader = names;
	printf("ready\n");
	while (SCardGetStatusChange(context, INFINITE, &state, 1) == SCARD_S_SUCCESS) {
		DWORD was = state.dwCurrentState, is = state.dwEventState;
		state.dwCurrentState = is;
		if ((is & SCARD_STATE_PRESENT) && !(was & SCARD_STATE_PRESENT)) exchange(context, names, atol(arguments[1]));
	}
	return 1;
}
