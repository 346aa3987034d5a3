/** What was presented comes in, the level SP 800-63B-4 gives it goes out: one table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grades, isAtLeast, type Presented, reach } from '../../core/assurance.ts';
import type { Reached } from '../../core/types.ts';

const table: readonly (readonly [Omit<Presented, 'verified'>, Reached])[] = [
  [{ badge: null, pinDigits: null }, 'none'],
  [{ badge: 'uid', pinDigits: null }, 'none'],
  [{ badge: 'uid', pinDigits: 6 }, 'none'],
  [{ badge: 'uid', pinDigits: 12 }, 'none'],
  [{ badge: null, pinDigits: 12 }, 'none'],
  [{ badge: null, pinDigits: 15 }, 'AAL1'],
  [{ badge: 'uid', pinDigits: 15 }, 'AAL1'],
  [{ badge: 'aes', pinDigits: null }, 'AAL1'],
  [{ badge: 'piv', pinDigits: 6 }, 'AAL1'],
  [{ badge: 'fido', pinDigits: 7 }, 'AAL1'],
  [{ badge: 'aes', pinDigits: 8 }, 'AAL2'],
  [{ badge: 'piv', pinDigits: 8 }, 'AAL2'],
  [{ badge: 'fido', pinDigits: 12 }, 'AAL2'],
];

for (const [presented, level] of table) {
  test(`badge ${presented.badge ?? 'none'}, PIN of ${presented.pinDigits ?? 'no'} digits: ${level}`, () => assert.equal(reach({ ...presented, verified: false }), level));
}

for (const [badge, level] of [
  ['fido', 'AAL2'],
  ['piv', 'AAL1'],
  ['aes', 'AAL1'],
  ['uid', 'none'],
  [null, 'none'],
] as const) {
  test(`user verification that a badge of grade ${badge ?? 'none'} claims: ${level}`, () => assert.equal(reach({ badge, pinDigits: null, verified: true }), level));
}

test('the grades stand in order', () => {
  const order = grades.map((grade) => grades.filter((least) => isAtLeast(grade, least)));
  assert.deepEqual(order, [['uid'], ['uid', 'aes'], ['uid', 'aes', 'piv'], ['uid', 'aes', 'piv', 'fido']]);
});
