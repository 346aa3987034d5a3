/** A queue with a hand-driven clock comes in; whatever fails in its effects or its screen, it locks. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Broken, createQueue, type Queue } from '../../agent/queue.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { Effect, State } from '../../core/types.ts';
import { badge, done, sam } from '../core/world.ts';

type Rig = { readonly queue: Queue; readonly performed: Effect[]; readonly shown: State[]; readonly complaints: unknown[]; clock: { at: number } };

const running: Queue[] = [];
afterEach(() => {
  for (const queue of running.splice(0)) queue.stop();
});

/** A queue on a hand-driven clock whose `perform` does what `act` says. */
function rig(act: (effect: Effect) => void = () => undefined, policy = defaultPolicy): Rig {
  const performed: Effect[] = [];
  const shown: State[] = [];
  const complaints: unknown[] = [];
  const clock = { at: 0 };
  const queue = createQueue({
    clock: { now: () => clock.at },
    policy: () => policy,
    perform: (effect) => {
      performed.push(effect);
      act(effect);
    },
    publish: (state) => shown.push(state),
    diagnose: (why) => complaints.push(why),
  });
  running.push(queue);
  queue.begin();
  return { queue, performed, shown, complaints, clock };
}
const tap = (queue: Queue, presentation: number): void => {
  queue.dispatch({ kind: 'readerFound', reader: 'R1' });
  queue.dispatch({ kind: 'cardArrived', reader: 'R1', presentation });
  queue.dispatch({ kind: 'cardRead', reader: 'R1', presentation, card: badge(sam) });
};
const enterPin = (queue: Queue): void => {
  for (let i = 0; i < 6; i++) queue.dispatch({ kind: 'digit' });
};
const kinds = (effects: readonly Effect[]): string[] => effects.map((e) => (e.kind === 'record' ? `record ${e.entry.kind}` : e.kind));

test('what the screen shows is never behind what was done', () => {
  const order: string[] = [];
  const queue = createQueue({
    clock: { now: () => 0 },
    policy: () => defaultPolicy,
    diagnose: () => undefined,
    perform: (e) => order.push(e.kind),
    publish: () => order.push('shown'),
  });
  queue.begin();
  queue.stop();
  assert.deepEqual(order, ['shown', 'lock']);
});

