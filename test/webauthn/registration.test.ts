/** New credentials of genuine, home-made and bent keys come in; each guard of WebAuthn L3 §7.1 refuses what is its own, offline. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { decode, encode } from 'cborg';
import { type AttestationPolicy, aaguidText, readAttestationPolicy } from '../../agent/webauthn/attestation.ts';
import type { RegistrationClaim } from '../../agent/webauthn/claims.ts';
import { maker } from '../cards/fido/certificate.ts';
import { type SoftwareKeyOptions, softwareAaguid, softwareKey } from '../cards/fido/key.ts';
import { pinOf } from '../fido/place.ts';
import { claimRegistration, flagged, forRegistration, guardOf, station, verify } from './place.ts';

function listed(roots: readonly string[], aaguids: readonly string[] = [aaguidText(softwareAaguid)]): AttestationPolicy {
  const policy = readAttestationPolicy({ roots, aaguids });
  if (policy.kind === 'contradiction') throw new Error(policy.why);
  return policy;
}
const genuine = maker(softwareAaguid);
const fromFactory = ({ leaf }: ReturnType<typeof maker>): SoftwareKeyOptions => ({ attestation: { x5c: [leaf.der], key: leaf.key } });

async function attempt(options: SoftwareKeyOptions, attestation: AttestationPolicy): Promise<string> {
  const at = station();
  const claim = await claimRegistration(at, softwareKey(options));
  return guardOf(await verify.registration(claim, forRegistration(at, { attestation })));
}

test('a genuine key is taken, and its record says what was proved', async () => {
  const at = station();
  const key = softwareKey({ pin: '493817', ...fromFactory(genuine) });
  const claim = await claimRegistration(at, key, pinOf('493817'));
  const outcome = await verify.registration(claim, forRegistration(at, { attestation: listed([genuine.root.pem]), userVerification: 'required' }));
  assert.equal(outcome.kind, 'registered');
  if (outcome.kind !== 'registered') return;
  const { publicKey, ...rest } = outcome.credential;
  assert.deepEqual(rest, {
    id: Buffer.from(claim.credentialId).toString('base64url'),
    counter: 1,
    aaguid: aaguidText(softwareAaguid),
    attested: true,
    transports: ['nfc'],
    backupEligible: false,
    hmacSecret: true,
  });
  assert.deepEqual(decode(Buffer.from(publicKey, 'base64url'), { useMaps: true }), new Map(key.authenticator.credentials[0]?.publicKey));
  assert.equal(outcome.userVerified, true);
});

test('a home-made certificate with a listed model is refused', async () => {
  assert.equal(await attempt(fromFactory(maker(softwareAaguid)), listed([genuine.root.pem])), 'root');
});

test('self attestation names any model it likes: refused under a list, taken without one', async () => {
  assert.equal(await attempt({ attestation: null }, listed([genuine.root.pem])), 'format');
  assert.equal(await attempt({ attestation: null }, { kind: 'any' }), 'none');
});

test('no attestation names any model it likes: refused under a list, taken without one', async () => {
  assert.equal(await attempt({ attestation: 'none' }, listed([genuine.root.pem])), 'format');
  assert.equal(await attempt({ attestation: 'none' }, { kind: 'any' }), 'none');
});

test('a statement of a format that no security key makes', async () => {
  for (const attestation of [{ kind: 'any' } as const, listed([genuine.root.pem])])
    for (const format of ['fido-u2f', 'tpm', 'apple', 'android-key', 'android-safetynet', 'compound', '']) {
      const at = station();
      const claim = await claimRegistration(at, softwareKey(fromFactory(genuine)));
      const object = decode(claim.attestationObject, { useMaps: true }) as Map<string, unknown>;
      const attestationObject = encode(object.set('fmt', format));
      assert.equal(guardOf(await verify.registration({ ...claim, attestationObject }, forRegistration(at, { attestation }))), 'format');
    }
});

test('a certificate that names another issuer than the one that signed it', async () => {
  const misnamed = maker(softwareAaguid, { by: { ...genuine.root, name: { C: 'CH', O: 'Others', CN: 'Others Root' } } });
  assert.equal(await attempt(fromFactory(misnamed), listed([genuine.root.pem])), 'root');
});

test('a genuine key of a model that is not listed', async () => {
  assert.equal(await attempt(fromFactory(genuine), listed([genuine.root.pem], ['00000000-0000-0000-0000-000000000001'])), 'aaguid');
});

test('a genuine certificate under another model’s name', async () => {
  const other = Uint8Array.from(randomBytes(16));
  assert.equal(await attempt({ aaguid: other, ...fromFactory(genuine) }, listed([genuine.root.pem], [aaguidText(other)])), 'signature');
});

test('an attestation certificate that has expired, or is not valid yet', async () => {
  const day = 86_400_000;
  const expired = maker(softwareAaguid, { notAfter: new Date(Date.now() - day) });
  const early = maker(softwareAaguid, { notBefore: new Date(Date.now() + day) });
  assert.equal(await attempt(fromFactory(expired), listed([expired.root.pem])), 'root');
  assert.equal(await attempt(fromFactory(early), listed([early.root.pem])), 'root');
});

test('a leaf that poses as a certificate authority vouches for nobody', async () => {
  const below = maker(softwareAaguid, { by: genuine.leaf });
  assert.equal(await attempt({ attestation: { x5c: [below.leaf.der, genuine.leaf.der], key: below.leaf.key } }, listed([genuine.root.pem])), 'root');
});

test('a chain through an intermediate, and a pinned leaf', async () => {
  const between = maker(softwareAaguid, { name: { C: 'CH', O: 'Software Keys', CN: 'Line 7' }, ca: true });
  const below = maker(softwareAaguid, { by: between.leaf });
  const chain: SoftwareKeyOptions = { attestation: { x5c: [below.leaf.der, between.leaf.der], key: below.leaf.key } };
  assert.equal(await attempt(chain, listed([between.root.pem])), 'none');
  assert.equal(await attempt({ attestation: { x5c: [below.leaf.der], key: below.leaf.key } }, listed([between.root.pem])), 'root');
  assert.equal(await attempt(fromFactory(genuine), listed([genuine.leaf.pem])), 'none');
});

test('a chain of more certificates than any maker has', async () => {
  assert.equal(await attempt({ attestation: { x5c: Array.from({ length: 5 }, () => genuine.leaf.der), key: genuine.leaf.key } }, listed([genuine.root.pem])), 'attestation');
});

test('nothing is fetched, whatever the certificate names as its revocation list', async (t: TestContext) => {
  let fetched = 0;
  t.mock.method(globalThis, 'fetch', () => {
    fetched += 1;
    return Promise.reject(new Error('offline'));
  });
  const naming = maker(softwareAaguid, { crl: 'http://crl.invalid/keys.crl' });
  assert.equal(await attempt(fromFactory(naming), listed([naming.root.pem])), 'none');
  assert.equal(fetched, 0);
});

test('roots without a list, a list without roots, and what is neither', () => {
  const why = (roots: readonly string[], aaguids: readonly string[]): string => {
    const policy = readAttestationPolicy({ roots, aaguids });
    return policy.kind === 'contradiction' ? policy.why : policy.kind;
  };
  const one = [aaguidText(softwareAaguid)];
  assert.equal(why([], []), 'any');
  assert.equal(why([genuine.root.pem], one), 'listed');
  assert.match(why([], one), /without an attestation root/);
  assert.match(why([genuine.root.pem], []), /without a list/);
  assert.match(why(['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'], one), /not a certificate/);
  for (const wrong of ['cb69481e8ff7403993ec0a2729a154a8', 'CB69481E-8FF7-4039-93EC-0A2729A154A8', '00000000-0000-0000-0000-000000000000'])
    assert.match(why([genuine.root.pem], [wrong]), /AAGUID/);
});

type Bend = (claim: RegistrationClaim) => RegistrationClaim;
/** The attestation object with other authenticator data; `none` leaves nothing that could be signed wrongly. */
const unsigned =
  (change: (authData: Uint8Array) => Uint8Array): Bend =>
  (claim) => {
    const object = decode(claim.attestationObject, { useMaps: true }) as Map<string, Uint8Array>;
    return {
      ...claim,
      attestationObject: encode(
        new Map<string, unknown>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', change(object.get('authData') ?? new Uint8Array())],
        ]),
      ),
    };
  };
