/** The claim of a proof and the record it should prove come in; it is verified in the order of WebAuthn L3 §7.2, and the new counter goes out, or the guard that refused. */
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { SubscriberId } from '../../core/types.ts';
import { type AssertionClaim, assertionJson, fromBase64url } from './claims.ts';
import { algorithmOf, type FidoCredential, userHandleOf } from './credential.ts';
import { type Expected, guardAuthenticatorData, guardClientData, type Refused, refused } from './guards.ts';

export type ExpectedAssertion = Expected & {
  readonly credential: FidoCredential;
  /** Whose credential it is. */
  readonly owner: SubscriberId;
};
/** `counter` goes into the record before anything opens. */
export type Proved = { readonly kind: 'proved'; readonly userVerified: boolean; readonly counter: number };

/** Never throws; uses the challenge up. */
export async function verifyAssertion(claim: AssertionClaim, expected: ExpectedAssertion): Promise<Proved | Refused> {
  const { credential, owner } = expected;
  const client = guardClientData(claim.clientDataJSON, 'authentication', expected);
  // Steps 5 and 6: the library compares neither.
  if (!same(claim.credentialId, fromBase64url(credential.id))) return refused('allowed', 'wrong');
  if (claim.userHandle !== null && !same(claim.userHandle, userHandleOf(owner))) return refused('userHandle', 'wrong');
  if (client.kind === 'refused') return client;
  const held = guardAuthenticatorData(claim.authenticatorData, expected);
  if (held.kind === 'refused') return held;
  const { userVerified, backupEligible, counter } = held.authenticatorData;
  // Step 19: eligibility never changes in the life of a credential.
  if (backupEligible !== credential.backupEligible) return refused('backup', 'wrong');
  if (algorithmOf(fromBase64url(credential.publicKey)) === null) return refused('algorithm', 'malformed');
  if (!(await isSigned(claim, client.challenge, expected))) return refused('signature', 'wrong');
  // Step 22, and only here: a counter nobody has signed must not lock anybody out.
  if ((counter !== 0 || credential.counter !== 0) && counter <= credential.counter) return refused('counter', 'cloned');
  return { kind: 'proved', userVerified, counter };
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);

/** Step 21. A bad signature is false, a malformed key or claim throws: the same to us. */
async function isSigned(claim: AssertionClaim, challenge: string, { credential, origins, rpId, userVerification, presence }: ExpectedAssertion): Promise<boolean> {
  try {
    const result = await verifyAuthenticationResponse({
      response: assertionJson(claim),
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: userVerification === 'required',
      // The library would insist on the UP flag, which the guards before it have looked at.
      ...(presence === 'shown' && { advancedFIDOConfig: { userVerification } }),
      // Counter 0: the library would compare before it has looked at the signature.
      credential: { id: credential.id, publicKey: fromBase64url(credential.publicKey), counter: 0 },
    });
    return result.verified;
  } catch {
    return false;
  }
}
