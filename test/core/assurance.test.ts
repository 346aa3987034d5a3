/** What was presented comes in, the level SP 800-63B-4 gives it goes out: one table, clause by clause. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grades, isAtLeast, isReached, type Presented, reach } from '../../core/assurance.ts';
import type { Reached } from '../../core/types.ts';

type Row = readonly [Presented['badge'], Presented['pinDigits'], Reached];
/** Each at its edges: a digit too few, and just enough. */
const table: Readonly<Record<string, readonly Row[]>> = {
  '§2.1.1, nothing was authenticated': [[null, null, 'none']],
  '§3.2.1, an identifier proves no possession': [['uid', null, 'none']],
  '§3.1.1.2, alone a password has 15 characters': [
    [null, 6, 'none'],
    [null, 8, 'none'],
    [null, 14, 'none'],
    [null, 15, 'AAL1'],
    ['uid', 6, 'none'],
    ['uid', 7, 'none'],
    ['uid', 8, 'none'],
    ['uid', 14, 'none'],
    ['uid', 15, 'AAL1'],
  ],
  '§2.1.1 and §3.1.6, a single-factor cryptographic authenticator is AAL1': [
    ['aes', null, 'AAL1'],
    ['piv', null, 'AAL1'],
    ['fido', null, 'AAL1'],
  ],
  '§3.1.1.2, beside it a password of fewer than 8 characters is no second factor': [
    ['aes', 6, 'AAL1'],
    ['aes', 7, 'AAL1'],
    ['piv', 6, 'AAL1'],
    ['piv', 7, 'AAL1'],
    ['fido', 6, 'AAL1'],
    ['fido', 7, 'AAL1'],
  ],
  '§2.2.1, AAL2 is something held and something known': [
    ['aes', 8, 'AAL2'],
    ['piv', 8, 'AAL2'],
    ['fido', 8, 'AAL2'],
    ['aes', 12, 'AAL2'],
    ['piv', 12, 'AAL2'],
    ['fido', 12, 'AAL2'],
  ],
};

for (const [clause, rows] of Object.entries(table)) {
  for (const [badge, pinDigits, level] of rows) {
    test(`${clause}: badge ${badge ?? 'none'}, PIN of ${pinDigits ?? 'no'} digits: ${level}`, () => assert.equal(reach({ badge, pinDigits, verified: false }), level));
  }
}

for (const [clause, badge, pinDigits, level] of [
  ['§3.1.7, a multi-factor cryptographic authenticator is AAL2 alone', 'fido', null, 'AAL2'],
  ['§3.1.7, and whatever PIN stands beside it', 'fido', 7, 'AAL2'],
  ['§3.1.6, no other grade says so under its signature', 'piv', null, 'AAL1'],
  ['§3.1.6, no other grade says so under its signature', 'aes', null, 'AAL1'],
  ['§3.1.1.2, nor does it lengthen a PIN', 'piv', 7, 'AAL1'],
  ['§3.1.1.2, nor does it lengthen a PIN', 'aes', 7, 'AAL1'],
  ['§3.2.1, an identifier verifies nobody', 'uid', null, 'none'],
  ['§3.2.1, nothing verifies nobody', null, null, 'none'],
] as const) {
  test(`${clause}: user verification that a badge of grade ${badge ?? 'none'} claims beside a PIN of ${pinDigits ?? 'no'} digits: ${level}`, () =>
    assert.equal(reach({ badge, pinDigits, verified: true }), level));
}

test('every grade stands in the table at 6, 7 and 8 digits', () => {
  const rows = Object.values(table).flat();
  for (const grade of grades)
    assert.deepEqual(new Set(rows.filter(([badge, digits]) => badge === grade && digits !== null && digits < 9).map(([, digits]) => digits)), new Set([6, 7, 8]), grade);
});

test('the grades stand in order', () => {
  const order = grades.map((grade) => grades.filter((least) => isAtLeast(grade, least)));
  assert.deepEqual(order, [['uid'], ['uid', 'aes'], ['uid', 'aes', 'piv'], ['uid', 'aes', 'piv', 'fido']]);
});

test('the levels stand in order, and who names none takes what there is', () => {
  const levels = ['none', 'AAL1', 'AAL2'] as const;
  assert.deepEqual(
    levels.map((reached) => levels.filter((least) => isReached(reached, least))),
    [['none'], ['none', 'AAL1'], ['none', 'AAL1', 'AAL2']],
  );
  assert.ok(isReached('none'));
});
