/** Security keys that check their own PIN lie on the reader of a real pcscd, honest and hostile ones; who is let in, and what the ledger says of it, goes out. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { digitsOf } from '../../agent/evaluation/people.ts';
import { stationOrigin } from '../../agent/proofs/prover.ts';
import { stationHost } from '../../core/bridge.ts';
import { view } from '../../core/view.ts';
import { proveFido } from '../../native/fido/proof.ts';
import { type SoftwareKey, softwareKey } from '../cards/fido/key.ts';
import { inField } from '../virtual-reader/card.ts';
import { skip, startWard, type Ward } from './ward.ts';

const pin = '73018264';
const wrong = '73018265';
let ward: Ward;
let key: SoftwareKey;

before(async () => {
  if (skip !== false) return;
  ward = await startWard({ keyPin: 'key', takeOver: 'switch', pinGivesUpAfter: 120_000, digitsWipedAfter: 60_000 });
  key = softwareKey({ uid: '04f1d0c0ffee01', pin });
});
after(async () => {
  if (skip === false) await ward[Symbol.asyncDispose]();
});

const screen = () => {
  const { agent } = ward.evaluation;
  return view(agent.queue.state(), agent.clock.now(), agent.policy()).screen;
};
const verdicts = () => ward.entries().flatMap((e) => (e.kind === 'verdict' ? [e.verdict] : []));
const permits = () => ward.entries().filter((e) => e.kind === 'permit');
/** Pressed, and the last digit has its answer on the screen. */
const typed = async (digits: string): Promise<void> => {
  const count = verdicts().length;
  ward.type(digits);
  await ward.until('a verdict', () => verdicts().length > count);
};
/** Any failed check of hers ends her windows: so her PIN is asked again. */
const endWindow = (): void => ward.evaluation.agent.queue.dispatch({ kind: 'verdict', attempt: 0, subscriber: ward.sam(), verdict: { kind: 'refused', left: 1 } });
/** Wrong PINs of her keys in a row, as the store has it. */
const counted = () => ward.evaluation.agent.durable.store?.pin(ward.sam())?.keyFailures;
const open = () => ward.until('open', (s) => s.desk.kind === 'open');
const remark = () => {
  const shown = screen();
  return shown.kind === 'keyPin' ? shown.remark : shown.kind;
};
const asFido = (own: Uint8Array) => ({ as: 'fido', person: ward.sam(), pin: own }) as const;

test('a key with a PIN is enrolled with it, or not at all where the policy asks for it', { skip }, async () => {
  assert.equal(await ward.enrol(key, { as: 'fido', person: ward.sam() }), 'The policy asks for this key’s own PIN at each sign-in: enrol it again and give that PIN.');
  assert.equal(await ward.enrol(key, asFido(digitsOf(wrong))), 'The key’s own PIN was wrong: begin again.');
  const given = digitsOf(pin);
  assert.equal(await ward.enrol(key, asFido(given)), null);
  assert.deepEqual(
    [...given],
    Array.from({ length: 8 }, () => 0),
    'overwritten',
  );
});

test('held there once more, it unlocks her record by its secret, with its PIN and not without', { skip }, async () => {
  const { binder, durable } = ward.evaluation.agent;
  const store = durable.store;
  const id = store?.subscriber(ward.sam())?.badges.at(-1) ?? '';
  assert.ok(binder !== null && store !== null);
  const bind = (held: SoftwareKey, digits: string) => ward.open(held, (card) => binder.bind(card, id, digitsOf(digits)));
  assert.deepEqual(await bind(softwareKey({ uid: '04f1d0c0ffee03', pin }), pin), {
    kind: 'refused',
    why: 'No such key answered: hold the one that was just enrolled, still, and begin again.',
  });
  assert.deepEqual(await bind(key, wrong), { kind: 'refused', why: 'The key’s own PIN was wrong: begin again.' });
  assert.deepEqual(await bind(key, ''), { kind: 'refused', why: 'Give the key’s own PIN as it was when the key was enrolled.' });
  assert.deepEqual(await bind(key, pin), { kind: 'bound', subscriber: ward.sam() });
  const badge = store.badge(id);
  const { share, credential } = badge?.proof.kind === 'fido' ? badge.proof : { share: undefined, credential: { id: '' } };
  assert.equal(share?.verified, true);
  // In a later stay, asked by nothing but the salt in the record.
  const output = (own: string | null) =>
    ward.open(key, async ({ transmit }) => {
      const hmacSalt = Buffer.from(share?.salt ?? '', 'base64');
      const said = await proveFido(transmit, {
        rpId: stationHost,
        origin: stationOrigin,
        challenge: randomBytes(32),
        credentialId: Buffer.from(credential.id, 'base64url'),
        pin: own === null ? null : Buffer.from(own),
        hmacSalt,
      });
      return said.kind === 'proof' && said.hmacOutput !== null ? said.hmacOutput : assert.fail(said.kind);
    });
  assert.deepEqual(store.openByKey(ward.sam(), id, await output(pin)), store.subscriber(ward.sam()));
  assert.equal(store.openByKey(ward.sam(), id, await output(null)), null, 'without its PIN the key makes another secret');
});

