/** Digits and answers come in: where each form begins, how it goes on and ends goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FormStep, StepAnswer } from '../../core/types.ts';
import { view } from '../../core/view.ts';
import { ana, badge, done, proving, Story, sam } from './world.ts';

const on = { shiftCodes: 'on', vouching: 'on', addBadge: 'code' } as const;
const screen = (s: Story) => view(s.state, s.at, s.policy).screen;
const step = (s: Story): string =>
  s.state.claim.kind === 'form' ? `${s.state.claim.form} ${s.state.claim.step}` : s.state.claim.kind === 'notice' ? s.state.claim.notice : s.state.claim.kind;
const results = (s: Story) => s.effects.flatMap((e) => (e.kind === 'record' && e.entry.kind === 'form' ? [e.entry.result] : []));
const unknown = (s: Story, presentation = 1): Story => s.tap(presentation, { kind: 'unknown', tag: 'tag-u' });
const answer = (s: Story, attempt: number, which: FormStep, given: StepAnswer): Story => s.play(20, { kind: 'stepAnswered', attempt, step: which, answer: given });
const type = (s: Story, attempt: number, which: FormStep, n: number, given: StepAnswer): Story => answer(s.digits(n), attempt, which, given);
const next = (to: FormStep, subject = sam): StepAnswer => ({ kind: 'next', step: to, subject });
const proved: StepAnswer = { kind: 'done', subscriber: sam, factors: ['code', 'pin'], reached: 'none', until: null };

test('an unknown badge becomes hers: number, code, a PIN twice', () => {
  const s = unknown(new Story(on));
  assert.deepEqual(screen(s), { kind: 'unknown', add: 'code', vouch: true });
  s.play({ kind: 'addBadge' });
  assert.equal(step(s), 'enrol number');
  s.digits(6);
  assert.deepEqual(s.effects, [{ kind: 'takeDigit' }, { kind: 'answerStep', attempt: 1, form: 'enrol', step: 'number', tap: null, subject: null }]);
  answer(s, 1, 'number', { kind: 'next', step: 'code' });
  assert.deepEqual([screen(s).kind === 'form' && [(screen(s) as { length: number }).length, (screen(s) as { part: number }).part]], [[13, 2]]);
  type(s, 1, 'code', 13, next('newPin'));
  type(s, 1, 'newPin', 6, { kind: 'again', step: 'newPin', remark: { kind: 'guessable', why: 'run' } });
  assert.equal(step(s), 'enrol newPin');
  type(s, 1, 'newPin', 6, next('again'));
  type(s, 1, 'again', 6, { kind: 'again', step: 'newPin', remark: { kind: 'differ' } });
  type(s, 1, 'newPin', 6, next('again'));
  type(s, 1, 'again', 6, { ...proved, factors: [] });
  assert.deepEqual([step(s), results(s), s.state.desk.kind], ['added', ['done'], 'locked']);
  assert.ok(s.effects.some((e) => e.kind === 'endForm'));
});

test('a help-desk code and her PIN open, without a badge and without a window', () => {
  const s = new Story(on).play({ kind: 'otherWay' });
  assert.deepEqual(screen(s), { kind: 'otherWay', key: false, code: true });
  s.play({ kind: 'enterCode', attempt: 5 });
  type(s, 5, 'number', 6, { kind: 'next', step: 'code' });
  type(s, 5, 'code', 8, { kind: 'next', step: 'pin' });
  type(s, 5, 'pin', 6, proved);
  assert.deepEqual(s.kinds(), ['wipePin', 'endForm', 'record form', 'record permit', 'open', 'cue']);
  assert.ok(s.effects.some((e) => e.kind === 'open' && e.by.kind === 'code' && e.grant.subscriber === 's1'));
  assert.deepEqual(screen(s), { kind: 'welcome', person: { given: 'Sam', initial: 'B' }, tapUntil: null, weak: 'code' });
  s.play({ kind: 'opened', grant: 'g5', outcome: done('s1') });
  assert.deepEqual([s.state.desk.kind, s.state.windows], ['open', []]);
});

test('a code that was right while the desk had not closed opens nothing', () => {
  const s = new Story(on, true).play({ kind: 'enterCode', attempt: 5 });
  type(s, 5, 'number', 6, { kind: 'next', step: 'pin' });
  s.play({ kind: 'locked', outcome: { kind: 'failed', code: 'unconfirmed', screen: 'unknown' } });
  type(s, 5, 'pin', 6, proved);
  assert.ok(s.effects.every((e) => e.kind !== 'open'));
  assert.equal(step(s), 'notOpened');
});

test('a colleague vouches: her badge, her PIN, and neither her own need nor a spare will do', () => {
  const s = unknown(new Story(on)).play({ kind: 'vouch', attempt: 6 });
  type(s, 6, 'number', 6, { kind: 'next', step: 'pin' });
  type(s, 6, 'pin', 6, next('colleague'));
  assert.equal((screen(s) as { length: number }).length, 0);
  assert.equal(step(s.digits(3)), 'vouch colleague');
  assert.equal(step(s.tap(7, badge(sam))), 'vouch colleague');
  assert.equal(step(s.tap(8, { ...badge(ana), spareUntil: 1_000_000 })), 'vouch colleague');
  assert.equal(step(s.play(1_500).tap(9, badge(ana))), 'vouch colleaguePin');
  assert.equal(s.reason(), 'form');
  assert.deepEqual((screen(s) as { person: unknown }).person, { given: 'Ana', initial: 'K' });
  s.digits(6);
  assert.ok(s.effects.some((e) => e.kind === 'answerStep' && e.tap?.subscriber.id === 's2' && e.subject === 's1'));
  answer(s, 6, 'colleaguePin', { ...proved, factors: [] });
  assert.deepEqual([step(s), results(s)], ['spareReady', ['done']]);
});

test('a badge that is too weak to open here vouches for nobody', () => {
  const s = unknown(new Story({ ...on, leastGrade: 'aes' })).play({ kind: 'vouch', attempt: 6 });
  type(s, 6, 'number', 6, { kind: 'next', step: 'pin' });
  type(s, 6, 'pin', 6, next('colleague'));
  assert.deepEqual([step(s.tap(9, badge(ana))), s.reason(), results(s)], ['tooWeak', 'tooWeak', ['ended']]);
});

test('a spare badge opens with a PIN, as vouched for, and never by a tap alone', () => {
  const spare = { ...proving(sam), spareUntil: 1_000_000 };
  const s = new Story().signIn(1, sam, spare);
  assert.deepEqual(s.state.windows, []);
  const again = s.play(5_000, { kind: 'lockNow' }, 2_000).tap(2, spare);
  assert.equal(again.reason(), 'asked');
  again.digits().accept(2);
  assert.ok(again.effects.some((e) => e.kind === 'open' && e.by.kind === 'vouch'));
  assert.equal((screen(again) as { weak: string }).weak, 'vouch');
});

test('work that a spare badge or a code opened closes when that ends, however busy she is', () => {
  const lent = (until: number): Story => new Story().signIn(1, sam, { ...proving(sam), spareUntil: until });
  const until = 60_000;
  const s = lent(until);
  s.play(until - s.at - 21_000, { kind: 'activity', how: 'key' }, { kind: 'tick' });
  assert.equal(screen(s).kind, 'open');
  s.play(1_000, { kind: 'activity', how: 'key' }, { kind: 'tick' });
  assert.equal(screen(s).kind, 'away');
  s.play(20_000, { kind: 'tick' });
  assert.deepEqual(
    s.effects.find((e) => e.kind === 'lock'),
    { kind: 'lock', why: 'overall', escalate: false },
  );
  assert.ok(
    lent(1).effects.every((e) => e.kind !== 'open'),
    'one that ended while she typed opens nothing',
  );

  const byCode = new Story(on).play({ kind: 'enterCode', attempt: 5 });
  type(byCode, 5, 'number', 6, { kind: 'next', step: 'pin' });
  type(byCode, 5, 'pin', 6, { ...proved, until: byCode.at + 60_000 });
  byCode.play({ kind: 'opened', grant: 'g5', outcome: done('s1') }, 60_000, { kind: 'tick' });
  assert.deepEqual(
    byCode.effects.find((e) => e.kind === 'lock'),
    { kind: 'lock', why: 'overall', escalate: false },
  );
  const late = new Story(on).play({ kind: 'enterCode', attempt: 5 });
  type(late, 5, 'number', 6, { kind: 'next', step: 'pin' });
  type(late, 5, 'pin', 6, { ...proved, until: late.at });
  assert.ok(late.effects.every((e) => e.kind !== 'open'));
});

test('her PIN is changed over her own open work, and only there; what the old one began ends', () => {
  assert.equal(step(new Story(on).play({ kind: 'changePin', attempt: 5 })), 'none');
  const s = new Story(on).signIn(1, sam, proving(sam)).play(5_000, { kind: 'help' }, { kind: 'changePin', attempt: 5 });
  assert.equal(step(s), 'changePin pin');
  assert.equal(s.state.windows.length, 1);
  type(s, 5, 'pin', 6, { kind: 'again', step: 'pin', remark: { kind: 'wrong', left: 4 }, tried: { subscriber: 's1', verdict: 'refused' } });
  assert.deepEqual(s.state.windows, [], 'a wrong PIN ends them at once');
  type(s, 5, 'pin', 6, next('newPin'));
  type(s, 5, 'newPin', 6, next('again'));
  assert.equal(s.tap(2, badge(sam)).reason(), 'form', 'her own badge disturbs nothing');
  type(s, 5, 'again', 6, { ...proved, factors: [] });
  assert.deepEqual([step(s), s.state.desk.kind], ['pinChanged', 'open']);
});

test('walking away from it locks, and nothing typed outlives that', () => {
  const s = new Story({ ...on, inactivity: 61_000, warning: 20_000 }).signIn(1, sam).play({ kind: 'changePin', attempt: 5 }).digits(2).play(41_000, { kind: 'tick' });
  assert.deepEqual([step(s), s.effects.some((e) => e.kind === 'wipePin'), s.effects.some((e) => e.kind === 'endForm')], ['none', true, true]);
  const locked = new Story(on).signIn(1, sam).play({ kind: 'changePin', attempt: 5 }, { kind: 'lockNow' });
  assert.equal(step(locked), 'none');
});

for (const [what, play, expected] of [
  ['nothing typed for a minute', (s: Story) => s.play(60_000, { kind: 'tick' }), 'none'],
  ['an answer that never comes', (s: Story) => s.digits(6).play(10_000, { kind: 'tick' }), 'unreachable'],
  ['back', (s: Story) => s.play({ kind: 'back' }), 'none'],
  ['cancel', (s: Story) => s.play({ kind: 'cancel' }), 'none'],
  ['a colleague’s badge', (s: Story) => s.tap(8, badge(ana)), 'pin'],
  ['a refusal', (s: Story) => type(s, 5, 'number', 6, { kind: 'refused', because: 'wait' }), 'codeWait'],
  ['a step of another form', (s: Story) => type(s, 5, 'number', 6, { kind: 'next', step: 'reason' }), 'none'],
  ['a broken store', (s: Story) => s.play({ kind: 'broken', cause: 'storeDamaged' }), 'none'],
  ['a face that is gone', (s: Story) => s.play({ kind: 'face', present: true }, { kind: 'face', present: false }), 'none'],
] as const) {
  test(`it ends by ${what}, and its digits with it`, () => {
    const s = play(new Story(on).play({ kind: 'enterCode', attempt: 5 }).digits(3).play({ kind: 'clear' }));
    assert.equal(step(s), expected);
    assert.ok(s.effects.some((e) => e.kind === 'endForm') && s.effects.some((e) => e.kind === 'wipePin'));
  });
}

test('each PIN and code that was typed in vain stands in the ledger, also when the form was over by then', () => {
  const proven = (): Story => new Story({ ...on, triesBeforeWait: 1 }).signIn(1, sam, proving(sam)).play(5_000);
  const tried = (s: Story) => s.effects.flatMap((e) => (e.kind === 'record' && e.entry.kind === 'tried' ? [e.entry] : []));
  const waits: StepAnswer = { kind: 'refused', because: 'wait', tried: { subscriber: 's1', verdict: 'wait' } };
  const s = type(proven().play({ kind: 'changePin', attempt: 5 }), 5, 'pin', 6, waits);
  assert.deepEqual([tried(s), step(s), s.state.windows], [[{ kind: 'tried', attempt: 5, step: 'pin', subscriber: 's1', verdict: 'wait' }], 'codeWait', []]);
  const late = answer(proven().play({ kind: 'changePin', attempt: 5 }).digits(6).play({ kind: 'back' }), 5, 'pin', waits);
  assert.deepEqual([tried(late).length, step(late), late.state.windows], [1, 'none', []]);
  const code = type(proven().play({ kind: 'lockNow' }, { kind: 'enterCode', attempt: 6 }), 6, 'number', 6, { kind: 'next', step: 'code' });
  type(code, 6, 'code', 8, { kind: 'again', step: 'number', remark: { kind: 'wrongCode' }, tried: { subscriber: 's1', verdict: 'refused' } });
  assert.deepEqual([tried(code).length, step(code), code.state.windows.length], [1, 'code number', 1], 'a wrong code is no wrong PIN of hers');
});

test('answers for another attempt, another step, or none that was asked are dropped', () => {
  const s = new Story(on).play({ kind: 'enterCode', attempt: 5 });
  assert.equal(step(answer(s, 5, 'number', proved)), 'code number', 'nothing was asked yet');
  s.digits(6);
  assert.equal(step(answer(s, 4, 'number', { kind: 'next', step: 'code' })), 'code number');
  assert.equal(step(answer(s, 5, 'pin', proved)), 'code number');
  assert.equal(step(answer(s, 5, 'number', { kind: 'next', step: 'code' })), 'code code');
});

test('no form where the policy has none, over a colleague’s open work, or at a station that opens nobody', () => {
  assert.equal(step(new Story().play({ kind: 'enterCode', attempt: 5 })), 'none');
  assert.equal(step(unknown(new Story()).play({ kind: 'vouch', attempt: 5 })), 'unknown');
  const open = unknown(new Story(on).signIn(1, sam).play(10_000), 3);
  assert.deepEqual(screen(open), { kind: 'unknown', add: 'off', vouch: false });
  for (const event of [{ kind: 'addBadge' }, { kind: 'vouch', attempt: 5 }, { kind: 'enterCode', attempt: 5 }, { kind: 'newPin', attempt: 5 }] as const)
    assert.equal(step(open.play(event)), 'unknown');
  assert.equal(step(new Story(on).play({ kind: 'broken', cause: 'storeDamaged' }, { kind: 'newPin', attempt: 5 })), 'none');
});

test('a hand with a cloth begins none', () => {
  const s = new Story({ ...on, emergency: 'on' }).play({ kind: 'clean' });
  for (const kind of ['enterCode', 'newPin', 'emergency'] as const) assert.equal(step(s.play({ kind, attempt: 5 })), 'cleaning');
});

test('revoked while typing: it ends', () => {
  const s = new Story(on).signIn(1, sam).play({ kind: 'changePin', attempt: 5 }, { kind: 'revoked', subscriber: 's1' });
  assert.deepEqual([step(s), s.state.desk.kind], ['none', 'locked']);
});
