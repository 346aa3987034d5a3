/** Ceremonies of a security key come in; desks that open, PINs that are asked and refusals go out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyAnswer } from '../../core/types.ts';
import { view } from '../../core/view.ts';
import { ana, badge, done, Story, sam } from './world.ts';

const on = { securityKeys: 'on' } as const;
const proved = (over: Partial<Extract<KeyAnswer, { kind: 'proved' }>> = {}): KeyAnswer => ({
  kind: 'proved',
  badge: 'key-s1',
  subscriber: sam,
  verified: true,
  standing: { kind: 'allowed', left: 5 },
  ...over,
});
const asking = (policy = {}): Story => new Story({ ...on, ...policy }).play({ kind: 'otherWay' }, { kind: 'useKey', attempt: 5 });
const screen = (s: Story) => view(s.state, s.at, s.policy).screen;

test('without a badge: a key that verifies its user opens as two factors in one', () => {
  const s = asking();
  assert.deepEqual(s.effects, [{ kind: 'askKey', attempt: 5, subscriber: null }]);
  assert.deepEqual(screen(s), { kind: 'key', since: 0, pin: false });
  s.play(2_000, { kind: 'keyCame', attempt: 5, answer: proved() });
  assert.deepEqual(s.kinds(), ['record key', 'record permit', 'open', 'cue']);
  const [, permit] = s.effects;
  assert.deepEqual(permit?.kind === 'record' && permit.entry.kind === 'permit' && [permit.entry.factors, permit.entry.reached, permit.entry.by], [['key'], 'AAL2', 'verdict']);
});

test('a key that was only touched is one factor: her PIN is asked, or her window counts', () => {
  const s = asking().play({ kind: 'keyCame', attempt: 5, answer: proved({ verified: false }) });
  assert.equal(s.state.claim.kind, 'pin');
  s.digits()
    .accept(5)
    .play({ kind: 'opened', grant: 'g5', outcome: done('s1') }, 5_000, { kind: 'lockNow' }, { kind: 'otherWay' }, { kind: 'useKey', attempt: 6 });
  s.play({ kind: 'keyCame', attempt: 6, answer: proved({ verified: false }) });
  assert.deepEqual(s.kinds(), ['record key', 'record permit', 'open', 'cue']);
});

test('beside a badge only her own key counts; another way back is the PIN', () => {
  const s = new Story(on).tap(1, badge(ana)).digits(2).play({ kind: 'otherWay' });
  assert.deepEqual(s.kinds(), ['wipePin']);
  assert.deepEqual(screen(s), { kind: 'otherWay', key: true, code: false });
  s.play({ kind: 'useKey', attempt: 5 });
  assert.deepEqual(s.effects, [{ kind: 'askKey', attempt: 5, subscriber: 's2' }]);
  s.play({ kind: 'keyCame', attempt: 5, answer: proved() });
  assert.deepEqual(s.kinds(), ['record key', 'record tapEnded', 'cue']);
  assert.equal(s.reason(), 'unproved');
  const back = new Story(on).tap(1, badge(ana)).play({ kind: 'useKey', attempt: 5 }, { kind: 'usePin' });
  assert.deepEqual([back.kinds(), back.state.claim.kind], [['endKey'], 'pin']);
  const nobody = new Story(on).tap(1, badge(ana)).play({ kind: 'useKey', attempt: 5 }, { kind: 'keyCame', attempt: 5, answer: { kind: 'none' } });
  assert.equal(nobody.state.claim.kind, 'pin');
});

test('a ceremony lives for 30 s, ends with its claim, and its late answer opens nothing', () => {
  const s = asking().play(30_000, { kind: 'tick' });
  assert.deepEqual(s.kinds(), ['endKey']);
  assert.deepEqual(s.play({ kind: 'keyCame', attempt: 5, answer: proved() }).kinds(), ['record key']);
  const t = asking().tap(2, badge(sam));
  assert.equal(t.state.claim.kind, 'pin');
  assert.deepEqual(t.play({ kind: 'keyCame', attempt: 5, answer: proved() }).kinds(), ['record key']);
});

test('a blocked PIN blocks a touch, and not a key that verifies its user', () => {
  assert.equal(
    asking()
      .play({ kind: 'keyCame', attempt: 5, answer: proved({ verified: false, standing: { kind: 'blocked' } }) })
      .reason(),
    'blocked',
  );
  assert.equal(asking().play({ kind: 'keyCame', attempt: 5, answer: proved({ standing: { kind: 'blocked' } }) }).state.desk.kind, 'opening');
});

test('where the policy has no keys none is asked for; over open work none without a badge', () => {
  assert.deepEqual(new Story().play({ kind: 'useKey', attempt: 5 }).kinds(), []);
  assert.deepEqual(screen(new Story().play({ kind: 'otherWay' })), { kind: 'otherWay', key: false, code: false });
  assert.deepEqual(new Story(on).signIn(1, sam).play({ kind: 'useKey', attempt: 5 }).kinds(), []);
});

test('one more key: over her own open work only, stored, said, and gone; locked or displaced, it is let go', () => {
  const opened = (policy = {}): Story =>
    new Story({ ...on, ...policy })
      .tap(1, badge(sam))
      .digits()
      .accept(1)
      .play({ kind: 'opened', grant: 'g1', outcome: done('s1') });
  const touch = { kind: 'enrolKey', attempt: 7, subscriber: 's1', step: 'touch' } as const;
  const s = opened().play(touch);
  assert.deepEqual([s.kinds(), screen(s)], [[], { kind: 'enrolKey', person: { given: 'Sam', initial: 'B' }, step: 'touch' }]);
  assert.deepEqual(s.play({ ...touch, attempt: 8, step: 'done' }).kinds(), [], 'another one’s end is not this one’s');
  assert.deepEqual([s.play({ ...touch, step: 'done' }).kinds(), s.state.claim.kind === 'enrolKey' && s.state.claim.step], [[], 'touch'], 'not before it has signed her in once');
  assert.deepEqual([s.play(20_000, { ...touch, step: 'again' }).kinds(), screen(s)], [[], { kind: 'enrolKey', person: { given: 'Sam', initial: 'B' }, step: 'again' }]);
  assert.deepEqual(s.play(20_000, { ...touch, step: 'again' }).state.claim.kind, 'enrolKey', 'it has its own time');
  assert.deepEqual([s.play({ ...touch, step: 'done' }).kinds(), screen(s)], [['cue'], { kind: 'enrolKey', person: { given: 'Sam', initial: 'B' }, step: 'done' }]);
  assert.deepEqual([s.play({ ...touch, step: 'over' }).kinds(), s.state.claim.kind], [[], 'enrolKey'], 'what is done is not undone');
  assert.deepEqual([s.play(3_000, { kind: 'tick' }).kinds(), s.state.claim.kind, s.state.desk.kind], [[], 'none', 'open']);
  for (const [end, kinds] of [
    [{ ...touch, step: 'over' }, ['endKey']],
    [{ kind: 'cancel' }, ['endKey']],
    [{ kind: 'back' }, ['endKey']],
    [{ kind: 'lockNow' }, ['endKey', 'lock']],
  ] as const) {
    const t = opened().play(touch, end);
    assert.deepEqual([t.kinds(), t.state.claim.kind], [kinds, 'none'], end.kind);
  }
  assert.deepEqual(opened().play(touch).play(30_000, { kind: 'tick' }).kinds(), ['endKey']);
  const again = { ...touch, step: 'again' } as const;
  assert.deepEqual(opened().play(touch).play(20_000, again).play(30_000, { kind: 'tick' }).kinds(), ['endKey']);
  assert.deepEqual(opened().play(touch).play(25_000, again, again).play(6_000, { kind: 'tick' }).kinds(), [], 'asked twice, and no longer for it');
  const beside = opened().play(touch).tap(3, { kind: 'unknown', tag: 'tag-u' });
  assert.deepEqual([beside.state.claim.kind, beside.reason()], ['enrolKey', 'besideBadge'], 'a card that is no badge disturbs nothing');
  assert.equal(opened().play(touch).tap(3, badge(ana)).state.claim.kind, 'choose');
  assert.equal(opened().play({ ...touch, subscriber: 's2' }).state.claim.kind, 'none');
  assert.equal(opened({ securityKeys: 'off' }).play(touch).state.claim.kind, 'none');
  assert.equal(new Story(on).play(touch).state.claim.kind, 'none', 'a locked station registers nothing');
  assert.equal(opened().tap(2, badge(ana)).play(touch).state.claim.kind, 'choose', 'nor over somebody else’s claim');
});
