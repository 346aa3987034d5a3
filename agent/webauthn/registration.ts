/** The claim of a new credential comes in; it is verified in the order of WebAuthn L3 §7.1, and the record to keep goes out, or the guard that refused. */
import { verifyRegistrationResponse } from '@simplewebauthn/server';
import { type AttestationPolicy, aaguidText, guardAttestation, readStatement } from './attestation.ts';
import { type RegistrationClaim, registrationJson, toBase64url } from './claims.ts';
import { algorithmOf, algorithms, type FidoCredential } from './credential.ts';
import { type Expected, guardAuthenticatorData, guardClientData, type Refused, refused } from './guards.ts';

export type ExpectedRegistration = Expected & {
  readonly attestation: AttestationPolicy;
  /** Whether anybody at all holds this credential ID (§7.1, its last guard). */
  readonly isRegistered: (credentialId: string) => boolean;
};
export type Registered = { readonly kind: 'registered'; readonly credential: FidoCredential; readonly userVerified: boolean };

/** Never throws; uses the challenge up. Nothing is stored here. */
export async function verifyRegistration(claim: RegistrationClaim, expected: ExpectedRegistration): Promise<Registered | Refused> {
  const client = guardClientData(claim.clientDataJSON, 'registration', expected);
  if (client.kind === 'refused') return client;
  const statement = readStatement(claim.attestationObject);
  if (!statement) return refused('attestation', 'malformed');
  const held = guardAuthenticatorData(statement.authData, expected);
  if (held.kind === 'refused') return held;
  const { attested, userVerified, backupEligible, counter } = held.authenticatorData;
  if (!attested) return refused('authenticatorData', 'malformed');
  if (algorithmOf(held.authenticatorData.cbor) === null) return refused('algorithm', 'malformed');
  const distrusted = guardAttestation(statement, attested.aaguid, expected.attestation);
  if (distrusted) return distrusted;
  const publicKey = await verifiedKey(claim, client.challenge, expected);
  if (publicKey === null) return refused('signature', 'wrong');
  // The library takes the ID the key signed, and never looks whether it is the one the browser named.
  if (!Buffer.from(attested.credentialId).equals(claim.credentialId)) return refused('credentialId', 'wrong');
  const id = toBase64url(attested.credentialId);
  if (expected.isRegistered(id)) return refused('registered', 'wrong');
  const credential: FidoCredential = {
    id,
    publicKey: toBase64url(publicKey),
    counter,
    aaguid: aaguidText(attested.aaguid),
    attested: expected.attestation.kind === 'listed',
    transports: claim.transports,
    backupEligible,
    hmacSecret: claim.hmacSecret,
  };
  return { kind: 'registered', credential, userVerified };
}

/** The statement's signature (§7.1, §8.2). null: it does not hold, or the library threw, which is the same to us. */
async function verifiedKey(claim: RegistrationClaim, challenge: string, { origins, rpId, userVerification }: ExpectedRegistration): Promise<Uint8Array | null> {
  try {
    const result = await verifyRegistrationResponse({
      response: registrationJson(claim),
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: userVerification === 'required',
      supportedAlgorithmIDs: [...algorithms],
    });
    return result.verified ? result.registrationInfo.credential.publicKey : null;
  } catch {
    return null;
  }
}