const saying =
  (change: Record<string, unknown>): Bend =>
  (claim) => ({
    ...claim,
    clientDataJSON: Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(claim.clientDataJSON).toString()) as object), ...change })),
  });
const otherwise =
  (at: number, bytes: readonly number[]) =>
  (authData: Uint8Array): Uint8Array => {
    const changed = Uint8Array.from(authData);
    changed.set(bytes, at);
    return changed;
  };
const bent: readonly (readonly [guard: string, bend: Bend])[] = [
  ['clientData', (claim) => ({ ...claim, clientDataJSON: Buffer.from('[]') })],
  ['type', saying({ type: 'webauthn.get' })],
  ['challenge', saying({ challenge: randomBytes(32).toString('base64url') })],
  ['origin', saying({ origin: 'https://evil.example' })],
  ['crossOrigin', saying({ crossOrigin: true })],
  ['attestation', (claim) => ({ ...claim, attestationObject: randomBytes(60) })],
  ['attestation', (claim) => ({ ...claim, attestationObject: Buffer.from('81'.repeat(9_000), 'hex') })],
  ['rpIdHash', unsigned(otherwise(0, [1, 2, 3]))],
  ['userPresence', unsigned((authData) => flagged(authData, 0, 0x01))],
  ['backup', unsigned((authData) => flagged(authData, 0x10))],
  ['authenticatorData', unsigned((authData) => authData.subarray(0, 80))],
  ['authenticatorData', unsigned((authData) => flagged(authData.subarray(0, 37), 0, 0xc0))],
  ['algorithm', unsigned(otherwise(37 + 18 + 48 + 4, [0x38, 0x22]))],
  ['signature', saying({ extra: 'not signed' })],
  ['signature', unsigned((authData) => Buffer.concat([authData, Uint8Array.of(0)]))],
  ['credentialId', (claim) => ({ ...claim, credentialId: Uint8Array.from(randomBytes(48)) })],
];
for (const [index, [guard, bend]] of bent.entries())
  test(`bent ${index + 1}: refused by ${guard}`, async () => {
    const at = station();
    const claim = await claimRegistration(at, softwareKey(fromFactory(genuine)));
    assert.equal(guardOf(await verify.registration(bend(claim), forRegistration(at))), guard);
  });

test('presence where verification is required, and a credential that somebody has', async () => {
  const at = station();
  assert.equal(guardOf(await verify.registration(await claimRegistration(at, softwareKey()), forRegistration(at, { userVerification: 'required' }))), 'userVerification');
  assert.equal(guardOf(await verify.registration(await claimRegistration(at, softwareKey()), forRegistration(at, { isRegistered: () => true }))), 'registered');
});

test('a key of an algorithm that the library would take, and we do not', async () => {
  const at = station();
  const claim = await claimRegistration(at, softwareKey({ attestation: 'none' }));
  const es384 = unsigned(otherwise(37 + 18 + 48 + 4, [0x27]))(claim);
  assert.equal(guardOf(await verify.registration(es384, forRegistration(at))), 'algorithm');
});

test('a registration is taken once, within 30 s', async () => {
  const at = station();
  const claim = await claimRegistration(at, softwareKey());
  assert.equal(guardOf(await verify.registration(claim, forRegistration(at))), 'none');
  assert.equal(guardOf(await verify.registration(claim, forRegistration(at))), 'challenge');
  const late = await claimRegistration(at, softwareKey());
  at.clock.time += 30_000;
  assert.equal(guardOf(await verify.registration(late, forRegistration(at))), 'challenge');
});
