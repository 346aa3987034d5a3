/** Nothing comes in; one registration and one proof of a key made up for it have been verified when it resolves, so that the first tap does not wait 300 ms for libraries. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { verifyAssertion } from './assertion.ts';
import { createChallenges } from './challenges.ts';
import { verifyRegistration } from './registration.ts';

const rpId = 'warm-up.invalid';
const origin = `https://${rpId}`;

/** False: verification does not work in this program, and no key would open anything. */
export async function warmUp(): Promise<boolean> {
  const challenges = createChallenges({ now: () => performance.now() });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = privateKey.export({ format: 'jwk' });
  const part = (text = ''): Buffer => Buffer.from(text, 'base64url');
  const publicKey = Buffer.concat([part('pQECAyYgASFYIA'), part(x), Buffer.from('225820', 'hex'), part(y)]);
  const credentialId = Uint8Array.from({ length: 16 }, (_, at) => at);
  const hash = (body: Uint8Array | string): Buffer => createHash('sha256').update(body).digest();
  const clientData = (type: string, challenge: Uint8Array): Buffer => Buffer.from(JSON.stringify({ type, challenge: Buffer.from(challenge).toString('base64url'), origin }));
  const expected = { challenges, issuedTo: null, origins: [origin], rpId, userVerification: 'discouraged' } as const;

  const attested = Buffer.concat([hash(rpId), Uint8Array.of(0x41, 0, 0, 0, 0), new Uint8Array(16), Uint8Array.of(0, 16), credentialId, publicKey]);
  const attestationObject = Buffer.concat([Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'), Uint8Array.of(attested.length), attested]);
  const clientDataJSON = clientData('webauthn.create', challenges.issue('registration', null));
  const made = await verifyRegistration(
    { credentialId, attestationObject, clientDataJSON, transports: [], hmacSecret: false },
    { ...expected, attestation: { kind: 'any' }, isRegistered: () => false },
  );
  if (made.kind !== 'registered') return false;
  const authenticatorData = Buffer.concat([hash(rpId), Uint8Array.of(0x01, 0, 0, 0, 1)]);
  const asked = clientData('webauthn.get', challenges.issue('authentication', null));
  const signature = sign('sha256', Buffer.concat([authenticatorData, hash(asked)]), privateKey);
  const proved = await verifyAssertion(
    { credentialId, authenticatorData, clientDataJSON: asked, signature, userHandle: null },
    { ...expected, credential: made.credential, owner: 'warm-up' },
  );
  return proved.kind === 'proved';
}