test('the right PIN: AAL2 by the key alone, while it lies there; then its tap alone, below AAL2', { skip }, async () => {
  await ward.lay(key);
  assert.deepEqual(screen(), { kind: 'keyPin', person: { given: 'Sam', initial: 'Q' }, length: 8, digits: 0, remark: null, checkingSince: null });
  await typed(pin);
  await open();
  const first = permits().at(-1);
  assert.deepEqual(first?.kind === 'permit' && [first.grade, first.by, first.factors, first.reached], ['fido', 'verdict', ['key'], 'AAL2']);
  await ward.lift();
  await ward.lock();
  assert.equal(await ward.tap(key), 'inWindow');
  await open();
  const second = permits().at(-1);
  assert.deepEqual(second?.kind === 'permit' && [second.grade, second.by, second.factors, second.reached], ['fido', 'window', ['badge'], 'AAL1']);
  await ward.lock();
});

test('wrong PINs: the key’s own count, three in a stay, and her window ends', { skip }, async () => {
  key.authenticator.pin.set(Buffer.from('73018266'));
  endWindow();
  await ward.lay(key);
  for (const left of [7, 6]) {
    await typed(wrong);
    assert.deepEqual(remark(), { kind: 'wrong', left });
  }
  await typed(wrong);
  assert.deepEqual(remark(), { kind: 'keyRests' }, 'the key looks at no more in this stay');
  assert.equal(counted(), 3);
  await typed('73018266');
  assert.deepEqual([remark(), counted()], [{ kind: 'keyRests' }, 3], 'and is not asked, nor anything counted');
  await ward.lift();
  await ward.lay(key);
  await typed('73018266');
  await open();
  assert.equal(counted(), 0, 'the station’s count too falls on acceptance');
  await ward.lift();
  await ward.lock();
});

test('until the key blocks: the screen says the key’s PIN, and the station’s own count stands', { skip }, async () => {
  endWindow();
  key.authenticator.pin.retries = 2;
  await ward.lay(key);
  await typed(wrong);
  assert.deepEqual(remark(), { kind: 'wrong', left: 1 });
  await typed(wrong);
  assert.deepEqual([screen().kind, verdicts().at(-1)], ['keyBlocked', 'blocked']);
  await ward.lift();
  key.authenticator.pin.set(Buffer.from(pin));
});

test('lifted before the last digit: nothing is counted, and held again the same attempt goes on', { skip }, async () => {
  await ward.lay(key);
  const count = counted();
  ward.type(pin.slice(0, 7));
  await ward.lift();
  await typed(pin.slice(7));
  assert.deepEqual(remark(), { kind: 'keyGone' });
  assert.equal(counted(), count);
  await ward.lay(key);
  assert.equal(ward.entries().findLast((e) => e.kind === 'tap')?.reason, 'sameAttempt');
  await typed(pin);
  await open();
  await ward.lift();
  await ward.lock();
});

test('somebody else’s key on the reader at that moment hears nothing of her PIN', { skip }, async () => {
  endWindow();
  const stranger = softwareKey({ uid: '04f1d0c0ffee02', pin });
  const asked: number[] = [];
  const listening = { ...stranger, respond: (command: Uint8Array) => (asked.push(command[1] ?? 0), stranger.respond(command)) };
  await ward.lay(key);
  ward.type(pin.slice(0, 7));
  await ward.lift();
  ward.stand.insert(1, inField(listening));
  await ward.until('it lies there', (s) => s.field.length > 0);
  await typed(pin.slice(7));
  assert.deepEqual(remark(), { kind: 'keyGone' });
  assert.deepEqual(
    asked.filter((ins) => ins === 0x10),
    [],
    'no CTAP message',
  );
  await ward.lift();
  // A copy of her key’s UID has proved nothing in this stay, so it is not asked either.
  const copy = softwareKey({ uid: '04f1d0c0ffee01', pin });
  await ward.lay(copy);
  await typed(pin);
  assert.deepEqual([remark(), copy.authenticator.pin.retries, copy.authenticator.pin.token], [{ kind: 'keyGone' }, 8, null]);
  assert.deepEqual(ward.entries().findLast((e) => e.kind === 'proof')?.result, 'missing');
  await ward.lift();
  ward.evaluation.agent.gesture({ kind: 'cancel' });
});

test('a key that says yes without the UV flag opens nothing', { skip }, async () => {
  await ward.lay(key);
  const { pin: keeper } = key.authenticator;
  // Signs what it says, and says that it has verified nobody.
  keeper.check = () => false as never;
  const permitted = permits().length;
  await typed(pin);
  Reflect.deleteProperty(keeper, 'check');
  assert.deepEqual([screen().kind, verdicts().at(-1), permits().length], ['unproved', 'unproved', permitted]);
  await ward.lift();
});

test('a key that never blocks gets 10 wrong PINs in a row, and no more', { skip }, async () => {
  await ward.lay(key);
  await typed(pin);
  await open();
  await ward.lift();
  await ward.lock();
  endWindow();
  const { pin: keeper } = key.authenticator;
  const honest = keeper.answer.bind(keeper);
  let asked = 0;
  keeper.answer = (request) => {
    if (request.get(2) !== 9) return honest(request);
    asked += 1;
    return 0x31;
  };
  await ward.lay(key);
  for (let i = 1; i <= 9; i++) {
    await typed(wrong);
    assert.deepEqual(remark(), { kind: 'wrong', left: Math.min(8, 10 - i) });
  }
  await typed(wrong);
  assert.deepEqual([screen().kind, asked], ['keyBlocked', 10]);
  await ward.lift();
  Reflect.deleteProperty(keeper, 'answer');
  await ward.lay(key);
  assert.equal(screen().kind, 'keyBlocked', 'not even the right PIN is asked');
  ward.type(pin);
  assert.equal(asked, 10);
  await ward.lift();
});
