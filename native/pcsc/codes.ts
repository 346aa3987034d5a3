/** PC/SC return codes and reader states by number come in, what they mean for this program goes out. Values: PC/SC part 5, pcsclite.h, winerror.h. */

export const success = 0x0000_0000;
export const invalidHandle = 0x8010_0003;
export const insufficientBuffer = 0x8010_0008;
export const unknownReader = 0x8010_0009;
export const timeout = 0x8010_000a;
export const sharingViolation = 0x8010_000b;
export const readerUnavailable = 0x8010_0017;
export const noReaders = 0x8010_002e;
export const unsupportedCard = 0x8010_0065;
export const unresponsiveCard = 0x8010_0066;
export const unpoweredCard = 0x8010_0067;
/** Debian 13's service asks polkit, and polkit said no. */
export const securityViolation = 0x8010_006a;

/** The service went away under a context, or the context with it (Windows stops the service with its last reader): begin anew. */
export function isServiceLoss(code: number): boolean {
  switch (code) {
    case 0x0000_0006: // Windows: ERROR_INVALID_HANDLE
    case invalidHandle:
    case 0x8010_0012: // SCARD_P_SHUTDOWN / SCARD_E_SYSTEM_CANCELLED
    case 0x8010_0013: // SCARD_F_COMM_ERROR
    case 0x8010_001d: // SCARD_E_NO_SERVICE
    case 0x8010_001e: // SCARD_E_SERVICE_STOPPED
    case securityViolation: // Also what pcsc-lite answers when the service dies over the question.
      return true;
    default:
      return false;
  }
}

/** Another program, or a loss of power, has taken from the card all it knew of us: SCARD_W_RESET_CARD. */
export const resetCard = 0x8010_0068;

/** Normal while a card is on its way in or out of the field, or another program has reset it: worth another try. */
export function isPassing(code: number): boolean {
  switch (code) {
    case 0x8010_000c: // SCARD_E_NO_SMARTCARD
    case 0x8010_000f: // SCARD_E_PROTO_MISMATCH
    case 0x8010_0016: // SCARD_E_NOT_TRANSACTED
    case 0x8010_002f: // SCARD_E_COMM_DATA_LOST
    case unpoweredCard:
    case resetCard:
    case 0x8010_0069: // SCARD_W_REMOVED_CARD
      return true;
    default:
      return false;
  }
}

/** As a log line shows it. */
export const inHex = (code: number): string => code.toString(16).padStart(8, '0');

/** Low word of a reader's state; its high word counts insertions and removals. */
export const stateUnknown = 0x0004;
export const statePresent = 0x0020;
export const stateMute = 0x0200;

/** SCardConnect: other programs may use the card beside us; either protocol of ISO 7816-3; and leave the card as it is. */
export const shareShared = 2;
export const protocolAny = 0x0003;
export const leaveCard = 0;
