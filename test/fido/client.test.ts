/** Our client meets the software key in every framing and with every ceremony; each ends as the specification says, within the APDUs it should take. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { selectFido } from '../../native/fido/applet.ts';
import { getRetries, setPin } from '../../native/fido/client-pin.ts';
import { openLine } from '../../native/fido/framing.ts';
import { getInformation } from '../../native/fido/information.ts';
import { proveFido } from '../../native/fido/proof.ts';
import { registerKey } from '../../native/fido/registration.ts';
import { softwareAaguid, softwareKey } from '../cards/fido/key.ts';
import { liar, remade } from './liar.ts';
import { again, algorithms, inField, origin, pinOf, prove, proved, register, registered, rpId, userHandle } from './place.ts';

const pin = pinOf('493817');

for (const version of ['FIDO_2_0', 'U2F_V2'] as const)
  for (const extended of [true, false])
    for (const lengths of ['short', 'extended'] as const)
      for (const keepAlive of [0, 3])
        test(`registers and proves: ${version}, ${lengths} commands, ${extended ? '' : 'no '}extended length, ${keepAlive} times busy`, async () => {
          const key = softwareKey({ pin: '493817', version, extended, keepAlive });
          const made = await register(key, { pin }, { lengths });
          assert.equal(made.kind, 'registration');
          if (made.kind !== 'registration') return;
          assert.equal(made.hmacSecret, true);
          assert.deepEqual(made.transports, ['nfc']);
          const proof = await prove(again(key), { credentialId: made.credentialId }, { lengths });
          assert.equal(proof.kind, 'proof');
          const verified = await prove(again(key), { credentialId: made.credentialId, pin, hmacSalt: randomBytes(32) }, { lengths });
          assert.equal(verified.kind, 'proof');
          assert.equal(verified.kind === 'proof' && (verified.authenticatorData[32] ?? 0) & 0x05, 0x05);
        });

test('a proof by presence is two commands; one with the PIN and hmac-secret five', async () => {
  const key = softwareKey({ pin: '493817' });
  const { credentialId } = await registered(key, { pin });
  const plain = inField(key);
  const request = { rpId, origin, challenge: randomBytes(32), credentialId, pin: null };
  assert.equal((await proveFido(plain.transmit, request)).kind, 'proof');
  assert.equal(plain.traffic.commands, 2);
  key.powered();
  const whole = inField(key);
  assert.equal((await proveFido(whole.transmit, { ...request, pin, hmacSalt: randomBytes(32) })).kind, 'proof');
  assert.equal(whole.traffic.commands, 5);
});

test('a key that was selected already is asked at once', async () => {
  const key = softwareKey();
  const { credentialId } = await registered(key);
  const { transmit, traffic } = inField(key);
  await selectFido(transmit);
  const proof = await proveFido(transmit, { rpId, origin, challenge: randomBytes(32), credentialId, pin: null }, { isSelected: true });
  assert.equal(proof.kind, 'proof');
  assert.equal(traffic.commands, 2);
  assert.deepEqual(await proveFido(async () => Uint8Array.of(0x6d, 0x00), { rpId, origin, challenge: randomBytes(32), credentialId, pin: null }, { isSelected: true }), {
    kind: 'fault',
    fault: 'missing',
    said: 0x6d00,
  });
});

test('whether a key lies there is one command', async () => {
  const { transmit, traffic } = inField(softwareKey({ version: 'U2F_V2' }));
  assert.deepEqual(await selectFido(transmit), { kind: 'applet', version: 'U2F_V2' });
  assert.deepEqual(traffic.log, ['00a4040008a0000006472f000100']);
});

test('a card without the applet, and one that is gone, are told apart', async () => {
  assert.deepEqual(await selectFido(async () => Uint8Array.of(0x6a, 0x82)), { kind: 'fault', fault: 'missing', said: 0x6a82 });
  assert.deepEqual(await selectFido(async () => null), { kind: 'fault', fault: 'gone', said: null });
  for (const other of ['9000', '464944439000', '5532465f56339000'])
    assert.deepEqual(await selectFido(async () => Buffer.from(other, 'hex')), { kind: 'fault', fault: 'malformed', said: null });
});

test('what a key says of itself', async () => {
  const key = softwareKey({ pin: '493817' });
  const { transmit } = inField(key);
  await selectFido(transmit);
  const information = await getInformation(openLine(transmit));
  assert.equal(information.kind, 'information');
  if (information.kind !== 'information') return;
  assert.deepEqual(information.aaguid, softwareAaguid);
  assert.deepEqual(information.pinProtocols, [2, 1]);
  assert.equal(information.options.get('clientPin'), true);
  assert.deepEqual(information.algorithms, algorithms);
});

test('hmac-secret gives the same of the same salt, another of another, and another with the PIN than without', async () => {
  const key = softwareKey({ pin: '493817' });
  const { credentialId } = await registered(key, { pin });
  const salt = randomBytes(32);
  const output = async (hmacSalt: Uint8Array, withPin: boolean): Promise<string> =>
    Buffer.from((await proved(key, { credentialId, hmacSalt, pin: withPin ? pin : null })).hmacOutput ?? []).toString('hex');
  const first = await output(salt, true);
  assert.equal(first.length, 64);
  assert.equal(await output(salt, true), first);
  assert.notEqual(await output(randomBytes(32), true), first);
  assert.notEqual(await output(salt, false), first);
});

test('a wrong PIN costs a try in the key; three in one stay end the stay; eight end the key', async () => {
  const key = softwareKey({ pin: '493817' });
  const { credentialId } = await registered(key, { pin });
  const wrong = () => prove(key, { credentialId, pin: pinOf('000000') });
  assert.deepEqual(await wrong(), { kind: 'pinWrong', retries: 7 });
  assert.deepEqual(await wrong(), { kind: 'pinWrong', retries: 6 });
  assert.deepEqual(await wrong(), { kind: 'pinBlocked', until: 'removed' });
  assert.deepEqual(await prove(key, { credentialId, pin }), { kind: 'pinBlocked', until: 'removed' });
  key.powered();
  assert.deepEqual(await wrong(), { kind: 'pinWrong', retries: 4 });
  await proved(key, { credentialId, pin });
  for (let stay = 0; stay < 3; stay += 1) {
    for (let tries = 0; tries < 3; tries += 1) await wrong();
    key.powered();
  }
  assert.deepEqual(await prove(key, { credentialId, pin }), { kind: 'pinBlocked', until: 'reset' });
});

test('a PIN that is needed, not set, or not to be taken', async () => {
  assert.deepEqual(await register(softwareKey({ pin: '493817', makesWithoutPin: false })), { kind: 'pinNeeded' });
  assert.deepEqual(await register(softwareKey(), { pin }), { kind: 'pinNotSet' });
  const always = softwareKey({ pin: '493817', alwaysUv: true });
  for (const given of [pin, null]) assert.deepEqual(await register(always, { pin: given }), { kind: 'alwaysVerifies' }, 'no tap has a PIN to give');
  assert.equal(always.authenticator.credentials.length, 0, 'nothing was made');
  const later = softwareKey({ pin: '493817' });
  const { credentialId } = await registered(later, { pin });
  later.authenticator.alwaysUv = true;
  assert.deepEqual(await prove(again(later), { credentialId }), { kind: 'pinNeeded' });
  const bare = softwareKey();
  const made = await registered(bare);
  assert.deepEqual(await prove(bare, { credentialId: made.credentialId, pin }), { kind: 'pinNotSet' });
  const { transmit } = inField(bare);
  await selectFido(transmit);
  const line = openLine(transmit);
  for (const length of [3, 64, 200])
    assert.deepEqual(
      await setPin(
        openLine(() => assert.fail('it was sent')),
        new Uint8Array(length).fill(0x37),
      ),
      { kind: 'pinRefused' },
    );
  assert.deepEqual(await setPin(line, pin), { kind: 'set' });
  assert.deepEqual(await getRetries(line), { kind: 'retries', retries: 8 });
  assert.deepEqual(await setPin(line, pin), { kind: 'fault', fault: 'wrong', said: 0x33 });
  bare.powered();
  await proved(bare, { credentialId: made.credentialId, pin });
});

test('a key that knows only the older PIN protocol proves its presence, and no PIN', async () => {
  const key = softwareKey({ pin: '493817', protocols: [1] });
  assert.deepEqual(await register(key, { pin }), { kind: 'unsupported', what: 'pinProtocol' });
  const made = await registered(again(key));
  assert.equal(made.hmacSecret, false);
  await proved(key, { credentialId: made.credentialId });
  assert.deepEqual(await prove(key, { credentialId: made.credentialId, pin }), { kind: 'unsupported', what: 'pinProtocol' });
});

test('a key that could not be asked for its PIN safely is not asked', async () => {
  for (const [member, value] of [
    [6, [1]],
    [4, { clientPin: true, rk: true }],
  ] as const) {
    const asked: number[] = [];
    const bend = remade(0x04, (map) => map.set(member, value));
    const key = liar(softwareKey({ pin: '493817' }), (answer, command, text) => {
      asked.push(command);
      return bend(answer, command, text);
    });
    assert.deepEqual(await register(key, { pin }), { kind: 'unsupported', what: 'pinProtocol' });
    assert.deepEqual(asked, [0x04]);
  }
});

test('a key that remembers nothing, and a handle that is none', async () => {
  const forgetful = liar(
    softwareKey(),
    remade(0x04, (map) => map.set(4, {})),
  );
  assert.deepEqual(await register(forgetful, { discoverable: true }), { kind: 'unsupported', what: 'discoverable' });
  for (const length of [0, 65]) assert.deepEqual(await register(softwareKey(), { userHandle: new Uint8Array(length) }), { kind: 'fault', fault: 'malformed', said: null });
});

test('one presence per stay, and none after two minutes in the field', async () => {
  let now = 0;
  const key = softwareKey({ now: () => now });
  const { credentialId } = await registered(key);
  assert.equal((await prove(key, { credentialId })).kind, 'proof');
  assert.deepEqual(await prove(key, { credentialId }), { kind: 'presenceSpent' });
  key.powered();
  now += 120_000;
  assert.deepEqual(await prove(key, { credentialId }), { kind: 'presenceSpent' });
});

test('a key that says whose it is and is somebody else’s already gets no second credential; its own person’s is made anew', async () => {
  const key = softwareKey();
  await registered(key, { discoverable: true, userHandle: Buffer.from('ana') });
  assert.deepEqual(await register(again(key), { discoverable: true }), { kind: 'anothers' });
  assert.equal(key.authenticator.credentials.length, 1, 'nothing was made');
  await registered(again(key), { discoverable: true, userHandle: Buffer.from('ana') });
  assert.equal(key.authenticator.credentials.length, 1);
  await registered(again(key), {});
  assert.deepEqual(await register(again(key), { discoverable: true }), { kind: 'anothers' }, 'whatever else it holds');
  // Of several people: another client did not look.
  const [first] = key.authenticator.credentials;
  assert.ok(first);
  key.authenticator.credentials.push({ ...first, id: randomBytes(48), user: Buffer.from('luz') });
  assert.deepEqual(await register(again(key), { discoverable: true }), { kind: 'anothers' });
});

test('the same key is not enrolled twice, and another’s credential is missing', async () => {
  const key = softwareKey();
  const { credentialId } = await registered(key);
  assert.deepEqual(await register(key, { excludeIds: [randomBytes(48), credentialId] }), { kind: 'registeredAlready' });
  assert.deepEqual(await prove(softwareKey(), { credentialId }), { kind: 'fault', fault: 'missing', said: 0x2e });
  assert.deepEqual(await prove(again(key), { credentialId, rpId: 'other.clinic' }), { kind: 'fault', fault: 'missing', said: 0x2e });
});

test('of more credentials than a key looks through, the newest are excluded', async () => {
  const key = softwareKey();
  const { credentialId } = await registered(key);
  for (const length of [48, 128]) {
    const others = Array.from({ length: 30 }, () => Uint8Array.from(randomBytes(length)));
    assert.deepEqual(await register(again(key), { excludeIds: [...others, credentialId] }), { kind: 'registeredAlready' });
    assert.equal((await register(again(key), { excludeIds: [credentialId, ...others] })).kind, 'registration');
  }
});

test('a key with a new UID at each tap says whose it is; two people on one key are refused', async () => {
  const key = softwareKey({ uid: 'random' });
  assert.notDeepEqual(key.uid(), again(key).uid());
  const made = await registered(key, { discoverable: true });
  const proof = await proved(key, { credentialId: null });
  assert.deepEqual(proof.credentialId, made.credentialId);
  assert.deepEqual(proof.userHandle, userHandle);
  // Another client does not look whose it is.
  const [hers] = key.authenticator.credentials;
  assert.ok(hers);
  key.authenticator.credentials.push({ ...hers, id: Uint8Array.from(randomBytes(48)), user: Uint8Array.from(randomBytes(16)) });
  assert.deepEqual(await prove(key, { credentialId: null }), { kind: 'severalPeople' });
});

for (const alg of algorithms)
  test(`a credential of COSE algorithm ${alg}`, async () => {
    const key = softwareKey({ algorithms: [alg] });
    const { credentialId } = await registered(key);
    await proved(key, { credentialId });
  });

test('no algorithm in common', async () => {
  assert.deepEqual(await register(softwareKey({ algorithms: [-8] }), { algorithms: [-7] }), { kind: 'unsupported', what: 'algorithm' });
});

test('the PIN is read before anything waits: its buffer may be overwritten at once', async () => {
  const key = softwareKey({ pin: '493817' });
  const { credentialId } = await registered(key, { pin });
  const typed = pinOf('493817');
  const proof = prove(key, { credentialId, pin: typed });
  typed.fill(0);
  assert.equal((await proof).kind, 'proof');
});

test('no PIN and nothing it could be found by travels in the clear', async () => {
  const key = softwareKey({ pin: '493817' });
  const { transmit, traffic } = inField(key);
  await registerKey(transmit, { rpId, origin, challenge: randomBytes(32), userHandle, excludeIds: [], algorithms, pin });
  const air = traffic.log.join('');
  const hash = createHash('sha256').update(pin).digest('hex').slice(0, 32);
  assert.ok(!air.includes(Buffer.from(pin).toString('hex')) && !air.includes(hash));
});
