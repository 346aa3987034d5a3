/** PINs right and wrong come in on a clock of the test's own; the verdicts, and what is durable at each moment, go out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FixedPinBuffer } from '../../agent/pin-buffer.ts';
import type { Cost } from '../../agent/store/records.ts';
import { createVerifier } from '../../agent/verifier.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { PinBuffer } from '../../core/ports.ts';
import type { SubscriberId, Verdict } from '../../core/types.ts';
import { pinOf } from './pin-of.ts';
import { type Cleanup, digits, enrolled, newPlace, type Opened, type Place, quick } from './place.ts';

const right = '482915';
const wrong = '917364';
const pin = (text: string): PinBuffer => pinOf(digits(text));

type Sam = {
  readonly place: Place;
  readonly opened: Opened;
  readonly id: SubscriberId;
  readonly asks: (text: string) => Promise<Verdict>;
  readonly failures: () => number | undefined;
};
async function sam(t: Cleanup): Promise<Sam> {
  const place = newPlace(t);
  const opened = place.open();
  const { subscriber } = await enrolled(opened.enrolment, 'Sam', '04a1b2c3d4e501', right);
  t.after(() => opened.close());
  return { place, opened, id: subscriber.id, asks: (text) => opened.verifier.verify(subscriber.id, pin(text), 'uid'), failures: () => opened.store.pin(subscriber.id)?.failures };
}

const accepted: Verdict = { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' };

test('from the first wrong PIN to the block, with every wait kept, and no sooner', async (t) => {
  const { place, opened, id, asks, failures } = await sam(t);
  for (const left of [4, 3, 2, 1]) assert.deepEqual(await asks(wrong), { kind: 'refused', left });
  for (const [count, ms] of [
    [5, 30_000],
    [6, 60_000],
    [7, 300_000],
    [8, 300_000],
    [9, 300_000],
  ] as const) {
    const until = place.clock.at + ms;
    assert.deepEqual(await asks(wrong), { kind: 'wait', until });
    assert.equal(failures(), count);
    place.clock.at = until - 1;
    assert.deepEqual(opened.verifier.standing(id), { kind: 'wait', until });
    assert.deepEqual(await asks(right), { kind: 'wait', until }, 'not even the right PIN is looked at');
    assert.equal(failures(), count, 'and none is counted');
    place.clock.at = until;
    assert.deepEqual(opened.verifier.standing(id), { kind: 'allowed', left: 10 - count });
  }
  assert.deepEqual(await asks(wrong), { kind: 'blocked' });
  place.clock.at += 86_400_000;
  assert.deepEqual(await asks(right), { kind: 'blocked' });
  assert.deepEqual(opened.verifier.standing(id), { kind: 'blocked' });
});

test('the right PIN gives every try back', async (t) => {
  const { place, asks, failures } = await sam(t);
  for (let i = 0; i < 5; i++) await asks(wrong);
  place.clock.at += 30_000;
  assert.deepEqual(await asks(right), accepted);
  assert.equal(failures(), 0);
  assert.deepEqual(await asks(wrong), { kind: 'refused', left: 4 });
});

test('a wait that ran when the agent stopped starts again in full', async (t) => {
  const { place, opened, id, asks } = await sam(t);
  for (let i = 0; i < 5; i++) await asks(wrong);
  opened.close();
  place.clock.at += 29_000;
  const again = place.open();
  t.after(() => again.close());
  const until = place.clock.at + 30_000;
  assert.deepEqual(again.verifier.standing(id), { kind: 'wait', until });
  assert.deepEqual(await again.verifier.verify(id, pin(right), 'uid'), { kind: 'wait', until });
  place.clock.at = until;
  assert.deepEqual(await again.verifier.verify(id, pin(right), 'uid'), accepted);
});

test('wrong PINs and a block outlive the agent', async (t) => {
  const { place, opened, id, asks } = await sam(t);
  for (let i = 0; i < 3; i++) await asks(wrong);
  opened.close();
  const again = place.open();
  t.after(() => again.close());
  assert.deepEqual(again.verifier.standing(id), { kind: 'allowed', left: 2 });
});

test('the try is counted before the PIN is looked at', async (t) => {
  const { asks, failures } = await sam(t);
  // The hash runs on another thread and cannot have answered before this turn of the loop is over.
  const verdict = asks(right);
  assert.equal(failures(), 1);
  assert.deepEqual(await verdict, accepted);
  assert.equal(failures(), 0);
});

test('a hash that cannot be computed is no wrong PIN', async (t) => {
  const { opened, id, asks, failures } = await sam(t);
  await asks(wrong);
  const record = opened.store.pin(id) ?? assert.fail();
  // Argon2 asks for 8 bytes at least (RFC 9106 §3.1).
  opened.store.write([{ ...record, salt: 'c2FsdA==' }], 'counted');
  const said: unknown[] = [];
  const verifier = createVerifier({ store: opened.store, clock: { now: () => 0 }, policy: () => defaultPolicy, cost: quick, diagnose: (why) => said.push(why) });
  assert.deepEqual(await verifier.verify(id, pin(right), 'uid'), { kind: 'unreachable' });
  assert.equal(failures(), 1);
  assert.equal(said.length, 1);
});

test('a store that cannot be written lets nobody in', async (t) => {
  const { opened, id, asks } = await sam(t);
  t.mock.method(opened.store, 'write', () => assert.fail('database or disk is full'));
  assert.deepEqual(await asks(right), { kind: 'unreachable' });
  assert.equal(opened.store.pin(id)?.failures, 0);
});

test('a PIN set anew while the old one is being checked is not undone, and the old one does not open', async (t) => {
  const { opened, id, asks } = await sam(t);
  const slow: Cost = { m: 65_536, t: 3, p: 1 };
  await enrolAt(opened, id, slow);
  const verdict = asks(right);
  assert.deepEqual(await opened.enrolment.resetPin(id, digits('730164'), 'test'), { kind: 'done' });
  assert.deepEqual(await verdict, { kind: 'unreachable' });
  assert.deepEqual(await asks('730164'), accepted);
  assert.deepEqual(await asks(right), { kind: 'refused', left: 4 });
});

test('weak parameters are raised on the next success, and strong ones never lowered', async (t) => {
  const { opened, id, asks } = await sam(t);
  const at = (cost: Cost) => createVerifier({ store: opened.store, clock: { now: () => 0 }, policy: () => defaultPolicy, cost });
  const stronger: Cost = { m: 64, t: 2, p: 1 };
  await at(stronger).verify(id, pin(wrong), 'uid');
  assert.deepEqual(opened.store.pin(id)?.cost, quick);
  assert.deepEqual(await at(stronger).verify(id, pin(right), 'uid'), accepted);
  const raised = opened.store.pin(id);
  assert.deepEqual(raised?.cost, stronger);
  assert.deepEqual(await asks(right), accepted);
  assert.deepEqual(opened.store.pin(id), raised);
});

test('nobody is blocked who is not there, and an empty PIN is a wrong one', async (t) => {
  const { opened, asks } = await sam(t);
  assert.deepEqual(await opened.verifier.verify('nobody', pin(right), 'uid'), { kind: 'blocked' });
  assert.deepEqual(await asks(''), { kind: 'refused', left: 4 });
});

test('two checks at once are two tries', async (t) => {
  const { asks, failures } = await sam(t);
  const verdicts = await Promise.all([asks(wrong), asks(wrong), asks(wrong)]);
  assert.equal(failures(), 3);
  assert.deepEqual(
    verdicts.map((v) => v.kind),
    ['refused', 'refused', 'refused'],
  );
});

test('the buffer is empty after every verdict', async (t) => {
  const { opened, id } = await sam(t);
  const typed = new FixedPinBuffer();
  for (const text of [right, wrong, '']) {
    for (const d of text) {
      typed.offer(Number(d));
      typed.take();
    }
    const verdict = opened.verifier.verify(id, typed, 'uid');
    // The person cancels while the hash runs.
    typed.wipe();
    assert.equal((await verdict).kind, text === right ? 'accepted' : 'refused');
    assert.equal(typed.count, 0);
  }
});

async function enrolAt({ store, enrolment }: Opened, id: SubscriberId, cost: Cost): Promise<void> {
  await enrolment.resetPin(id, digits(right), 'test');
  await createVerifier({ store, clock: { now: () => 0 }, policy: () => defaultPolicy, cost }).verify(id, pin(right), 'uid');
  assert.deepEqual(store.pin(id)?.cost, cost);
}
