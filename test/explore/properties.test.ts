/** Long random lives under random policies, held to the invariants. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { step } from '../../core/step.ts';
import { view } from '../../core/view.ts';
import { live, lives, policies } from './lives.ts';

test('long random lives under random policies keep every invariant', (t) => {
  let steps = 0;
  let opened = 0;
  fc.assert(
    fc.property(policies, lives, (policy, picks) => {
      const life = live(() => policy, picks);
      steps += picks.length;
      opened += life.opened;
    }),
    { numRuns: 450 },
  );
  t.diagnostic(`${steps} steps, ${opened} of them on an open desk`);
  assert.ok(opened > 1000, 'the lives must open now and then, or they prove nothing');
});

test('left alone, every station ends locked, and says nothing about anyone', () => {
  fc.assert(
    fc.property(policies, lives, (policy, picks) => {
      const { state, at } = live(() => policy, picks);
      let now = state;
      for (let i = 1; i <= 40; i++) {
        const { state: after, effects } = step(now, { kind: 'tick', at: at + i * policy.inactivity }, policy);
        now = after;
        if (effects.some((e) => e.kind === 'lock'))
          now = step(now, { kind: 'locked', outcome: { kind: 'done', session: null, ms: 1 }, at: at + i * policy.inactivity }, policy).state;
      }
      const shown = view(now, at + 40 * policy.inactivity, policy).screen;
      assert.ok(['idle', 'readerMissing', 'callIt'].includes(shown.kind), shown.kind);
      assert.ok(now.desk.kind === 'locked' || now.desk.kind === 'locking');
    }),
    { numRuns: 100 },
  );
});
