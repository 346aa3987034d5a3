/** A software key comes in; what a station expects of it, and ceremonies with the real verifier, go out. */
import { createHash, sign } from 'node:crypto';
import { type ExpectedAssertion, type Proved, verifyAssertion } from '../../agent/webauthn/assertion.ts';
import { type Challenges, createChallenges } from '../../agent/webauthn/challenges.ts';
import type { AssertionClaim, RegistrationClaim } from '../../agent/webauthn/claims.ts';
import { type FidoCredential, userHandleOf } from '../../agent/webauthn/credential.ts';
import type { Guard, Refused } from '../../agent/webauthn/guards.ts';
import { type ExpectedRegistration, type Registered, verifyRegistration } from '../../agent/webauthn/registration.ts';
import type { Clock } from '../../core/ports.ts';
import { type SoftwareKey, type SoftwareKeyOptions, softwareKey } from '../cards/fido/key.ts';
import { origin, prove, register, rpId } from '../fido/place.ts';

export const owner = 'subscriber-1';
export type Station = { readonly clock: Clock & { time: number }; readonly challenges: Challenges };

export function station(): Station {
  const clock = { time: 1_000, now: () => clock.time };
  return { clock, challenges: createChallenges(clock) };
}

/** A claim of the key, over NFC, as it would come to the verifier. */
export async function claimRegistration({ challenges }: Station, key: SoftwareKey, pin: Uint8Array | null = null): Promise<RegistrationClaim> {
  const made = await register(key, { challenge: challenges.issue('registration', owner), userHandle: userHandleOf(owner), pin });
  if (made.kind !== 'registration') throw new Error(made.kind);
  key.powered();
  return made;
}

export async function claimAssertion({ challenges }: Station, key: SoftwareKey, credential: FidoCredential, pin: Uint8Array | null = null): Promise<AssertionClaim> {
  const proof = await prove(key, { challenge: challenges.issue('authentication', owner), credentialId: Buffer.from(credential.id, 'base64url'), pin });
  if (proof.kind !== 'proof') throw new Error(proof.kind);
  key.powered();
  return proof;
}

export const forRegistration = ({ challenges }: Station, change: Partial<ExpectedRegistration> = {}): ExpectedRegistration => ({
  challenges,
  issuedTo: owner,
  origins: [origin],
  rpId,
  userVerification: 'discouraged',
  attestation: { kind: 'any' },
  isRegistered: () => false,
  ...change,
});
export const forAssertion = ({ challenges }: Station, credential: FidoCredential, change: Partial<ExpectedAssertion> = {}): ExpectedAssertion => ({
  challenges,
  issuedTo: owner,
  origins: [origin],
  rpId,
  userVerification: 'discouraged',
  credential,
  owner,
  ...change,
});

/** A key enrolled at a station, and its record. */
export async function enrolled(at: Station, options: SoftwareKeyOptions = {}): Promise<{ readonly key: SoftwareKey; readonly credential: FidoCredential }> {
  const key = softwareKey(options);
  const made = await verifyRegistration(await claimRegistration(at, key), forRegistration(at));
  if (made.kind !== 'registered') throw new Error(made.guard);
  return { key, credential: made.credential };
}

export const guardOf = (outcome: Refused | Registered | Proved): Guard | 'none' => (outcome.kind === 'refused' ? outcome.guard : 'none');

/** The claim with other client data, signed by the key as if it had been asked for them: what only a key that lies, or a page in between, could make. */
export function resigned(
  key: SoftwareKey,
  claim: AssertionClaim,
  change: { readonly clientData?: Record<string, unknown>; readonly authenticatorData?: Uint8Array },
): AssertionClaim {
  const credential = key.authenticator.credentials.find((c) => Buffer.from(c.id).equals(claim.credentialId));
  if (!credential) throw new Error('not a credential of this key');
  const said = (): object => JSON.parse(Buffer.from(claim.clientDataJSON).toString()) as object;
  const clientDataJSON = change.clientData ? Buffer.from(JSON.stringify({ ...said(), ...change.clientData })) : claim.clientDataJSON;
  const authenticatorData = change.authenticatorData ?? claim.authenticatorData;
  const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()]);
  return { ...claim, clientDataJSON, authenticatorData, signature: sign('sha256', signed, credential.key) };
}

/** The authenticator data with bits of its flags (byte 32) set and cleared. */
export function flagged(bytes: Uint8Array, set: number, cleared = 0): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[32] = ((changed[32] ?? 0) | set) & ~cleared;
  return changed;
}

export const verify = { registration: verifyRegistration, assertion: verifyAssertion };
