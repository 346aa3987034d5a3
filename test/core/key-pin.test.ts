/** Taps of security keys that check their own PIN come in; what is asked, said, opened and recorded goes out, rule by rule. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CardSeen, Verdict } from '../../core/types.ts';
import { view } from '../../core/view.ts';
import { ana, badge, done, Story, sam } from './world.ts';

const key: Extract<CardSeen, { kind: 'enrolled' }> = { ...badge(sam), grade: 'fido', keyPin: 4 };
const screen = (s: Story) => view(s.state, s.at, s.policy).screen;
const answered = (s: Story, verdict: Verdict): Story => s.play(30, { kind: 'verdict', attempt: 1, subscriber: 's1', verdict });
const accepted: Verdict = { kind: 'accepted', factors: ['key'], reached: 'AAL2' };
/** Tapped, typed and not yet answered. */
const typed = (): Story => new Story().tap(1, key).digits(4);

test('the key’s own PIN is asked, at its length, of the key that was tapped', () => {
  const s = new Story().tap(1, key);
  assert.deepEqual(screen(s), { kind: 'keyPin', person: { given: 'Sam', initial: 'B' }, length: 4, digits: 0, remark: null, checkingSince: null });
  s.digits(3);
  assert.deepEqual(s.kinds(), ['takeDigit']);
  s.digits(1);
  assert.deepEqual(s.effects, [{ kind: 'takeDigit' }, { kind: 'verifyKey', attempt: 1, subscriber: 's1', badge: 'badge-s1' }]);
  assert.deepEqual(screen(s), { kind: 'keyPin', person: { given: 'Sam', initial: 'B' }, length: 4, digits: 4, remark: null, checkingSince: s.at });
});

test('verified by her key: AAL2 by one factor, and her window begins', () => {
  const s = answered(typed(), accepted);
  const permit = s.effects.find((e) => e.kind === 'record' && e.entry.kind === 'permit');
  assert.deepEqual(permit?.kind === 'record' && permit.entry.kind === 'permit' && [permit.entry.grade, permit.entry.factors, permit.entry.reached, permit.entry.by], [
    'fido',
    ['key'],
    'AAL2',
    'verdict',
  ]);
  s.play(5, { kind: 'opened', grant: 'g1', outcome: done('s1') }, 5_000, { kind: 'lockNow' });
  s.tap(2, key);
  assert.deepEqual(s.kinds(), ['record tap', 'record proof', 'record permit', 'open', 'cue']);
  assert.equal(s.reason(), 'inWindow');
});

for (const [verdict, remark] of [
  [
    { kind: 'refused', left: 7 },
    { kind: 'wrong', left: 7 },
  ],
  [{ kind: 'keyGone' }, { kind: 'keyGone' }],
  [{ kind: 'keyRests' }, { kind: 'keyRests' }],
] as const) {
  test(`${verdict.kind}: the pad again, empty, with what to do`, () => {
    const s = answered(typed(), verdict);
    assert.deepEqual(screen(s), { kind: 'keyPin', person: { given: 'Sam', initial: 'B' }, length: 4, digits: 0, remark, checkingSince: null });
    // The key held there again is the same attempt; its PIN goes on from there.
    s.play(2_000).tap(2, key).digits(4);
    assert.deepEqual(s.effects.at(-1), { kind: 'verifyKey', attempt: 1, subscriber: 's1', badge: 'badge-s1' });
    assert.deepEqual(answered(s, accepted).kinds(), ['record verdict', 'record permit', 'open', 'cue']);
  });
}

for (const [verdict, notice, reason] of [
  [{ kind: 'blocked' }, 'keyBlocked', 'keyBlocked'],
  [{ kind: 'unproved', because: 'malformed' }, 'unproved', 'unproved'],
  [{ kind: 'unreachable' }, 'unreachable', 'unreachable'],
] as const) {
  test(`${verdict.kind}: nothing opens, and the screen says “${notice}”`, () => {
    const s = answered(typed(), verdict);
    assert.deepEqual(s.kinds(), ['record verdict', 'record tapEnded', 'cue']);
    assert.deepEqual([screen(s).kind, s.reason()], [notice, reason]);
  });
}

test('a failed check ends her window; a key that was not there does not', () => {
  const opened = (): Story => answered(typed(), accepted).play(5, { kind: 'opened', grant: 'g1', outcome: done('s1') }, 5_000, { kind: 'lockNow' });
  for (const [verdict, windows] of [
    [{ kind: 'keyGone' }, 1],
    [{ kind: 'refused', left: 7 }, 0],
    [{ kind: 'keyRests' }, 0],
    [{ kind: 'unproved', because: 'wrong' }, 0],
    [{ kind: 'blocked' }, 0],
  ] as const) {
    assert.equal(opened().play({ kind: 'verdict', attempt: 99, subscriber: 's1', verdict }).state.windows.length, windows, verdict.kind);
  }
});

test('a key whose tries are used up says so at the tap, in its own words', () => {
  const s = new Story().tap(1, { ...key, standing: { kind: 'blocked' } });
  assert.deepEqual([screen(s).kind, s.reason()], ['keyBlocked', 'keyBlocked']);
});

test('somebody else’s key ends the attempt, and its verdict is dropped', () => {
  const s = new Story({ takeOver: 'switch' })
    .tap(1, key)
    .digits(3)
    .tap(2, { ...badge(ana), grade: 'fido', keyPin: null });
  assert.equal(screen(s).kind, 'pin', 'hers has no PIN: the station’s is asked');
  assert.deepEqual(answered(s.digits(), accepted).kinds(), ['record verdict']);
});

test('an application’s question is answered by the station PIN, whatever key lies there', () => {
  const s = answered(typed(), accepted).play(5, { kind: 'opened', grant: 'g1', outcome: done('s1') });
  s.play(5_000, { kind: 'stepUp', attempt: 9, ask: { id: 'a1', subscriber: 's1', app: 'Records', act: 'Export' } }).tap(3, key);
  assert.deepEqual(s.digits().effects.at(-1), { kind: 'verify', attempt: 9, subscriber: 's1', grade: 'fido' });
});
