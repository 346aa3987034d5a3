/** A key that gives its presence once a stay comes in; it checks its PIN in the same stay all the same, and what its flags then say goes out. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encode } from 'cborg';
import { parseAuthenticatorData } from '../../core/authenticator-data.ts';
import { proveFido } from '../../native/fido/proof.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { need } from '../needs.ts';
import { enrolled, forAssertion, guardOf, owner, station, verify } from '../webauthn/place.ts';
import { inField, origin, pinOf, prove, registered, rpId } from './place.ts';

const pin = '493817';
const flagsOf = (bytes: Uint8Array) => {
  const said = parseAuthenticatorData(bytes);
  return [said?.userPresent, said?.userVerified];
};

test('presence, then the PIN without it, in one stay: four commands more, and the presence is not asked again', async (t) => {
  const key = softwareKey({ pin });
  const { credentialId } = await registered(key, { pin: pinOf(pin) });
  const first = await prove(key, { credentialId });
  assert.deepEqual(first.kind === 'proof' && flagsOf(first.authenticatorData), [true, false]);
  assert.deepEqual(await prove(key, { credentialId, pin: pinOf(pin) }), { kind: 'presenceSpent' }, 'with a presence of its own it cannot');
  const { transmit, traffic } = inField(key);
  const second = await proveFido(transmit, { rpId, origin, challenge: randomBytes(32), credentialId, pin: pinOf(pin), presence: 'shown' });
  assert.deepEqual(second.kind === 'proof' && flagsOf(second.authenticatorData), [false, true]);
  t.diagnostic(`${traffic.commands} commands, ${traffic.bytes} bytes both ways`);
  assert.equal(traffic.commands, 4, 'SELECT, key agreement, token, assertion');
});

test('a key shares no secret without presence', async () => {
  const key = softwareKey({ pin });
  const { credentialId } = await registered(key, { pin: pinOf(pin) });
  const said = await prove(key, { credentialId, pin: pinOf(pin), presence: 'shown', hmacSalt: randomBytes(32) });
  assert.equal(said.kind, 'fault');
});

test('the verifier takes it only where presence was shown before, and never without the PIN', async () => {
  const at = station();
  const { key, credential } = await enrolled(at, { pin });
  const claim = async (typed: string | null) => {
    const said = await prove(key, {
      rpId,
      challenge: at.challenges.issue('authentication', owner),
      credentialId: Buffer.from(credential.id, 'base64url'),
      pin: typed === null ? null : pinOf(typed),
      presence: 'shown',
    });
    if (said.kind !== 'proof') throw new Error(said.kind);
    return said;
  };
  const held = (change: Parameters<typeof forAssertion>[2]) => forAssertion(at, credential, change);
  const shown = { userVerification: 'required', presence: 'shown' } as const;
  assert.equal(guardOf(await verify.assertion(await claim(pin), held({ userVerification: 'required' }))), 'userPresence');
  assert.equal(guardOf(await verify.assertion(await claim(null), held(shown))), 'userVerification');
  const outcome = await verify.assertion(await claim(pin), held(shown));
  assert.equal(outcome.kind === 'proved' && outcome.userVerified, true);
  const genuine = await claim(pin);
  assert.equal(guardOf(await verify.assertion({ ...genuine, signature: Uint8Array.from(genuine.signature, (byte, i) => (i === 40 ? byte ^ 1 : byte)) }, held(shown))), 'signature');
});

test('libfido2 finds it verified, and not present', { skip: need('fido2Tools') }, async (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'fido-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const key = softwareKey({ pin, algorithms: [-7] });
  const { credentialId } = await registered(key, { pin: pinOf(pin) });
  const [credential] = key.authenticator.credentials;
  assert.ok(credential);
  const publicKey = join(folder, 'key.pem');
  writeFileSync(publicKey, createPublicKey(credential.key).export({ format: 'pem', type: 'spki' }));
  const proof = await prove(key, { credentialId, pin: pinOf(pin), presence: 'shown' });
  assert.ok(proof.kind === 'proof');
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const lines = [base64(createHash('sha256').update(proof.clientDataJSON).digest()), rpId, base64(encode(proof.authenticatorData)), base64(proof.signature)];
  const verifies = (...flags: readonly string[]): boolean => spawnSync('fido2-assert', ['-V', ...flags, publicKey, 'es256'], { input: `${lines.join('\n')}\n` }).status === 0;
  assert.deepEqual([verifies('-v'), verifies('-p', '-v')], [true, false]);
});
