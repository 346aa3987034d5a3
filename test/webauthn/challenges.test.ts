/** Challenges come and go: each is good once, for what and whom it was issued, within 30 s; and what a browser says is read strictly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChallenges } from '../../agent/webauthn/challenges.ts';
import { readAuthenticationResponse, readRegistrationResponse } from '../../agent/webauthn/claims.ts';
import type { FidoCredential } from '../../agent/webauthn/credential.ts';
import { creationOptions, requestOptions } from '../../agent/webauthn/options.ts';
import { warmUp } from '../../agent/webauthn/warm-up.ts';

const book = () => {
  const clock = { time: 0, now: () => clock.time };
  return { clock, challenges: createChallenges(clock) };
};

test('once, for its purpose and its person, within 30 s', () => {
  const { clock, challenges } = book();
  const issue = () => challenges.issue('authentication', 'a');
  const first = issue();
  assert.equal(first.length, 32);
  assert.equal(challenges.consume(first, 'authentication', 'a'), true);
  assert.equal(challenges.consume(first, 'authentication', 'a'), false);
  assert.equal(challenges.consume(issue(), 'registration', 'a'), false);
  assert.equal(challenges.consume(issue(), 'authentication', 'b'), false);
  assert.equal(challenges.consume(issue(), 'authentication', null), false);
  const late = issue();
  clock.time = 29_999;
  assert.equal(challenges.consume(late, 'authentication', 'a'), true);
  const later = issue();
  clock.time += 30_000;
  assert.equal(challenges.consume(later, 'authentication', 'a'), false);
});

test('a try for another person uses it up', () => {
  const { challenges } = book();
  const challenge = challenges.issue('authentication', 'a');
  assert.equal(challenges.consume(challenge, 'authentication', 'b'), false);
  assert.equal(challenges.consume(challenge, 'authentication', 'a'), false);
});

test('the book never holds more than 64, and keeps the newest', () => {
  const { challenges } = book();
  const issued = Array.from({ length: 100 }, () => challenges.issue('authentication', 'a'));
  const good = issued.map((challenge) => challenges.consume(challenge, 'authentication', 'a'));
  assert.equal(good.filter(Boolean).length, 64);
  assert.equal(good.at(-1), true);
  assert.equal(good[0], false);
});

const credential = (transports: readonly string[]): FidoCredential => ({
  id: 'AAEC',
  publicKey: '',
  counter: 0,
  aaguid: '',
  attested: false,
  transports,
  backupEligible: false,
  hmacSecret: false,
});
const asked = { rpId: 'station.clinic', challenge: new Uint8Array(32), userVerification: 'discouraged' } as const;

test('without a credential there is no ceremony: an empty list would let anybody’s key answer', () => {
  assert.deepEqual(requestOptions(asked, []), { kind: 'noKey' });
});

test('options name the owner’s credentials, with transports only where they are known', () => {
  const outcome = requestOptions(asked, [credential(['usb', 'nfc']), credential([])]);
  assert.equal(outcome.kind, 'options');
  if (outcome.kind !== 'options') return;
  const { options } = outcome;
  assert.deepEqual(options.allowCredentials, [
    { id: 'AAEC', type: 'public-key', transports: ['usb', 'nfc'] },
    { id: 'AAEC', type: 'public-key' },
  ]);
  assert.deepEqual([options.userVerification, options.hints, options.timeout, options.rpId], ['discouraged', ['security-key'], 30_000, 'station.clinic']);
});

test('a registration pins its algorithms and asks for a statement only where one is judged', () => {
  const person = { subscriber: 'abc', label: 'Station 4', credentials: [credential([])] };
  const any = creationOptions(asked, { ...person, attestation: { kind: 'any' } });
  assert.deepEqual(
    any.pubKeyCredParams.map(({ alg }) => alg),
    [-7, -8, -257],
  );
  assert.deepEqual([any.attestation, any.excludeCredentials?.length, any.user.id], ['none', 1, 'YWJj']);
  assert.equal(creationOptions(asked, { ...person, attestation: { kind: 'listed', roots: [], aaguids: [] } }).attestation, 'direct');
});

test('what a browser says is read strictly', () => {
  const response = { attestationObject: 'AAAA', clientDataJSON: 'AAAA', transports: ['nfc'] };
  const json = { id: 'AAEC', rawId: 'AAEC', type: 'public-key', response, clientExtensionResults: {} };
  assert.deepEqual(readRegistrationResponse(json)?.transports, ['nfc']);
  const wrong: readonly unknown[] = [
    null,
    7,
    [],
    { ...json, rawId: 'AAED' },
    { ...json, id: '' },
    { ...json, id: 'a+b=' },
    { ...json, type: 'password' },
    { ...json, response: null },
    { ...json, response: { ...response, attestationObject: 'A'.repeat(30_000) } },
    { ...json, response: { ...response, transports: ['<b>'] } },
    { ...json, id: 'A'.repeat(1_400), rawId: 'A'.repeat(1_400) },
  ];
  for (const [index, one] of wrong.entries()) assert.equal(readRegistrationResponse(one), null, `wrong ${index}`);
  const proof = { authenticatorData: 'AAAA', clientDataJSON: 'AAAA', signature: 'AAAA' };
  assert.equal(readAuthenticationResponse({ ...json, response: proof })?.userHandle, null);
  assert.deepEqual(readAuthenticationResponse({ ...json, response: { ...proof, userHandle: 'YWJj' } })?.userHandle, Uint8Array.from(Buffer.from('abc')));
  assert.equal(readAuthenticationResponse({ ...json, response: { ...proof, userHandle: 'A'.repeat(100) } }), null);
  assert.equal(readAuthenticationResponse({ ...json, response: { ...proof, signature: undefined } }), null);
});

test('the warm-up has verified one of each', async () => {
  assert.equal(await warmUp(), true);
});
