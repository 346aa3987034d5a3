/** Taps inside and outside a window come in; a desk that opens by the tap alone, or a PIN that is asked, goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy, inForce } from '../../core/policy.ts';
import type { CardSeen, Grade, Millis, ProofFault, Subscriber } from '../../core/types.ts';
import { ana, badge, done, proving, Story, sam, session } from './world.ts';

const minute: Millis = 60_000;
const hour: Millis = 60 * minute;
const grade = (who: Subscriber, of: Grade): CardSeen => ({ ...badge(who), grade: of });
const unproved = (because: ProofFault): CardSeen => ({ kind: 'unproved', tag: 'tag-s1', badge: 'badge-s1', subscriber: 's1', because });
/** Signed in with badge and PIN, tapped out, away for that long. */
const away = (ms: Millis, card = proving(sam), policy = {}): Story => new Story(policy).signIn(1, sam, card).play(10_000, { kind: 'lockNow' }, ms);
const permit = (s: Story) => s.effects.flatMap((e) => (e.kind === 'record' && e.entry.kind === 'permit' ? [e.entry] : []))[0];

test('inside the window a tap alone opens, and the ledger says what it reached', () => {
  const s = away(30 * minute).tap(2, proving(sam));
  assert.deepEqual(s.kinds(), ['record tap', 'record proof', 'record permit', 'open', 'cue']);
  assert.equal(s.reason(), 'inWindow');
  assert.deepEqual(permit(s), {
    kind: 'permit',
    grant: 'g2',
    attempt: 2,
    subscriber: 's1',
    intent: 'signIn',
    badge: 'badge-s1',
    grade: 'aes',
    factors: ['badge'],
    reached: 'AAL1',
    by: 'window',
    displaced: null,
  });
  s.play({ kind: 'opened', grant: 'g2', outcome: done('s1') });
  assert.equal(s.state.desk.kind, 'open');
});

for (const [what, s] of [
  [
    'the overall limit',
    (() => {
      const t = away(50 * minute);
      for (let i = 2; i < 6; i++) t.tap(i, proving(sam)).play({ kind: 'opened', grant: `g${i}`, outcome: done('s1') }, 5_000, { kind: 'lockNow' }, 50 * minute);
      return t;
    })(),
  ],
  ['the inactivity limit', away(61 * minute)],
  ['a policy that grants this grade none', away(minute, proving(sam), { windowGrades: ['fido'] })],
  ['revocation', away(minute).play({ kind: 'revoked', subscriber: 's1' })],
  ['a PIN of hers that failed elsewhere', away(minute).play({ kind: 'verdict', attempt: 77, subscriber: 's1', verdict: { kind: 'refused', left: 4 } })],
  ['a copy of her badge', away(minute).tap(7, unproved('wrong')).play(10_000)],
  [
    'her sign-out',
    away(minute).play(
      { kind: 'sessions', snapshot: { seq: 1, active: null, sessions: [session('s1', { lock: 'locked', state: 'background' })], healthy: true } },
      { kind: 'sessions', snapshot: { seq: 2, active: null, sessions: [], healthy: true } },
    ),
  ],
] as const) {
  test(`after ${what} the PIN is asked`, () => {
    s.tap(9, proving(sam));
    assert.equal(s.reason(), 'asked');
    assert.equal(s.state.claim.kind, 'pin');
  });
}

test('a hand that was too quick, and a key that was set to ask for its PIN, end no window', () => {
  for (const because of ['gone', 'pinNeeded'] as const) {
    const s = away(minute).tap(7, unproved(because)).play(10_000).tap(8, proving(sam));
    assert.equal(s.reason(), 'inWindow', because);
  }
});

test('a badge that proves less than it did, or another of hers, opens nothing by itself', () => {
  assert.equal(away(minute).tap(2, badge(sam)).reason(), 'asked');
  assert.equal(
    away(minute)
      .tap(2, { ...proving(sam), badge: 'badge-other', tag: 'tag-other' })
      .reason(),
    'asked',
  );
});

