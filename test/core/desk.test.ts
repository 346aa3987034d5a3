/** What the OS confirms, loses or does behind our back comes in; what the desk counts as goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextDeadline } from '../../core/time.ts';
import type { SessionInfo, Subscriber } from '../../core/types.ts';
import { view } from '../../core/view.ts';
import { ana, badge, done, Story, sam, session, showing } from './world.ts';

const screen = (s: Story) => view(s.state, s.at, s.policy).screen;

test('an opening that the OS does not confirm as this person, unlocked, closes the desk', () => {
  const table = [
    { kind: 'failed', code: 'timeout', screen: 'unknown' } as const,
    { kind: 'failed', code: 'rejected', screen: 'locked' } as const,
    done('s2'),
    done(null),
    { kind: 'done', session: session('s1', { lock: 'unknown' }), ms: 1 } as const,
  ];
  for (const outcome of table) {
    const s = new Story({}, true)
      .play({ kind: 'locked', outcome: done(null) })
      .tap(1, badge(sam))
      .digits()
      .accept(1)
      .play({ kind: 'opened', grant: 'g1', outcome });
    assert.deepEqual([s.state.desk.kind, screen(s).kind], ['locking', 'notOpened'], JSON.stringify(outcome));
    assert.deepEqual(s.kinds(), ['record outcome', 'record tapEnded', 'lock', 'cue']);
  }
});

test('an open that comes too late is locked again', () => {
  const s = new Story().tap(1, badge(sam)).digits().accept(1).play(30_000, { kind: 'tick' });
  assert.equal(s.reason(), 'notOpened');
  s.play({ kind: 'opened', grant: 'g1', outcome: done('s1') });
  assert.deepEqual(s.effects, [{ kind: 'lock', why: 'notConfirmed', escalate: true }]);
});

test('an unconfirmed lock is asked for again, more strongly, and nothing opens meanwhile', () => {
  const s = new Story({}, true).play({ kind: 'locked', outcome: { kind: 'failed', code: 'unconfirmed', screen: 'unknown' } });
  assert.equal(s.state.desk.kind, 'locking');
  const due = nextDeadline(s.state, s.at, s.policy);
  assert.equal(due, 2000);
  s.play(2000, { kind: 'tick' });
  assert.deepEqual(s.effects, [{ kind: 'lock', why: 'start', escalate: true }]);
  s.tap(1, badge(sam)).digits().accept(1);
  assert.ok(!s.kinds().includes('open'));
  assert.equal(s.reason(), 'notOpened');
});

test('a session that is lost, swapped or opened behind our back locks', () => {
  const lost = new Story().signIn(1, sam).play({ kind: 'sessions', snapshot: showing(9, null) });
  assert.deepEqual(lost.kinds(), ['lock']);
  const reused = new Story().signIn(1, sam).play({ kind: 'sessions', snapshot: showing(9, session('s1', { key: { id: 'session-s1', epoch: '2' } })) });
  assert.deepEqual(reused.kinds(), ['lock']);
  const behind = new Story().play({ kind: 'sessions', snapshot: showing(9, session('s1')) });
  assert.deepEqual(behind.effects, [{ kind: 'lock', why: 'sessionLost', escalate: true }]);
  const old = new Story()
    .signIn(1, sam)
    .play({ kind: 'sessions', snapshot: showing(9, session('s1')) })
    .play({ kind: 'sessions', snapshot: showing(3, null) });
  assert.equal(old.state.desk.kind, 'open');
});

test('a stranger’s session that is open behind our back locks, once; a greeter, a locked one or one whose owner was told is left', () => {
  const stranger = session('x', { subscriber: null });
  const s = new Story({}, true).play({ kind: 'locked', outcome: done(null) }).play({ kind: 'sessions', snapshot: showing(9, stranger) });
  assert.deepEqual(s.effects, [{ kind: 'lock', why: 'sessionLost', escalate: true }]);
  s.play({ kind: 'sessions', snapshot: showing(10, { ...stranger, lock: 'locked' }) }, { kind: 'locked', outcome: done(null) });
  assert.deepEqual([s.state.desk.kind, s.kinds()], ['locked', ['record locked']], 'and no second time');
  for (const active of [null, { ...stranger, lock: 'locked' }, { ...stranger, lock: 'unknown' }] as const)
    assert.deepEqual(
      new Story({}, true).play({ kind: 'locked', outcome: done(null) }).play({ kind: 'sessions', snapshot: showing(9, active) }).effects,
      [],
      JSON.stringify(active),
    );
  const owned = new Story().play({ kind: 'openedElsewhere', session: stranger.key, subscriber: ana }).play({ kind: 'sessions', snapshot: showing(9, stranger) });
  assert.deepEqual([owned.state.desk.kind, owned.effects], ['open', []]);
});

test('one session that cannot be locked shuts nobody out of her own: behind the greeter its owner may come back to it, nobody else gets in', () => {
  const hers = (lock: SessionInfo['lock'] = 'unlocked'): SessionInfo => session('s1', { state: 'background', lock });
  const behind = (sessions: readonly SessionInfo[], active: SessionInfo | null = null, shows: 'locked' | 'unknown' = 'locked', healthy = true): Story =>
    new Story({}, true).play(
      { kind: 'sessions', snapshot: { seq: 9, active, sessions, healthy } },
      { kind: 'locked', outcome: { kind: 'failed', code: 'unconfirmed', screen: shows } },
    );
  const back = behind([hers()]).tap(1, badge(sam)).digits().accept(1);
  assert.deepEqual([back.state.desk.kind, back.kinds().slice(-2)], ['opening', ['open', 'cue']]);
  back.play({ kind: 'locked', outcome: { kind: 'failed', code: 'unconfirmed', screen: 'locked' } }).play({ kind: 'opened', grant: 'g1', outcome: done('s1') });
  assert.equal(back.state.desk.kind, 'open');
  // The next try of the same lock does not take it back.
  assert.equal(behind([hers()]).play(2_000, { kind: 'tick' }).tap(1, badge(sam)).digits().accept(1).state.desk.kind, 'opening');
  const refused: readonly (readonly [string, Story, Subscriber])[] = [
    ['another person', behind([hers(), session('s2', { state: 'background', lock: 'locked' })]), ana],
    ['one with nothing here', behind([hers()]), ana],
    ['two cannot be locked', behind([hers(), session('s2', { state: 'background' })]), sam],
    ['a stranger’s cannot', behind([hers(), session('x', { subscriber: null, state: 'background' })]), sam],
    ['it is shown', behind([session('s1')], session('s1')), sam],
    ['what is shown is not known', behind([hers()], null, 'unknown'), sam],
    ['nobody answers', behind([hers()], null, 'locked', false), sam],
    ['hers is locked: it is not that', behind([hers('locked')]), sam],
  ];
  for (const [what, s, who] of refused) {
    s.tap(1, badge(who))
      .digits()
      .play(30, { kind: 'verdict', attempt: 1, subscriber: who.id, verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' } });
    assert.deepEqual([s.state.desk.kind, s.kinds().includes('open'), s.reason()], ['locking', false, 'notOpened'], what);
  }
});

test('revoking locks the session opened with it and ends its attempt', () => {
  assert.equal(new Story().signIn(1, sam).play({ kind: 'revoked', subscriber: 's1' }).state.desk.kind, 'locked');
  assert.equal(new Story().signIn(1, sam).play({ kind: 'revoked', subscriber: 's2' }).state.desk.kind, 'open');
  const s = new Story().tap(1, badge(sam)).digits(3).play({ kind: 'revoked', subscriber: 's1' });
  assert.deepEqual([s.reason(), screen(s).kind], ['revokedNow', 'idle']);
});

test('degraded: locked, call IT, no tap counts, no verdict opens', () => {
  const s = new Story().signIn(1, sam).play({ kind: 'broken', cause: 'ledgerUnwritable' });
  assert.deepEqual([s.state.desk.kind, screen(s)], ['locked', { kind: 'callIt', cause: 'ledgerUnwritable' }]);
  s.tap(2, badge(sam)).digits().accept(2);
  assert.deepEqual([s.state.desk.kind, s.reason(), screen(s).kind], ['locked', 'degraded', 'callIt']);
  const during = new Story().tap(1, badge(sam)).digits().play({ kind: 'broken', cause: 'exception' }).accept(1);
  assert.equal(during.state.desk.kind, 'locked');
});

test('a permit always gets its outcome, and its tap an end, whatever ends the opening', () => {
  const opening = (policy = {}): Story =>
    new Story(policy, true)
      .play({ kind: 'locked', outcome: done(null) })
      .tap(1, badge(sam))
      .digits()
      .accept(1);
  const table = [
    ['timeout', opening().play(30_000, { kind: 'tick' })],
    ['revoked', opening().play({ kind: 'revoked', subscriber: 's1' })],
    ['broken', opening().play({ kind: 'broken', cause: 'exception' })],
    ['the reader is lost', opening({ readerLost: 'lock' }).play({ kind: 'readerLost', reader: 'R1' })],
  ] as const;
  for (const [what, s] of table) {
    assert.ok(s.kinds().includes('record outcome') && s.kinds().includes('record tapEnded') && s.kinds().includes('lock'), what);
    assert.equal(s.state.desk.kind, 'locking', what);
  }
});

test('what the OS reported while it was opening or locking is not forgotten', () => {
  const early = new Story({}, true)
    .play({ kind: 'locked', outcome: done(null) })
    .tap(1, badge(sam))
    .digits()
    .accept(1);
  early.play({ kind: 'sessions', snapshot: showing(4, session('s1', { lock: 'locked' })) }, { kind: 'opened', grant: 'g1', outcome: done('s1') });
  assert.equal(early.state.desk.kind, 'locking');
  const behind = new Story({}, true).play({ kind: 'sessions', snapshot: showing(4, session('s1')) }, { kind: 'locked', outcome: done(null) });
  assert.deepEqual([behind.state.desk.kind, behind.effects.at(-1)], ['locking', { kind: 'lock', why: 'sessionLost', escalate: true }]);
});

test('a colleague who takes over is in the permit as such', () => {
  const s = new Story().signIn(1, sam).play(5000).tap(2, badge(ana)).play({ kind: 'switch' }).digits().accept(2);
  const permit = s.effects.flatMap((e) => (e.kind === 'record' && e.entry.kind === 'permit' ? [e.entry] : []))[0];
  assert.equal(permit?.displaced, 's1');
  s.play({ kind: 'opened', grant: 'g2', outcome: done('s2') });
  assert.equal(s.reason(), 'switched');
});