test('an entry that cannot be written stops what stands behind it: no open without its permit', () => {
  const { queue, performed } = rig((effect) => {
    if (effect.kind === 'record' && effect.entry.kind === 'permit') throw new Broken('ledgerUnwritable', 'disk full');
  });
  queue.dispatch({ kind: 'locked', outcome: done(null) });
  tap(queue, 1);
  enterPin(queue);
  performed.length = 0;
  queue.dispatch({ kind: 'verdict', attempt: 1, subscriber: 's1', verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' } });
  assert.deepEqual(kinds(performed), ['record verdict', 'record permit', 'wipePin', 'record degraded', 'record outcome', 'record tapEnded', 'lock']);
  assert.deepEqual(queue.state().health, { kind: 'degraded', cause: 'ledgerUnwritable' });
  queue.stop();
});

test('degraded as well, nothing opens behind an emergency entry that is not durable; once it can be written, it does', () => {
  let full = true;
  const { queue, performed } = rig(
    (effect) => {
      if (effect.kind === 'record' && full) throw new Broken('ledgerUnwritable', 'disk full');
    },
    { ...defaultPolicy, emergency: 'on' },
  );
  queue.dispatch({ kind: 'locked', outcome: done(null) });
  queue.dispatch({ kind: 'broken', cause: 'ledgerUnwritable' });
  const emergency = (attempt: number): void => {
    performed.length = 0;
    queue.dispatch({ kind: 'emergency', attempt });
    for (let i = 0; i < defaultPolicy.numberLength; i++) queue.dispatch({ kind: 'digit' });
    queue.dispatch({ kind: 'stepAnswered', attempt, step: 'number', answer: { kind: 'next', step: 'code' } });
    for (let i = 0; i < 12; i++) queue.dispatch({ kind: 'digit' });
    queue.dispatch({ kind: 'stepAnswered', attempt, step: 'code', answer: { kind: 'next', step: 'reason', claimant: { kind: 'claimed', number: '123456' } } });
    queue.dispatch({ kind: 'reasonLife' });
  };
  emergency(1);
  assert.ok(kinds(performed).includes('record emergency'));
  assert.ok(!kinds(performed).includes('open'), 'opened without a durable entry');
  assert.ok(['locked', 'locking'].includes(queue.state().desk.kind));
  queue.dispatch({ kind: 'locked', outcome: done(null) });
  full = false;
  emergency(2);
  const order = kinds(performed).filter((kind) => kind === 'open' || kind === 'record emergency');
  assert.deepEqual(order, ['record emergency', 'open']);
});

test('an exception in any effect, of any kind, locks and degrades', () => {
  for (const kind of ['record', 'lock', 'takeDigit', 'eraseDigit', 'wipePin', 'verify', 'open', 'cue', 'addBadge'] as const) {
    let armed = false;
    const { queue, performed, complaints } = rig(
      (effect) => {
        if (armed && effect.kind === kind) throw new TypeError(`${kind} has a bug`);
      },
      { ...defaultPolicy, addBadge: 'demo' },
    );
    queue.dispatch({ kind: 'locked', outcome: done(null) });
    armed = true;
    queue.dispatch({ kind: 'readerFound', reader: 'R1' });
    queue.dispatch({ kind: 'cardArrived', reader: 'R1', presentation: 1 });
    queue.dispatch({ kind: 'cardRead', reader: 'R1', presentation: 1, card: { kind: 'unknown', tag: 'u' } });
    queue.dispatch({ kind: 'addBadge' });
    queue.dispatch({ kind: 'cardGone', presentation: 1 });
    queue.dispatch({ kind: 'back' });
    tap(queue, 2);
    queue.dispatch({ kind: 'digit' });
    queue.dispatch({ kind: 'erase' });
    queue.dispatch({ kind: 'clear' });
    enterPin(queue);
    queue.dispatch({ kind: 'verdict', attempt: 2, subscriber: 's1', verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' } });
    queue.dispatch({ kind: 'opened', grant: 'g2', outcome: done('s1') });
    queue.dispatch({ kind: 'lockNow' });
    assert.deepEqual(queue.state().health, { kind: 'degraded', cause: 'exception' }, kind);
    assert.ok(queue.state().desk.kind === 'locked' || queue.state().desk.kind === 'locking', kind);
    assert.ok(complaints.length > 0, kind);
    // Whatever was not locked already was asked to be, even where asking is what fails.
    assert.ok(queue.state().desk.kind === 'locked' || kinds(performed).includes('lock'), kind);
  }
});

test('a screen that cannot be told keeps nothing from locking', () => {
  const performed: string[] = [];
  const queue = createQueue({
    clock: { now: () => 0 },
    policy: () => defaultPolicy,
    diagnose: () => undefined,
    perform: (e) => performed.push(e.kind),
    publish: () => {
      throw new Error('no screen');
    },
  });
  running.push(queue);
  queue.begin();
  assert.deepEqual(performed, ['lock']);
});

test('a deadline that passed between two events is due at once, not lost', async () => {
  const { queue, clock } = rig();
  queue.dispatch({ kind: 'locked', outcome: done(null) });
  tap(queue, 1);
  enterPin(queue);
  queue.dispatch({ kind: 'verdict', attempt: 1, subscriber: 's1', verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' } });
  queue.dispatch({ kind: 'opened', grant: 'g1', outcome: done('s1') });
  // The reader stamped its report just before the lock was due; it is taken just after.
  clock.at = defaultPolicy.inactivity + 5;
  queue.dispatch({ kind: 'cardGone', presentation: 1 }, defaultPolicy.inactivity - 5);
  assert.equal(queue.state().desk.kind, 'open');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(queue.state().desk.kind, 'locking');
});

test('a broken ledger never keeps the lock from being asked for', () => {
  const { queue, performed } = rig((effect) => {
    if (effect.kind === 'record') throw new Broken('ledgerUnwritable', 'disk full');
  });
  queue.dispatch({ kind: 'locked', outcome: done(null) });
  queue.dispatch({ kind: 'readerFound', reader: 'R1' });
  assert.equal(queue.state().health.kind, 'degraded');
  performed.length = 0;
  queue.crash(new Error('again'));
  queue.dispatch({
    kind: 'sessions',
    snapshot: { seq: 9, active: { key: { id: 'x', epoch: '1' }, subscriber: 's1', state: 'active', lock: 'unlocked' }, sessions: [], healthy: true },
  });
  assert.deepEqual(kinds(performed), ['lock']);
  queue.stop();
});

test('events that an effect causes wait their turn', () => {
  const seen: string[] = [];
  const made: { queue?: Queue } = {};
  const queue = createQueue({
    clock: { now: () => 0 },
    policy: () => defaultPolicy,
    publish: () => undefined,
    diagnose: () => undefined,
    perform: (effect) => {
      seen.push(effect.kind);
      if (effect.kind === 'lock') made.queue?.dispatch({ kind: 'locked', outcome: done(null) });
    },
  });
  made.queue = queue;
  queue.begin();
  assert.deepEqual(seen, ['lock', 'record']);
  assert.equal(queue.state().desk.kind, 'locked');
  queue.stop();
});

test('time as the core sees it never goes back', () => {
  const { queue, clock } = rig();
  clock.at = 5_000;
  queue.dispatch({ kind: 'locked', outcome: done(null) });
  queue.dispatch({ kind: 'readerFound', reader: 'R1' }, 5_000);
  queue.dispatch({ kind: 'cardArrived', reader: 'R1', presentation: 1 }, 3_000);
  assert.equal(queue.state().field[0]?.since, 5_000);
  queue.stop();
});

test('once stopped, nothing is taken any more', () => {
  const { queue, performed } = rig();
  queue.stop();
  performed.length = 0;
  tap(queue, 1);
  assert.deepEqual(performed, []);
});