test('work at her open desk keeps the window alive, up to the overall limit', () => {
  const s = new Story({ inactivity: hour - minute, windowAskBefore: minute }).signIn(1, sam, proving(sam));
  for (let i = 0; i < 4; i++) s.play(50 * minute, { kind: 'activity', how: 'key' });
  assert.equal(
    s
      .play({ kind: 'lockNow' }, 30 * minute)
      .tap(2, proving(sam))
      .reason(),
    'inWindow',
  );
});

test('a `uid` badge needs the exception: owner, end date, and its own shorter time', () => {
  const until = Date.UTC(2026, 11, 31);
  const exception = { uidWindow: { owner: 'ward lead', until, lasts: 20 * minute } };
  assert.equal(away(minute, badge(sam)).tap(2, badge(sam)).reason(), 'asked');
  assert.equal(
    away(minute, badge(sam), { windowGrades: ['uid'] as never })
      .tap(2, badge(sam))
      .reason(),
    'asked',
    'naming it among the grades is not enough',
  );
  const s = away(minute, badge(sam), exception).tap(2, badge(sam));
  assert.equal(s.reason(), 'inWindow');
  assert.deepEqual([permit(s)?.grade, permit(s)?.reached], ['uid', 'none']);
  assert.equal(
    away(21 * minute, badge(sam), exception)
      .tap(2, badge(sam))
      .reason(),
    'asked',
  );
  assert.equal(inForce({ ...defaultPolicy, ...exception }, until).uidWindow?.owner, 'ward lead');
  assert.equal(inForce({ ...defaultPolicy, ...exception }, until + 1).uidWindow, null);
});

test('tap-over inside a window: the displaced work stays, the desk changes hands in one step', () => {
  const s = new Story({ takeOver: 'switch' }).signIn(1, ana, proving(ana)).play(minute).signIn(2, sam, proving(sam)).play(10_000).tap(3, proving(ana));
  assert.deepEqual(permit(s)?.displaced, 's1');
  const asked = new Story().signIn(1, ana, proving(ana)).play({ kind: 'lockNow' }, minute).signIn(2, sam, proving(sam)).play(10_000).tap(3, proving(ana));
  assert.equal(asked.reason(), 'askedSwitch');
  assert.deepEqual(asked.play({ kind: 'switch' }).kinds(), ['record permit', 'open', 'cue']);
});

test('a tap while the desk is still closing waits for the lock to be confirmed, and then opens', () => {
  const s = new Story({}, true)
    .play({ kind: 'locked', outcome: done(null) })
    .signIn(1, sam, proving(sam))
    .play(10_000, { kind: 'lockNow' }, 2_000)
    .tap(2, proving(sam));
  assert.equal(s.state.claim.kind, 'ready');
  assert.deepEqual(s.play({ kind: 'locked', outcome: done(null) }).kinds(), ['record locked', 'record permit', 'open', 'cue']);
  const slow = new Story({}, true)
    .play({ kind: 'locked', outcome: done(null) })
    .signIn(1, sam, proving(sam))
    .play(10_000, { kind: 'lockNow' })
    .tap(2, proving(sam))
    .play(1_500, { kind: 'tick' });
  assert.equal(slow.state.claim.kind, 'pin', 'a lock that is not confirmed is not waited for');
});

test('a copy opens nothing at any grade, and says so', () => {
  const s = new Story().tap(1, unproved('wrong'));
  assert.deepEqual(s.kinds(), ['record tap', 'record proof', 'cue']);
  assert.deepEqual(s.effects[1], { kind: 'record', entry: { kind: 'proof', tap: 1, subscriber: 's1', result: 'wrong' } });
  assert.equal(s.reason(), 'unproved');
});

test('why a card of a random UID proved nothing is told of nobody; one that was not asked, or is nobody’s, has nothing to tell', () => {
  for (const because of ['missing', 'malformed'] as const) {
    const s = new Story().tap(1, { kind: 'unusable', because });
    assert.deepEqual(s.kinds(), ['record tap', 'record proof', 'cue']);
    assert.deepEqual(s.effects[1], { kind: 'record', entry: { kind: 'proof', tap: 1, subscriber: null, result: because } });
  }
  const left = new Story().tap(1, { kind: 'unreadable', why: 'pulled', because: 'gone' });
  assert.deepEqual(left.effects[1], { kind: 'record', entry: { kind: 'proof', tap: 1, subscriber: null, result: 'gone' } });
  for (const card of [{ kind: 'unusable' }, { kind: 'unusable', because: null }, { kind: 'unreadable', why: 'pulled' }] as const)
    assert.deepEqual(new Story().tap(1, card).kinds(), ['record tap', 'cue']);
});

