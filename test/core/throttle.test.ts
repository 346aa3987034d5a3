/** Wrong PINs in a row come in, what the rules of SP 800-63B-4 and the policy make of them goes out: one table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultPolicy } from '../../core/policy.ts';
import { type Throttle, type ThrottlePolicy, throttle } from '../../core/throttle.ts';

const table: readonly (readonly [failures: number, Throttle])[] = [
  [0, { kind: 'allowed', left: 5 }],
  [1, { kind: 'allowed', left: 4 }],
  [4, { kind: 'allowed', left: 1 }],
  [5, { kind: 'wait', ms: 30_000, left: 5 }],
  [6, { kind: 'wait', ms: 60_000, left: 4 }],
  [7, { kind: 'wait', ms: 300_000, left: 3 }],
  [8, { kind: 'wait', ms: 300_000, left: 2 }],
  [9, { kind: 'wait', ms: 300_000, left: 1 }],
  [10, { kind: 'blocked' }],
  [11, { kind: 'blocked' }],
];

for (const [failures, expected] of table) {
  test(`${failures} wrong PINs in a row: ${expected.kind}`, () => assert.deepEqual(throttle(failures, defaultPolicy), expected));
}

test('a block that comes before the first wait is not announced later than it falls', () => {
  const policy: ThrottlePolicy = { triesBeforeWait: 5, waits: [30_000], blockAfter: 3 };
  assert.deepEqual(throttle(1, policy), { kind: 'allowed', left: 2 });
  assert.deepEqual(throttle(3, policy), { kind: 'blocked' });
});

test('more wrong PINs never stand better', () => {
  const rank = (t: Throttle): readonly number[] => (t.kind === 'allowed' ? [0, -t.left] : t.kind === 'wait' ? [1, t.ms] : [2, 0]);
  const policies = fc.record({
    triesBeforeWait: fc.integer({ min: 1, max: 9 }),
    waits: fc.array(fc.integer({ min: 1_000, max: 3_600_000 }), { minLength: 1, maxLength: 9 }).map((w) => w.sort((a, b) => a - b)),
    blockAfter: fc.integer({ min: 2, max: 10 }),
  });
  fc.assert(
    fc.property(policies, fc.nat(12), (policy, failures) => {
      const [[kind = 0, worth = 0], [nextKind = 0, nextWorth = 0]] = [rank(throttle(failures, policy)), rank(throttle(failures + 1, policy))];
      assert.ok(nextKind > kind || (nextKind === kind && nextWorth >= worth));
      if (failures >= 10) assert.equal(throttle(failures, policy).kind, 'blocked');
    }),
  );
});
