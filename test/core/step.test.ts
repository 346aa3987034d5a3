/** Stories of taps come in; what the station shows, does and records goes out, rule by rule. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CardSeen } from '../../core/types.ts';
import { view } from '../../core/view.ts';
import { ana, badge, done, Story, sam, session } from './world.ts';

const unknown: CardSeen = { kind: 'unknown', tag: 'tag-u' };
const screen = (s: Story) => view(s.state, s.at, s.policy).screen;

test('a station starts by asking for the lock', () => {
  const s = new Story({}, true);
  assert.equal(s.state.desk.kind, 'locking');
  assert.deepEqual(screen(s), { kind: 'idle' });
});

test('tap, PIN, open: the permit is recorded before the open', () => {
  const s = new Story().tap(1, badge(sam));
  assert.deepEqual(s.kinds(), ['record tap']);
  assert.equal(screen(s).kind, 'pin');
  s.digits();
  assert.deepEqual(s.kinds(), ['takeDigit', 'verify']);
  s.accept(1);
  assert.deepEqual(s.kinds(), ['record verdict', 'record permit', 'open', 'cue']);
  assert.deepEqual(screen(s), { kind: 'welcome', person: { given: 'Sam', initial: 'B' }, tapUntil: null, weak: null });
  s.play(5, { kind: 'opened', grant: 'g1', outcome: done('s1') });
  assert.deepEqual(s.kinds(), ['record outcome', 'record tapEnded']);
  assert.deepEqual(s.effects[1], {
    kind: 'record',
    entry: { kind: 'tapEnded', tap: 1, subscriber: 's1', reason: 'opened', stages: { read: 10, pin: 790, check: 30, open: 5 } },
  });
  assert.equal(s.state.desk.kind, 'open');
});

test('the digits count, never their values; erase, clear and cancel take them back', () => {
  const s = new Story().tap(1, badge(sam)).digits(3);
  assert.deepEqual(screen(s), { kind: 'pin', person: { given: 'Sam', initial: 'B' }, length: 6, digits: 3, remark: null, checkingSince: null });
  assert.deepEqual(s.play({ kind: 'erase' }).kinds(), ['eraseDigit']);
  assert.deepEqual(s.play({ kind: 'clear' }).kinds(), ['wipePin']);
  assert.deepEqual(s.play({ kind: 'erase' }).kinds(), []);
  assert.deepEqual(s.digits(2).play({ kind: 'cancel' }).kinds(), ['wipePin', 'record tapEnded']);
  assert.equal(s.reason(), 'cancelled');
  assert.deepEqual(s.play({ kind: 'digit' }).kinds(), [], 'a digit nobody asked for is not taken');
});

test('typed digits are wiped after 10 s, the screen gives up after 20 s', () => {
  const s = new Story().tap(1, badge(sam)).digits(2).play(10_000, { kind: 'tick' });
  assert.deepEqual(s.kinds(), ['wipePin']);
  assert.deepEqual(screen(s), { kind: 'pin', person: { given: 'Sam', initial: 'B' }, length: 6, digits: 0, remark: { kind: 'wiped' }, checkingSince: null });
  s.play(10_000, { kind: 'tick' });
  assert.equal(screen(s).kind, 'idle');
  assert.equal(s.reason(), 'timedOut');
});

test('wrong PINs: tries left, then the wait, then blocked', () => {
  const s = new Story()
    .tap(1, badge(sam))
    .digits()
    .play({ kind: 'verdict', attempt: 1, subscriber: 's1', verdict: { kind: 'refused', left: 4 } });
  assert.deepEqual(s.kinds(), ['record verdict', 'cue']);
  assert.deepEqual(screen(s), { kind: 'pin', person: { given: 'Sam', initial: 'B' }, length: 6, digits: 0, remark: { kind: 'wrong', left: 4 }, checkingSince: null });
  s.digits().play({ kind: 'verdict', attempt: 1, subscriber: 's1', verdict: { kind: 'wait', until: s.at + 30_000 } });
  assert.equal(screen(s).kind, 'wait');
  s.play(30_000, { kind: 'tick' });
  assert.equal(screen(s).kind, 'idle');
  s.tap(2, badge(sam))
    .digits()
    .play({ kind: 'verdict', attempt: 2, subscriber: 's1', verdict: { kind: 'blocked' } });
  assert.equal(screen(s).kind, 'blocked');
});

test('someone waiting or blocked is told at the tap, before any PIN', () => {
  const waiting = new Story().tap(1, { ...badge(sam), standing: { kind: 'wait', until: 20_000 } });
  assert.deepEqual([screen(waiting).kind, waiting.reason()], ['wait', 'waiting']);
  const blocked = new Story().tap(1, { ...badge(sam), standing: { kind: 'blocked' } });
  assert.deepEqual([screen(blocked).kind, blocked.reason()], ['blocked', 'blocked']);
});

test('a verdict for an older attempt is dropped (invariant 2)', () => {
  const s = new Story().tap(1, badge(sam)).digits().tap(2, badge(ana));
  assert.equal(s.accept(1).state.desk.kind, 'locked');
  assert.deepEqual(s.kinds(), ['record verdict'], 'heard and told, and nothing else');
  s.digits().accept(1);
  assert.equal(s.state.desk.kind, 'locked');
  assert.equal(s.accept(2).state.desk.kind, 'opening');
});

test('a newer badge displaces an attempt and its digits', () => {
  const s = new Story().tap(1, badge(sam)).digits(4).tap(2, badge(ana));
  assert.deepEqual(s.kinds(), ['record tap', 'wipePin', 'record tapEnded']);
  assert.deepEqual(screen(s), { kind: 'pin', person: { given: 'Ana', initial: 'K' }, length: 6, digits: 0, remark: null, checkingSince: null });
  assert.equal(view(s.state, s.at, s.policy).language, 'es');
});

test('the same badge counts again only after 1 s out of the field, another one at once', () => {
  const s = new Story().signIn(1, sam).play(4000).tap(2, badge(sam));
  assert.deepEqual([s.reason(), s.state.desk.kind], ['tappedOut', 'locked']);
  s.play(800).tap(3, badge(sam));
  assert.deepEqual([s.reason(), screen(s).kind], ['tooSoon', 'idle']);
  s.tap(4, badge(ana));
  assert.equal(s.reason(), 'asked');
  s.play(1001).tap(5, badge(sam));
  assert.equal(s.reason(), 'asked');
});

test('two enrolled badges at once: neither wins; one beside an unknown card counts', () => {
  const s = new Story().play({ kind: 'cardArrived', reader: 'R1', presentation: 1 }, { kind: 'cardRead', reader: 'R1', presentation: 1, card: badge(sam) });
  s.digits(2).play({ kind: 'cardArrived', reader: 'R2', presentation: 2 }, { kind: 'cardRead', reader: 'R2', presentation: 2, card: badge(ana) });
  assert.deepEqual([s.reason(), screen(s).kind], ['twoBadges', 'twoBadges']);
  assert.ok(s.kinds().includes('wipePin'));
  const beside = new Story().play({ kind: 'cardArrived', reader: 'R1', presentation: 1 }, { kind: 'cardRead', reader: 'R1', presentation: 1, card: badge(sam) });
  beside.tap(2, unknown, 'R2');
  assert.deepEqual([beside.reason(), screen(beside).kind], ['besideBadge', 'pin']);
  const after = new Story().play({ kind: 'cardArrived', reader: 'R1', presentation: 1 }, { kind: 'cardRead', reader: 'R1', presentation: 1, card: unknown });
  after.tap(2, badge(sam), 'R2');
  assert.deepEqual([after.reason(), screen(after).kind], ['asked', 'pin']);
});

test("the owner's tap never throws her out of work (invariant 7)", () => {
  const table: readonly (readonly [string, (s: Story) => Story, string, string])[] = [
    ['just opened', (s) => s.play(2500), 'keptJustOpened', 'open'],
    ['typing', (s) => s.play(9000, { kind: 'activity', how: 'key' }, 1500), 'keptTyping', 'open'],
    ['moved the mouse', (s) => s.play(9000, { kind: 'activity', how: 'pointer' }, 1500), 'tappedOut', 'locked'],
    ['idle strip', (s) => s.play(61_000), 'keptIdle', 'open'],
    ['warning', (s) => s.play(285_000, { kind: 'tick' }), 'keptWarning', 'open'],
    ['working', (s) => s.play(30_000), 'tappedOut', 'locked'],
    ["a colleague's question", (s) => s.play(5000).tap(8, badge(ana)), 'keptOwner', 'open'],
  ];
  for (const [name, before, reason, desk] of table) {
    const s = before(new Story().signIn(1, sam)).tap(9, badge(sam));
    assert.deepEqual([s.reason(), s.state.desk.kind, screen(s).kind === 'choose'], [reason, desk, false], name);
  }
  const opening = new Story().tap(1, badge(sam)).digits().accept(1).play(1500).tap(2, badge(sam));
  assert.deepEqual([opening.reason(), opening.state.desk.kind], ['keptOpening', 'opening']);
});

test('a colleague taps over: asked, PIN, switched; the displaced session is still there', () => {
  const s = new Story().signIn(1, sam).play(5000).tap(2, badge(ana));
  assert.deepEqual(screen(s), { kind: 'choose', to: { given: 'Ana', initial: 'K' }, from: { given: 'Sam', initial: 'B' } });
  s.play({ kind: 'switch' }).digits().accept(2);
  const open = s.effects.find((e) => e.kind === 'open');
  assert.equal(open?.grant.intent, 'signIn');
  s.play({ kind: 'opened', grant: 'g2', outcome: done('s2') });
  assert.equal(s.state.desk.kind === 'open' && s.state.desk.subscriber.id, 's2');
  s.play({ kind: 'sessions', snapshot: { seq: 5, active: session('s2'), sessions: [session('s2'), session('s1', { state: 'background', lock: 'locked' })], healthy: true } });
  s.play(5000).tap(3, badge(sam)).play({ kind: 'switch' }).digits().accept(3);
  assert.equal(s.effects.find((e) => e.kind === 'open')?.grant.intent, 'switch');
});

test('not now, and a question nobody answers, leave the owner working', () => {
  const s = new Story().signIn(1, sam).play(5000).tap(2, badge(ana)).play({ kind: 'notNow' });
  assert.deepEqual([s.reason(), screen(s).kind], ['declined', 'open']);
  s.tap(3, badge(ana)).play(1200).tap(4, badge(ana)).play(10_000, { kind: 'tick' });
  assert.deepEqual([s.reason(), screen(s).kind], ['timedOut', 'open']);
});

test('takeOver switch goes straight to the PIN', () => {
  const s = new Story({ takeOver: 'switch' }).signIn(1, sam).play(5000).tap(2, badge(ana));
  assert.equal(screen(s).kind, 'pin');
});

test('walk-away: strip, warning, lock, never sign-out; keep working starts it over', () => {
  const s = new Story().signIn(1, sam).play(60_000, { kind: 'tick' });
  assert.deepEqual(screen(s), { kind: 'open', person: { given: 'Sam', initial: 'B' }, session: 'session-s1', strip: 'who', lockButton: true });
  s.play(220_000, { kind: 'tick' });
  assert.equal(screen(s).kind, 'away');
  s.play({ kind: 'keepWorking' });
  assert.deepEqual(screen(s), { kind: 'open', person: { given: 'Sam', initial: 'B' }, session: 'session-s1', strip: null, lockButton: true });
  s.play(300_000, { kind: 'tick' });
  assert.deepEqual(s.kinds(), ['lock']);
  assert.equal(s.state.desk.kind, 'locked');
});

test('a late timer changes nothing: what was due happens before the event', () => {
  const s = new Story().signIn(1, sam).play(400_000, { kind: 'activity', how: 'key' });
  assert.equal(s.state.desk.kind, 'locked');
  const typed = new Story().tap(1, badge(sam)).digits(5).play(15_000, { kind: 'digit' });
  assert.deepEqual(typed.kinds(), ['wipePin', 'takeDigit']);
});

test("somebody's session is locked while a colleague is asked: the question becomes her PIN", () => {
  const s = new Story().signIn(1, sam).play(297_000).tap(2, badge(ana)).play(3000, { kind: 'tick' });
  assert.deepEqual([s.state.desk.kind, screen(s).kind], ['locked', 'pin']);
});

test('unknown, unusable, unreadable and revoked cards are told and never open', () => {
  const table: readonly (readonly [CardSeen, string])[] = [
    [unknown, 'unknown'],
    [{ kind: 'unusable' }, 'unusable'],
    [{ kind: 'unreadable', why: 'mute' }, 'unreadable'],
    [{ kind: 'revoked', tag: 't', subscriber: 's1' }, 'revoked'],
  ];
  for (const [card, what] of table) {
    const s = new Story().tap(1, card);
    assert.deepEqual([s.reason(), screen(s).kind], [what, what]);
    s.digits().accept(1);
    assert.equal(s.state.desk.kind, 'locked');
  }
});

test('a card that leaves before it was read: hold it still', () => {
  const s = new Story().play({ kind: 'cardArrived', reader: 'R1', presentation: 1 }, 50, { kind: 'cardGone', presentation: 1 });
  assert.deepEqual([s.reason(), screen(s).kind], ['goneTooSoon', 'unreadable']);
  const mute = new Story().play({ kind: 'cardArrived', reader: 'R1', presentation: 1 }, 10_000, { kind: 'tick' });
  assert.deepEqual([mute.reason(), screen(mute).kind], ['unreadable', 'unreadable']);
});

test('unknown cards never disturb someone who is typing', () => {
  const s = new Story().signIn(1, sam).play(9000, { kind: 'activity', how: 'key' }, 500).tap(2, unknown);
  assert.equal(screen(s).kind, 'open');
});

test('adding an unknown badge is one step, in evaluation only', () => {
  const off = new Story().tap(1, unknown).play({ kind: 'addBadge' });
  assert.deepEqual(off.effects, []);
  const s = new Story({ addBadge: 'demo' }).tap(1, unknown).play({ kind: 'addBadge' });
  assert.deepEqual(s.effects, [{ kind: 'addBadge', presentation: 1 }]);
  s.play({ kind: 'badgeAdded', presentation: 1, subscriber: ana });
  assert.equal(screen(s).kind, 'addedDemo');
});

test('a reader that is lost: said on the screen, the work stays or locks by policy', () => {
  const s = new Story().play({ kind: 'readerLost', reader: 'R1' }, { kind: 'readerLost', reader: 'R2' });
  assert.deepEqual(screen(s), { kind: 'readerMissing', cause: 'noReader' });
  s.play({ kind: 'readerService', cause: 'noService' });
  assert.deepEqual(screen(s), { kind: 'readerMissing', cause: 'noService' });
  assert.deepEqual(screen(s.play({ kind: 'readerFound', reader: 'R3' })), { kind: 'idle' }, 'a reader that is left works without the service');
  assert.equal(new Story().signIn(1, sam).play({ kind: 'readerLost', reader: 'R1' }).state.desk.kind, 'open');
  assert.equal(new Story({ readerLost: 'lock' }).signIn(1, sam).play({ kind: 'readerLost', reader: 'R1' }).state.desk.kind, 'locked');
});

test('help lies over everything, tests the reader with one tap, and gives way to a real one', () => {
  const s = new Story().play({ kind: 'help' }, { kind: 'testReader' }).tap(1, badge(sam));
  assert.deepEqual(view(s.state, s.at, s.policy).help?.test, 'seen');
  assert.deepEqual([s.reason(), s.state.claim.kind], ['readerTest', 'none']);
  s.play(2000).tap(2, badge(sam));
  assert.deepEqual([view(s.state, s.at, s.policy).help, screen(s).kind], [null, 'pin']);
});

test('another way ends the attempt and its digits', () => {
  const s = new Story().tap(1, badge(sam)).digits(2).play({ kind: 'otherWay' });
  assert.deepEqual([screen(s).kind, s.kinds()[0]], ['otherWay', 'wipePin']);
});

test('a colleague’s wrong badge over her work: her own tap gets her back to it, and so does waiting', () => {
  for (const card of [
    unknown,
    { kind: 'unusable' } as const,
    { ...badge(ana), standing: { kind: 'blocked' } as const },
    { ...badge(ana), standing: { kind: 'wait', until: 90_000 } as const },
  ]) {
    const s = new Story().signIn(1, sam).play(10_000).tap(2, card);
    assert.notEqual(screen(s).kind, 'open');
    const waited = new Story().signIn(1, sam).play(10_000).tap(2, card).play(5_000, { kind: 'tick' });
    assert.equal(screen(waited).kind, 'open');
    s.play(500).tap(3, badge(sam));
    assert.deepEqual([s.reason(), s.state.desk.kind, screen(s).kind], ['keptOwner', 'open', 'open']);
  }
});

test('help never hides the warning, and a pressed button is a sign of life', () => {
  const s = new Story().signIn(1, sam).play(275_000, { kind: 'help' });
  assert.equal(s.state.desk.kind === 'open' && s.state.desk.lastActivity, s.at);
  const hidden = new Story().signIn(1, sam).play(200_000).tap(2, badge(ana)).play({ kind: 'help' }, 59_000, { kind: 'tick' }, 21_000, { kind: 'tick' });
  assert.equal(view(hidden.state, hidden.at, hidden.policy).help, null);
});