test('where the policy asks for provable badges, a `uid` badge is not even asked for its PIN', () => {
  assert.equal(new Story({ leastGrade: 'aes' }).tap(1, badge(sam)).reason(), 'tooWeak');
  assert.equal(new Story({ leastGrade: 'aes' }).tap(1, proving(sam)).reason(), 'asked');
  assert.equal(new Story({ leastGrade: 'fido' }).tap(1, grade(sam, 'piv')).reason(), 'tooWeak');
});

test('work at her desk counts when a colleague taps over it, too', () => {
  const s = new Story({ takeOver: 'switch' }).signIn(1, ana, proving(ana));
  for (let i = 0; i < 28; i++) s.play(2.5 * minute, { kind: 'activity', how: 'key' });
  s.signIn(2, sam, proving(sam)).play(10_000).tap(3, proving(ana));
  assert.equal(s.reason(), 'inWindow', '70 min after her PIN, seconds after her last key');
});

test('a tap alone waits while another card beside it is still proving itself: two badges open nothing', () => {
  const arrived = (s: Story) => s.play({ kind: 'cardArrived', reader: 'R2', presentation: 8 }, { kind: 'cardArrived', reader: 'R1', presentation: 9 }, 10);
  const s = arrived(away(minute)).play({ kind: 'cardRead', reader: 'R1', presentation: 9, card: proving(sam) });
  assert.deepEqual([s.reason(), s.state.claim.kind, s.state.desk.kind], ['inWindow', 'ready', 'locked']);
  s.play(50, { kind: 'cardRead', reader: 'R2', presentation: 8, card: proving(ana) });
  assert.deepEqual([s.reason(), s.state.desk.kind], ['twoBadges', 'locked']);
  const alone = arrived(away(minute)).play({ kind: 'cardRead', reader: 'R1', presentation: 9, card: proving(sam) }, 50, { kind: 'cardGone', presentation: 8 });
  assert.equal(alone.state.desk.kind, 'opening', 'it left: nothing stands against her tap');
  const phone = arrived(away(minute)).play({ kind: 'cardRead', reader: 'R1', presentation: 9, card: proving(sam) }, 50, {
    kind: 'cardRead',
    reader: 'R2',
    presentation: 8,
    card: { kind: 'unusable' },
  });
  assert.equal(phone.state.desk.kind, 'opening');
});

test('a PIN that IT set anew ends what the old one began', () => {
  assert.equal(away(minute).play({ kind: 'pinReset', subscriber: 's1' }).tap(2, proving(sam)).reason(), 'asked');
});

test('work that may be open for less long than a window lasts: the PIN is asked, and never a tap that opens what must close at once', () => {
  const s = new Story({ openOverall: hour, inactivity: hour }).signIn(1, sam, proving(sam));
  for (let i = 0; i < 61; i++) s.play(minute, { kind: 'activity', how: 'key' });
  assert.equal(s.tap(2, proving(sam)).reason(), 'asked');
  s.digits()
    .accept(2)
    .play(5, { kind: 'opened', grant: 'g2', outcome: done('s1') }, 1, { kind: 'tick' });
  assert.equal(s.state.desk.kind, 'open');
});

test('her role changed between her tap and her PIN: no tap alone under the one she had', () => {
  const roles = { nurse: { windowGrades: ['aes'] } } as const;
  const as = (role: string): CardSeen => proving({ ...sam, role });
  const s = new Story({ windowGrades: [], roles })
    .tap(1, as('nurse'))
    .play({ kind: 'roleChanged', subscriber: 's1' })
    .digits()
    .accept(1)
    .play(5, { kind: 'opened', grant: 'g1', outcome: done('s1') });
  assert.equal(s.play(10_000, { kind: 'lockNow' }, minute).tap(2, as('porter')).reason(), 'asked');
});
