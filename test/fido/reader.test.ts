/** The software key in the field of a real pcscd comes in; enrolled and proved through our reader program, it opens nothing less and nothing more than in process. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { verifyAssertion } from '../../agent/webauthn/assertion.ts';
import { userHandleOf } from '../../agent/webauthn/credential.ts';
import { verifyRegistration } from '../../agent/webauthn/registration.ts';
import { selectFido } from '../../native/fido/applet.ts';
import { proveFido } from '../../native/fido/proof.ts';
import { registerKey } from '../../native/fido/registration.ts';
import { echoCard } from '../cards/echo.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { first, openQuiet, skip, tap } from '../channel/field.ts';
import { forAssertion, forRegistration, owner, station as verifier } from '../webauthn/place.ts';
import { algorithms, origin, pinOf, rpId } from './place.ts';

const pin = pinOf('493817');
const userHandle = userHandleOf(owner);

for (const lengths of ['short', 'extended'] as const)
  test(`enrolled with its PIN, then proved by presence, then with PIN and hmac-secret: ${lengths}`, { skip }, async () => {
    await using station = await openQuiet();
    const at = verifier();
    const key = softwareKey({ pin: '493817', keepAlive: 1 });
    const lift = async (): Promise<void> => {
      station.stand.remove(1);
      await station.log.next(['gone'], first);
    };
    const challenge = at.challenges.issue('registration', owner);
    const made = await registerKey((await tap(station, key)).transmit, { rpId, origin, challenge, userHandle, excludeIds: [], algorithms, pin }, { lengths });
    assert.equal(made.kind, 'registration');
    if (made.kind !== 'registration') return;
    const enrolled = await verifyRegistration(made, forRegistration(at, { userVerification: 'required' }));
    assert.equal(enrolled.kind, 'registered');
    if (enrolled.kind !== 'registered') return;
    await lift();
    const { credential } = enrolled;
    const record = { counter: credential.counter };
    const outputs: string[] = [];
    const hmacSalt = new Uint8Array(32);
    for (const [typed, asked] of [
      [null, {}],
      [pin, { hmacSalt }],
      [pin, { hmacSalt }],
    ] as const) {
      const proof = await proveFido(
        (await tap(station, key)).transmit,
        { rpId, origin, challenge: at.challenges.issue('authentication', owner), credentialId: made.credentialId, pin: typed, ...asked },
        { lengths },
      );
      assert.equal(proof.kind, 'proof');
      if (proof.kind !== 'proof') return;
      if (proof.hmacOutput) outputs.push(Buffer.from(proof.hmacOutput).toString('hex'));
      const outcome = await verifyAssertion(proof, forAssertion(at, { ...credential, ...record }, { userVerification: typed ? 'required' : 'discouraged' }));
      assert.equal(outcome.kind, 'proved');
      if (outcome.kind === 'proved') record.counter = outcome.counter;
      await lift();
    }
    assert.equal(outputs.length, 2);
    assert.equal(outputs[0], outputs[1]);
  });

test('a second proof in one stay is refused by the key, and works after it was lifted', { skip }, async () => {
  await using station = await openQuiet();
  const key = softwareKey();
  const request = { rpId, origin, challenge: randomBytes(32), pin: null };
  const made = await registerKey((await tap(station, key)).transmit, { ...request, userHandle, excludeIds: [], algorithms });
  assert.equal(made.kind, 'registration');
  if (made.kind !== 'registration') return;
  station.stand.remove(1);
  await station.log.next(['gone'], first);
  const { transmit } = await tap(station, key);
  const { credentialId } = made;
  assert.equal((await proveFido(transmit, { ...request, credentialId })).kind, 'proof');
  assert.deepEqual(await proveFido(transmit, { ...request, credentialId }), { kind: 'presenceSpent' });
});

test('a badge without the applet, and a key pulled away in the middle', { skip }, async () => {
  await using station = await openQuiet();
  const badge = await tap(
    station,
    echoCard('04a1b2c3d4e5f6', () => Uint8Array.of(0x6a, 0x82)),
  );
  assert.deepEqual(await selectFido(badge.transmit), { kind: 'fault', fault: 'missing', said: 0x6a82 });
  station.stand.remove(1);
  await station.log.next(['gone'], first);
  const { transmit, virtual } = await tap(station, softwareKey());
  assert.equal((await selectFido(transmit)).kind, 'applet');
  virtual.fault = 'pull';
  const request = { rpId, origin, challenge: randomBytes(32), pin: null, credentialId: randomBytes(48) };
  assert.deepEqual(await proveFido(transmit, request), { kind: 'fault', fault: 'gone', said: null });
  await station.log.next(['gone'], first);
});
