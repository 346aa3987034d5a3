import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Broken, createQueue, type Queue } from '../../agent/queue.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { Effect, State } from '../../core/types.ts';
import { badge, done, sam } from '../core/world.ts';

type Rig = { readonly queue: Queue; readonly performed: Effect[]; readonly shown: State[]; readonly complaints: unknown[]; clock: { at: number } };

/** A queue on a hand-driven clock whose `perform` does what `act` says. */
function rig(act: (effect: Effect) => void = () => undefined): Rig {
  const performed: Effect[] = [];
  const shown: State[] = [];
  const complaints: unknown[] = [];
  const clock = { at: 0 };
  const queue = createQueue({
    clock: { now: () => clock.at },
    policy: () => defaultPolicy,
    perform: (effect) => {
      performed.push(effect);
      act(effect);
    },
    publish: (state) => shown.push(state),
    diagnose: (why) => complaints.push(why),
  });
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
    clock: { now: () => 0 }, policy: () => defaultPolicy, diagnose: () => undefined,
    perform: (e) => order.push(e.kind), publish: () => order.push('shown'),
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
  queue.dispatch({ kind: 'verdict', attempt: 1, verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' } });
  assert.deepEqual(kinds(performed), ['record verdict', 'record permit', 'record degraded', 'lock']);
  assert.deepEqual(queue.state().health, { kind: 'degraded', cause: 'ledgerUnwritable' });
  queue.stop();
});

test('an exception in any effect, of any kind, locks and degrades', () => {
  for (const kind of ['verify', 'open', 'cue', 'takeDigit', 'wipePin', 'addBadge'] as const) {
    const { queue, performed, complaints } = rig((effect) => {
      if (effect.kind === kind) throw new TypeError(`${kind} has a bug`);
    });
    queue.dispatch({ kind: 'locked', outcome: done(null) });
    tap(queue, 1);
    queue.dispatch({ kind: 'digit' });
    queue.dispatch({ kind: 'clear' });
    enterPin(queue);
    queue.dispatch({ kind: 'verdict', attempt: 1, verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' } });
    if (kind === 'addBadge') {
      queue.stop();
      continue;
    }
    assert.deepEqual(queue.state().health, { kind: 'degraded', cause: 'exception' }, kind);
    assert.notEqual(queue.state().desk.kind, 'open', kind);
    assert.ok(kinds(performed).lastIndexOf('lock') >= 0 && complaints.length > 0, kind);
    queue.stop();
  }
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
  queue.dispatch({ kind: 'sessions', snapshot: { seq: 9, active: { key: { id: 'x', epoch: '1' }, subscriber: 's1', state: 'active', lock: 'unlocked' }, sessions: [], healthy: true } });
  assert.deepEqual(kinds(performed), ['lock']);
  queue.stop();
});

test('events that an effect causes wait their turn', () => {
  const seen: string[] = [];
  const made: { queue?: Queue } = {};
  const queue = createQueue({
    clock: { now: () => 0 }, policy: () => defaultPolicy, publish: () => undefined, diagnose: () => undefined,
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
