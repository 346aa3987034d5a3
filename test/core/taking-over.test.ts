/** Colleagues' taps at a station somebody works at come in: who is asked, who is refused, who comes straight back, goes out (issue of a locked station that blocks nobody). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../core/types.ts';
import { view } from '../../core/view.ts';
import { ana, badge, done, proving, Story, sam, session } from './world.ts';

const screen = (s: Story) => view(s.state, s.at, s.policy).screen;
const openedBy = (effects: readonly Effect[]) => effects.flatMap((e) => (e.kind === 'open' ? [e.by.kind] : []));
/** Sam works, Ana took over a moment ago. */
const displaced = (policy = {}, card = proving(sam)): Story => new Story({ takeOver: 'switch', ...policy }).signIn(1, sam, card).play(10_000).signIn(2, ana).play(2_000);

test('her tap within the moment brings her work straight back, without a question or a PIN', () => {
  // Even where everybody else is asked first.
  const s = new Story()
    .signIn(1, sam, proving(sam))
    .play(10_000)
    .tap(2, badge(ana))
    .play({ kind: 'switch' })
    .digits()
    .accept(2)
    .play({ kind: 'opened', grant: 'g2', outcome: done('s2') }, 2_000);
  assert.equal(s.tap(3, proving(sam)).reason(), 'undone');
  const t = displaced().tap(3, proving(sam));
  assert.deepEqual([t.reason(), openedBy(t.effects)], ['undone', ['undo']]);
  const permit = t.effects.find((e) => e.kind === 'record' && e.entry.kind === 'permit');
  assert.ok(permit?.kind === 'record' && permit.entry.kind === 'permit' && permit.entry.by === 'undo' && permit.entry.reached === 'AAL1' && permit.entry.displaced === 's2');
});

for (const [what, story, card] of [
  ['the moment is over', displaced().play(9_000), proving(sam)],
  ['her badge proves nothing', displaced({}, badge(sam)), badge(sam)],
  ['it proved less this time', displaced(), badge(sam)],
  ['another badge of hers', displaced(), { ...proving(sam), badge: 'badge-other' }],
  ['she was revoked meanwhile', displaced().play({ kind: 'revoked', subscriber: 's1' }), proving(sam)],
  ['her PIN was set anew', displaced().play({ kind: 'pinReset', subscriber: 's1' }), proving(sam)],
  ['her role changed', displaced().play({ kind: 'roleChanged', subscriber: 's1' }), proving(sam)],
  ['a check of hers failed', displaced().play({ kind: 'verdict', attempt: 77, subscriber: 's1', verdict: { kind: 'refused', left: 4 } }), proving(sam)],
  ['the policy has no way back', displaced({ undo: 0 }), proving(sam)],
  ['a spare badge', displaced({}, { ...proving(sam), spareUntil: 1_000_000 }), { ...proving(sam), spareUntil: 1_000_000 }],
] as const) {
  test(`no way straight back: ${what}`, () => {
    const s = story.tap(3, card);
    assert.notEqual(s.reason(), 'undone');
    assert.ok(!openedBy(s.effects).includes('undo'));
  });
}

test('while she types nobody takes over, where the policy says so; otherwise the screen asks', () => {
  const s = new Story({ takeOver: 'refuse' }).signIn(1, sam).play(5_000, { kind: 'activity', how: 'key' }, 500).tap(2, badge(ana));
  assert.deepEqual([s.reason(), screen(s)], ['refusedTyping', { kind: 'inUse', person: { given: 'Sam', initial: 'B' } }]);
  assert.equal(s.state.desk.kind, 'open');
  const later = new Story({ takeOver: 'refuse' }).signIn(1, sam).play(5_000, { kind: 'activity', how: 'key' }, 3_000).tap(2, badge(ana));
  assert.equal(later.reason(), 'askedSwitch');
});

test('the owner’s tap keeps, where the policy says so', () => {
  const s = new Story({ ownersTap: 'keep' }).signIn(1, sam).play(20_000).tap(2, badge(sam));
  assert.deepEqual([s.reason(), s.state.desk.kind], ['keptPolicy', 'open']);
});

test('an opening the system has not taken gives way to a newer tap; one it has taken does not', () => {
  const opening = (): Story => new Story().tap(1, badge(sam)).digits().accept(1);
  const s = opening().tap(2, badge(ana));
  assert.deepEqual([s.reason(), s.state.claim.kind], ['asked', 'pin']);
  assert.ok(s.effects.some((e) => e.kind === 'lock' && e.why === 'displaced'));
  assert.ok(s.effects.some((e) => e.kind === 'record' && e.entry.kind === 'outcome' && e.entry.result === 'revoked'));
  const late = s.play({ kind: 'opened', grant: 'g1', outcome: done('s1') });
  assert.ok(
    late.effects.some((e) => e.kind === 'lock'),
    'what opened all the same is closed',
  );
  const taken = opening().play({ kind: 'redeemed', grant: 'g1' }).tap(2, badge(ana));
  assert.deepEqual([taken.reason(), taken.state.desk.kind], ['busyOpening', 'opening']);
});

test('a password at the system’s own screen has an owner, an entry and a walk-away', () => {
  const s = new Story().play({ kind: 'openedElsewhere', session: session('s1').key, subscriber: sam });
  assert.deepEqual([s.kinds(), s.state.desk.kind], [['record openedElsewhere'], 'open']);
  assert.deepEqual(s.play({ kind: 'sessions', snapshot: { seq: 1, active: session('s1'), sessions: [session('s1')], healthy: true } }).kinds(), []);
  assert.deepEqual(s.play(300_000, { kind: 'tick' }).kinds(), ['lock']);
  const degraded = new Story().play({ kind: 'broken', cause: 'storeDamaged' }, { kind: 'openedElsewhere', session: session('s1').key, subscriber: sam });
  assert.equal(degraded.state.desk.kind, 'locked');
});

for (const [event, why] of [
  ['sleep', 'sleep'],
  ['lockAsked', 'asked'],
] as const) {
  test(`${event} locks`, () => {
    const s = new Story().signIn(1, sam).play(5_000, { kind: event });
    assert.deepEqual(
      s.effects.flatMap((e) => (e.kind === 'lock' ? [e.why] : [])),
      [why],
    );
  });
}
