/** A key's status byte or status words come in; what they mean for the person who holds it goes out. */
import type { ProofFault } from '../../core/types.ts';

/** Everything but success. None is an exception: each is an expected answer of some key. */
export type KeyFault =
  /** `said`: CTAP status (up to FF) or SW1 SW2, for the diagnosis; null where it said nothing or something else was wrong. */
  | { readonly kind: 'fault'; readonly fault: ProofFault; readonly said: number | null }
  /** `retries` left in the key until it blocks; null: it did not say. */
  | { readonly kind: 'pinWrong'; readonly retries: number | null }
  /** `removed`: three wrong ones in this stay, take it off and hold it again (CTAP 2.1 §6.5.2.3). `reset`: for good, the key must be reset and enrolled anew. */
  | { readonly kind: 'pinBlocked'; readonly until: 'removed' | 'reset' }
  /** It wants its PIN for this: one is set, or it always verifies its user. */
  | { readonly kind: 'pinNeeded' }
  | { readonly kind: 'pinNotSet' }
  /** The new PIN is not one this key takes (too short, or on its list). */
  | { readonly kind: 'pinRefused' }
  /** One presence per stay in the field: take it off and hold it again. */
  | { readonly kind: 'presenceSpent' }
  /** It holds a credential of the exclude list. */
  | { readonly kind: 'registeredAlready' }
  /** Discoverable credentials of several people here: it does not say who is meant. */
  | { readonly kind: 'severalPeople' }
  /** It holds a discoverable credential of somebody else for this RP ID: a tap would name her, or nobody. */
  | { readonly kind: 'anothers' }
  /** It verifies its user each time (option `alwaysUv`, CTAP 2.1 §7.2), and a tap has no PIN to give. */
  | { readonly kind: 'alwaysVerifies' }
  | { readonly kind: 'unsupported'; readonly what: 'pinProtocol' | 'algorithm' | 'hmacSecret' | 'discoverable' };

export const fault = (is: ProofFault, said: number | null = null): KeyFault => ({ kind: 'fault', fault: is, said });

/** CTAP 2.1 §8.2. Codes that blame the request, or that nobody has defined, are a key that answers against the protocol. */
export function statusFault(status: number): KeyFault {
  switch (status) {
    case 0x19: // CREDENTIAL_EXCLUDED
      return { kind: 'registeredAlready' };
    case 0x22: // INVALID_CREDENTIAL
    case 0x2e: // NO_CREDENTIALS
      return fault('missing', status);
    case 0x26: // UNSUPPORTED_ALGORITHM
      return { kind: 'unsupported', what: 'algorithm' };
    case 0x28: // KEY_STORE_FULL
      return { kind: 'unsupported', what: 'discoverable' };
    case 0x27: // OPERATION_DENIED
    case 0x2f: // USER_ACTION_TIMEOUT
    case 0x3a: // ACTION_TIMEOUT
    case 0x3b: // UP_REQUIRED
      return { kind: 'presenceSpent' };
    case 0x31: // PIN_INVALID
      return { kind: 'pinWrong', retries: null };
    case 0x32: // PIN_BLOCKED
      return { kind: 'pinBlocked', until: 'reset' };
    case 0x34: // PIN_AUTH_BLOCKED
      return { kind: 'pinBlocked', until: 'removed' };
    case 0x35: // PIN_NOT_SET
      return { kind: 'pinNotSet' };
    case 0x36: // PUAT_REQUIRED
      return { kind: 'pinNeeded' };
    case 0x37: // PIN_POLICY_VIOLATION
      return { kind: 'pinRefused' };
    case 0x33: // PIN_AUTH_INVALID: it does not hold what we sealed for what it was told.
      return fault('wrong', status);
    default:
      return fault('malformed', status);
  }
}

/** SW1 SW2 other than 9000 from a selected applet (ISO 7816-4 §5.6): it knows no such command, or no such application is there. */
export function wordFault(word: number): KeyFault {
  switch (word) {
    case 0x6999: // Applet select failed
    case 0x6a81: // Function not supported
    case 0x6a82: // Not found
    case 0x6d00: // INS not supported
    case 0x6e00: // CLA not supported
      return fault('missing', word);
    default:
      return fault('malformed', word);
  }
}
