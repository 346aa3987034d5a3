/** Proofs of a genuine key, and every way to bend one, come in; each guard of WebAuthn L3 §7.2 refuses what is its own, and only that. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { AssertionClaim } from '../../agent/webauthn/claims.ts';
import { algorithmOf, userHandleOf } from '../../agent/webauthn/credential.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { pinOf, rpId } from '../fido/place.ts';
import { claimAssertion, enrolled, flagged, forAssertion, guardOf, owner, resigned, station, verify } from './place.ts';

test('a genuine proof is taken, with its counter', async () => {
  const at = station();
  const { key, credential } = await enrolled(at);
  const outcome = await verify.assertion(await claimAssertion(at, key, credential), forAssertion(at, credential));
  assert.deepEqual(outcome, { kind: 'proved', userVerified: false, counter: credential.counter + 1 });
});

for (const algorithm of [-7, -8, -257])
  test(`COSE algorithm ${algorithm}`, async () => {
    const at = station();
    const { key, credential } = await enrolled(at, { algorithms: [algorithm] });
    assert.equal(algorithmOf(Buffer.from(credential.publicKey, 'base64url')), algorithm);
    assert.equal(guardOf(await verify.assertion(await claimAssertion(at, key, credential), forAssertion(at, credential))), 'none');
  });

test('user verification is taken where the key did it', async () => {
  const at = station();
  const { key, credential } = await enrolled(at, { pin: '493817' });
  const outcome = await verify.assertion(await claimAssertion(at, key, credential, pinOf('493817')), forAssertion(at, credential, { userVerification: 'required' }));
  assert.equal(outcome.kind === 'proved' && outcome.userVerified, true);
});

/** Each bends one thing of a claim that else would be taken. */
const bent: readonly (readonly [guard: string, fault: string, bend: (at: Awaited<ReturnType<typeof scene>>) => AssertionClaim])[] = [
  ['allowed', 'wrong', ({ claim }) => ({ ...claim, credentialId: Uint8Array.from(randomBytes(48)) })],
  ['userHandle', 'wrong', ({ claim }) => ({ ...claim, userHandle: userHandleOf('subscriber-2') })],
  ['clientData', 'malformed', ({ claim }) => ({ ...claim, clientDataJSON: Buffer.from('{"type":') })],
  // Not UTF-8, in a member nobody reads, signed as it is.
  [
    'clientData',
    'malformed',
    ({ key, claim }) =>
      resigned(key, { ...claim, clientDataJSON: Buffer.concat([claim.clientDataJSON.subarray(0, -1), Buffer.from(',"x":"'), Uint8Array.of(0xff), Buffer.from('"}')]) }, {}),
  ],
  ['type', 'malformed', ({ key, claim }) => resigned(key, claim, { clientData: { type: 'webauthn.create' } })],
  ['challenge', 'wrong', ({ key, claim }) => resigned(key, claim, { clientData: { challenge: randomBytes(32).toString('base64url') } })],
  ['challenge', 'wrong', ({ key, claim }) => resigned(key, claim, { clientData: { challenge: 7 } })],
  ['origin', 'wrong', ({ key, claim }) => resigned(key, claim, { clientData: { origin: 'https://station.clinic.evil' } })],
  ['origin', 'wrong', ({ key, claim }) => resigned(key, claim, { clientData: { origin: 'http://station.clinic' } })],
  ['crossOrigin', 'wrong', ({ key, claim }) => resigned(key, claim, { clientData: { crossOrigin: true } })],
  ['crossOrigin', 'wrong', ({ key, claim }) => resigned(key, claim, { clientData: { crossOrigin: true, topOrigin: 'https://station.clinic' } })],
  ['authenticatorData', 'malformed', ({ claim }) => ({ ...claim, authenticatorData: claim.authenticatorData.subarray(0, 36) })],
  ['authenticatorData', 'malformed', ({ key, claim }) => resigned(key, claim, { authenticatorData: Buffer.concat([claim.authenticatorData, Uint8Array.of(0xa0)]) })],
  [
    'rpIdHash',
    'wrong',
    ({ key, claim }) => resigned(key, claim, { authenticatorData: Buffer.concat([createHash('sha256').update('other.clinic').digest(), claim.authenticatorData.subarray(32)]) }),
  ],
  ['userPresence', 'malformed', ({ key, claim }) => resigned(key, claim, { authenticatorData: flagged(claim.authenticatorData, 0, 0x01) })],
  ['backup', 'malformed', ({ key, claim }) => resigned(key, claim, { authenticatorData: flagged(claim.authenticatorData, 0x10) })],
  ['backup', 'wrong', ({ key, claim }) => resigned(key, claim, { authenticatorData: flagged(claim.authenticatorData, 0x08) })],
  ['signature', 'wrong', ({ claim }) => ({ ...claim, signature: Buffer.concat([claim.signature.subarray(0, -1), Uint8Array.of((claim.signature.at(-1) ?? 0) ^ 1)]) })],
  ['signature', 'wrong', ({ claim }) => ({ ...claim, signature: Uint8Array.of(0x30, 0x00) })],
  ['signature', 'wrong', ({ claim }) => ({ ...claim, authenticatorData: flagged(claim.authenticatorData, 0x04) })],
];
async function scene() {
  const at = station();
  const { key, credential } = await enrolled(at);
  return { at, key, credential, claim: await claimAssertion(at, key, credential) };
}
for (const [index, [guard, fault, bend]] of bent.entries())
  test(`bent ${index + 1}: refused by ${guard}`, async () => {
    const all = await scene();
    const outcome = await verify.assertion(bend(all), forAssertion(all.at, all.credential));
    assert.deepEqual(outcome, { kind: 'refused', guard, fault });
  });

