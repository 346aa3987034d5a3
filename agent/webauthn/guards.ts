/** A claim and what is expected come in; the first thing about it that does not hold goes out, in the order of WebAuthn L3 §7.1 and §7.2. */
import { createHash } from 'node:crypto';
import { type AuthenticatorData, parseAuthenticatorData } from '../../core/authenticator-data.ts';
import type { ProofFault, SubscriberId } from '../../core/types.ts';
import type { Challenges, Purpose } from './challenges.ts';
import { fromBase64url } from './claims.ts';

/** Which rule refused; one word for the ledger and the diagnosis. */
export type Guard =
  | 'allowed'
  | 'userHandle'
  | 'clientData'
  | 'type'
  | 'challenge'
  | 'origin'
  | 'crossOrigin'
  | 'authenticatorData'
  | 'rpIdHash'
  | 'userPresence'
  | 'userVerification'
  | 'backup'
  | 'algorithm'
  | 'signature'
  | 'counter'
  | 'format'
  | 'attestation'
  | 'root'
  | 'aaguid'
  | 'credentialId'
  | 'registered';
export type Refused = { readonly kind: 'refused'; readonly guard: Guard; readonly fault: ProofFault };

export const refused = (guard: Guard, fault: ProofFault): Refused => ({ kind: 'refused', guard, fault });

/** What both ceremonies are held to. */
export type Expected = {
  readonly challenges: Challenges;
  /** Whom the challenge was issued for; null: the key was to say. */
  readonly issuedTo: SubscriberId | null;
  /** Whole origins, `https://station.clinic`; compared as they are. */
  readonly origins: readonly string[];
  readonly rpId: string;
  /** Always said: the library would take "required" for unsaid. */
  readonly userVerification: 'required' | 'discouraged';
  /** `shown`: the key has proved its presence in an assertion of this very stay in the field, and gives it once a stay. Left out: it must now. */
  readonly presence?: 'asked' | 'shown';
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(clientDataJSON: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(utf8.decode(clientDataJSON));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** §7.1 steps 5 to 11, §7.2 steps 8 to 14. Uses the challenge up. Its text goes out for the library. */
export function guardClientData(
  clientDataJSON: Uint8Array,
  purpose: Purpose,
  { challenges, issuedTo, origins }: Expected,
): Refused | { readonly kind: 'held'; readonly challenge: string } {
  const said = parse(clientDataJSON);
  if (!said) return refused('clientData', 'malformed');
  const { type, challenge, origin, crossOrigin, topOrigin } = said;
  // The challenge is used up first, whatever else is wrong: nobody gets a second try at it.
  const isFresh = typeof challenge === 'string' && challenges.consume(fromBase64url(challenge), purpose, issuedTo);
  if (type !== (purpose === 'registration' ? 'webauthn.create' : 'webauthn.get')) return refused('type', 'malformed');
  if (!isFresh) return refused('challenge', 'wrong');
  if (typeof origin !== 'string' || !origins.includes(origin)) return refused('origin', 'wrong');
  // A station's screen stands in no frame of anybody's.
  if ((crossOrigin !== undefined && crossOrigin !== false) || topOrigin !== undefined) return refused('crossOrigin', 'wrong');
  return { kind: 'held', challenge };
}

/** §7.1 steps 14 to 17, §7.2 steps 15 to 18. */
export function guardAuthenticatorData(
  bytes: Uint8Array,
  { rpId, userVerification, presence = 'asked' }: Expected,
): Refused | { readonly kind: 'held'; readonly authenticatorData: AuthenticatorData } {
  const authenticatorData = parseAuthenticatorData(bytes);
  if (!authenticatorData) return refused('authenticatorData', 'malformed');
  const { rpIdHash, userPresent, userVerified, backupEligible, backedUp } = authenticatorData;
  if (!createHash('sha256').update(rpId).digest().equals(rpIdHash)) return refused('rpIdHash', 'wrong');
  if (presence === 'asked' && !userPresent) return refused('userPresence', 'malformed');
  if (userVerification === 'required' && !userVerified) return refused('userVerification', 'malformed');
  if (backedUp && !backupEligible) return refused('backup', 'malformed');
  return { kind: 'held', authenticatorData };
}
