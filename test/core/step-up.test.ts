/** Applications that ask for a fresh proof come in; what the screen asks and what they are answered goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ask, Reached } from '../../core/types.ts';
import { view } from '../../core/view.ts';
import { ana, badge, proving, Story, sam } from './world.ts';

const ask: Ask = { id: 'a1', subscriber: 's1', app: 'Records', act: 'Export records' };
const asked = (): Story => new Story().signIn(1, sam).play(10_000, { kind: 'stepUp', attempt: 9, ask });
const accepted = { kind: 'verdict', attempt: 9, subscriber: 's1', verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'AAL1' } } as const;
const answer = (s: Story) => s.effects.flatMap((e) => (e.kind === 'confirm' ? [['confirm', e.reached]] : e.kind === 'decline' ? [['decline', e.because]] : []))[0];

test('the screen says who asks and for what; the PIN confirms, the desk stays, the entry comes first', () => {
  const s = asked();
  assert.deepEqual(view(s.state, s.at, s.policy).screen, {
    kind: 'confirm',
    person: { given: 'Sam', initial: 'B' },
    app: 'Records',
    act: 'Export records',
    wantsBadge: false,
    length: 6,
    digits: 0,
    remark: null,
    checkingSince: null,
  });
  s.digits();
  assert.deepEqual(s.effects.at(-1), { kind: 'verify', attempt: 9, subscriber: 's1', grade: 'uid' });
  s.play(accepted);
  assert.deepEqual(s.kinds(), ['record verdict', 'record stepUp', 'confirm', 'cue']);
  assert.deepEqual([s.state.desk.kind, s.state.claim.kind], ['open', 'none']);
});

test('her badge beside the PIN raises what is proved', () => {
  const s = asked().tap(3, proving(sam)).digits();
  assert.deepEqual(s.effects.at(-1), { kind: 'verify', attempt: 9, subscriber: 's1', grade: 'aes' });
});

/** What the verifier says of her PIN beside what was shown with it. */
const right = (reached: Reached) => ({ ...accepted, verdict: { ...accepted.verdict, reached } });
const wantsBadge = (s: Story): boolean | null => {
  const { screen } = view(s.state, s.at, s.policy);
  return screen.kind === 'confirm' ? screen.wantsBadge : null;
};
const askedFor = (least: 'AAL1' | 'AAL2'): Story => new Story().signIn(1, sam).play(10_000, { kind: 'stepUp', attempt: 9, ask: { ...ask, least } });

test('an application that names a level gets no answer below it: her badge is asked for, and her PIN beside it', () => {
  for (const least of ['AAL1', 'AAL2'] as const) {
    const s = askedFor(least);
    assert.equal(wantsBadge(s), true);
    s.digits().play(right('none'));
    assert.deepEqual([answer(s), s.state.claim.kind, s.kinds()], [undefined, 'pin', ['record verdict', 'cue']]);
    assert.equal(wantsBadge(s), true);
    s.tap(3, proving(sam));
    assert.equal(wantsBadge(s), false);
    s.digits().play(right(least));
    assert.deepEqual(answer(s), ['confirm', least]);
  }
});

for (const [least, reached, said] of [
  ['AAL2', 'none', ['decline', 'tooWeak']],
  ['AAL2', 'AAL1', ['decline', 'tooWeak']],
  ['AAL1', 'none', ['decline', 'tooWeak']],
  ['AAL1', 'AAL2', ['confirm', 'AAL2']],
] as const) {
  test(`${least} asked, badge and PIN reach ${reached}: ${said.join(' ')}`, () => {
    const s = askedFor(least).tap(3, proving(sam)).digits().play(right(reached));
    assert.deepEqual([answer(s), s.state.claim.kind, s.state.desk.kind], [said, 'none', 'open']);
    if (said[0] === 'decline') assert.deepEqual(s.kinds(), ['record verdict', 'record stepUp', 'decline', 'cue']);
  });
}

test('a badge that comes while the PIN is being checked ends no question', () => {
  const s = askedFor('AAL2').digits().tap(3, proving(sam));
  assert.deepEqual([s.reason(), s.state.claim.kind, answer(s)], ['keptOwner', 'verifying', undefined]);
});

for (const [what, s, because] of [
  ['a locked station', new Story().play({ kind: 'stepUp', attempt: 9, ask }), 'locked'],
  ['somebody else’s session', new Story().signIn(1, ana).play({ kind: 'stepUp', attempt: 9, ask }), 'locked'],
  ['a colleague being asked for her PIN', new Story({ takeOver: 'switch' }).signIn(1, sam).play(5_000).tap(2, badge(ana)).play({ kind: 'stepUp', attempt: 9, ask }), 'busy'],
  ['Cancel', asked().digits(2).play({ kind: 'cancel' }), 'declined'],
  ['Another way', asked().play({ kind: 'otherWay' }), 'declined'],
  ['nobody', asked().play(20_000, { kind: 'tick' }), 'timedOut'],
  ['a colleague’s tap', asked().play({ kind: 'cardArrived', reader: 'R1', presentation: 4 }, { kind: 'cardRead', reader: 'R1', presentation: 4, card: badge(ana) }), 'busy'],
  [
    'too many wrong PINs',
    asked()
      .digits()
      .play({ kind: 'verdict', attempt: 9, subscriber: 's1', verdict: { kind: 'wait', until: 99_000 } }),
    'wrongPin',
  ],
  ['a session that closed meanwhile', asked().digits().play({ kind: 'lockNow' }), 'locked'],
] as const) {
  test(`${what} answers “${because}”`, () => assert.deepEqual(answer(s), ['decline', because]));
}

test('a wrong PIN may be typed again', () => {
  const s = asked()
    .digits()
    .play({ kind: 'verdict', attempt: 9, subscriber: 's1', verdict: { kind: 'refused', left: 4 } });
  assert.equal(answer(s), undefined);
  assert.deepEqual(answer(s.digits().play(accepted)), ['confirm', 'AAL1']);
});

test('a badge that was not shown is no factor of the statement; one that was is', () => {
  const factors = (s: Story) => s.effects.flatMap((e) => (e.kind === 'confirm' ? [e.factors] : []))[0];
  assert.deepEqual(factors(asked().digits().play(accepted)), ['pin']);
  assert.deepEqual(factors(asked().tap(3, proving(sam)).digits().play(accepted)), ['badge', 'pin']);
});

test('the question ends with the work it was asked in, and gives way to the walk-away warning', () => {
  const locked = asked().digits(2).play({ kind: 'lockNow' });
  assert.deepEqual(locked.kinds(), ['wipePin', 'record stepUp', 'decline', 'lock']);
  assert.deepEqual(answer(locked), ['decline', 'locked']);
  assert.equal(locked.tap(5, badge(sam)).reason(), 'asked', 'her tap is a tap again');
  const s = new Story({ pinGivesUpAfter: 60_000 }).signIn(1, sam).play(275_000, { kind: 'stepUp', attempt: 9, ask }, 5_000, { kind: 'tick' });
  assert.deepEqual(answer(s), ['decline', 'timedOut']);
  assert.equal(view(s.state, s.at, s.policy).screen.kind, 'away');
});