test('presence where verification is required', async () => {
  const { at, credential, claim } = await scene();
  assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, credential, { userVerification: 'required' }))), 'userVerification');
});

test('a proof without verification is taken where it is not asked for: the library’s own default would refuse it', async () => {
  const { at, credential, claim } = await scene();
  assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, credential, { userVerification: 'discouraged' }))), 'none');
});

test('a proof is taken once', async () => {
  const { at, credential, claim } = await scene();
  assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, credential))), 'none');
  assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, credential))), 'challenge');
});

test('a refused proof has used its challenge up too', async () => {
  const { at, key, credential, claim } = await scene();
  const wrong = resigned(key, claim, { clientData: { origin: 'https://evil.example' } });
  assert.equal(guardOf(await verify.assertion(wrong, forAssertion(at, credential))), 'origin');
  assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, credential))), 'challenge');
});

test('another key’s proof over the same challenge, in the place of the owner’s', async () => {
  const { at, credential } = await scene();
  const other = await enrolled(at);
  const claim = await claimAssertion(at, other.key, other.credential);
  assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, credential))), 'allowed');
  const again = await claimAssertion(at, other.key, other.credential);
  assert.equal(guardOf(await verify.assertion({ ...again, credentialId: Buffer.from(credential.id, 'base64url') }, forAssertion(at, credential))), 'signature');
});

test('a counter that fell behind or stands still is a clone, found after the signature', async () => {
  for (const counter of [5, 6, 900]) {
    const { at, key, credential } = await scene();
    key.authenticator.counter = 4;
    const claim = await claimAssertion(at, key, credential);
    assert.deepEqual(await verify.assertion(claim, forAssertion(at, { ...credential, counter })), { kind: 'refused', guard: 'counter', fault: 'cloned' });
  }
});

test('a counter that nobody signed calls nobody a clone', async () => {
  const { at, credential, claim } = await scene();
  const junk = Uint8Array.from(claim.authenticatorData);
  junk.set([0, 0, 0, 0], 33);
  assert.deepEqual(await verify.assertion({ ...claim, authenticatorData: junk }, forAssertion(at, { ...credential, counter: 900 })), {
    kind: 'refused',
    guard: 'signature',
    fault: 'wrong',
  });
});

test('a key that does not count is taken', async () => {
  const { at, key, credential, claim } = await scene();
  const zero = Uint8Array.from(claim.authenticatorData);
  zero.set([0, 0, 0, 0], 33);
  const outcome = await verify.assertion(resigned(key, claim, { authenticatorData: zero }), forAssertion(at, { ...credential, counter: 0 }));
  assert.deepEqual(outcome, { kind: 'proved', userVerified: false, counter: 0 });
});

test('a record whose key is of no pinned algorithm, or no key at all, proves nothing', async () => {
  for (const publicKey of ['', Buffer.from('a5010203382f', 'hex').toString('base64url'), Buffer.from('pQECAyYgASFYIA', 'base64url').toString('base64url')]) {
    const { at, credential, claim } = await scene();
    assert.equal((await verify.assertion(claim, forAssertion(at, { ...credential, publicKey }))).kind, 'refused');
  }
  const { at, credential, claim } = await scene();
  const es384 = Buffer.from(credential.publicKey, 'base64url');
  es384.set([0x38, 0x22], 4);
  assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, { ...credential, publicKey: es384.toString('base64url') }))), 'algorithm');
});

test('where the key says whose it is, a challenge issued for nobody is needed', async () => {
  const at = station();
  const { key, credential } = await enrolled(at);
  const claim = await claimAssertion(at, key, credential);
  assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, credential, { issuedTo: null }))), 'challenge');
  const other = await claimAssertion(at, key, credential);
  assert.equal(guardOf(await verify.assertion(other, forAssertion(at, credential, { issuedTo: 'subscriber-2' }))), 'challenge');
});

test('ten thousand claims of random bytes are refused', async () => {
  const at = station();
  const { credential } = await enrolled(at);
  for (let round = 0; round < 10_000; round += 1) {
    const some = (most: number): Uint8Array => Uint8Array.from(randomBytes(Math.floor(Math.random() * most)));
    const claim: AssertionClaim = {
      credentialId: Buffer.from(credential.id, 'base64url'),
      authenticatorData: some(200),
      clientDataJSON: some(200),
      signature: some(100),
      userHandle: null,
    };
    assert.equal((await verify.assertion(claim, forAssertion(at, credential))).kind, 'refused');
  }
});

test('thousands of claims that only the signature can refuse', async () => {
  const at = station();
  const { credential } = await enrolled(at);
  for (let round = 0; round < 2_000; round += 1) {
    const challenge = Buffer.from(at.challenges.issue('authentication', owner)).toString('base64url');
    const clientDataJSON = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin: 'https://station.clinic' }));
    const authenticatorData = Buffer.concat([createHash('sha256').update(rpId).digest(), Uint8Array.of(1), randomBytes(4)]);
    const claim = { credentialId: Buffer.from(credential.id, 'base64url'), authenticatorData, clientDataJSON, signature: randomBytes(round % 90), userHandle: null };
    assert.deepEqual(await verify.assertion(claim, forAssertion(at, credential)), { kind: 'refused', guard: 'signature', fault: 'wrong' });
  }
});

test('a key that holds no such credential makes no claim at all', async () => {
  const { at, credential } = await scene();
  await assert.rejects(claimAssertion(at, softwareKey(), credential), /fault/);
});
