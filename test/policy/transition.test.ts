/** Any two policies and work that is open come in; under it no limit is later than before, whatever the change, and the core keeps its invariants through changes at any moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTaking } from '../../agent/policy/taking.ts';
import { underOpenWork } from '../../agent/policy/transition.ts';
import { emergencyEnds } from '../../core/emergency.ts';
import { forRole, type Policy } from '../../core/policy.ts';
import type { Desk, State } from '../../core/types.ts';
import { leaving } from '../../core/walk-away.ts';
import { ana, session } from '../core/world.ts';
import { live, lives, policies } from '../explore/lives.ts';

/** More of them nightly. */
const runs = Number(process.env['TAPWARD_POLICY_LIVES'] ?? 150);

type Open = Extract<Desk, { kind: 'open' }>;
const desks: fc.Arbitrary<Open> = fc
  .record({
    role: fc.constantFrom(null, 'nurse', 'physician', 'clerk'),
    lifted: fc.constantFrom(null, 500_000),
    lastActivity: fc.integer({ min: 0, max: 4_000_000 }),
    provedAt: fc.integer({ min: 0, max: 4_000_000 }),
    emergency: fc.boolean(),
  })
  .map(
    ({ role, lifted, lastActivity, provedAt, emergency }): Open => ({
      kind: 'open',
      subscriber: { ...ana, role },
      session: session('s2').key,
      openedAt: provedAt,
      lifted,
      lastActivity,
      lastKey: null,
      kept: null,
      by: { kind: emergency ? 'emergency' : 'verdict', provedAt } as Open['by'],
    }),
  );

test('whatever changes under open work, it closes no later than it would have, and no later than the new policy says', () => {
  fc.assert(
    fc.property(policies, policies, desks, (before, after, desk) => {
      const during = underOpenWork(before, after);
      const closes = (policy: Policy): number => leaving(desk, policy).at;
      assert.ok(closes(during) <= closes(before), 'later than it would have');
      assert.ok(closes(during) <= closes(after), 'later than the new policy says');
      assert.ok(leaving(desk, during).warns <= closes(during), 'the warning stands before it');
      const ends = (policy: Policy): number => emergencyEnds({ desk } as State, policy) ?? Number.POSITIVE_INFINITY;
      assert.equal(ends(during), Math.min(ends(before), ends(after)));
      assert.equal(forRole(during, desk.subscriber.role).badgeMode, forRole(before, desk.subscriber.role).badgeMode);
    }),
    { numRuns: 5_000 },
  );
});

test('long random lives under policies that change at any moment, and as the station takes them, keep every invariant', (t) => {
  let [steps, opened, changes] = [0, 0, 0];
  const some = fc.array(policies, { minLength: 2, maxLength: 5 });
  const every = fc.integer({ min: 3, max: 40 });
  fc.assert(
    fc.property(some, every, fc.boolean(), lives, (several, often, abrupt, picks) => {
      let step = 0;
      let due = several[0] as Policy;
      const taking = createTaking(due, () => undefined);
      const life = live((state) => {
        taking.seen(state);
        if (++step % often === 0) {
          changes++;
          due = several[(step / often) % several.length] as Policy;
          taking.offer(due);
        }
        return abrupt ? due : taking.policy();
      }, picks);
      steps += picks.length;
      opened += life.opened;
    }),
    { numRuns: runs },
  );
  t.diagnostic(`${steps} steps, ${opened} of them on an open desk, ${changes} changes`);
  assert.ok(opened > 300 && changes > 1_000, 'the lives must open and change now and then, or they prove nothing');
});
