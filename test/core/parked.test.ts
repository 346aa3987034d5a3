/** Sessions that people left locked come in: which is warned and signed out, and which stays, goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionInfo } from '../../core/types.ts';
import { view } from '../../core/view.ts';
import { Story, sam, session } from './world.ts';

const left = (who: string): SessionInfo => session(who, { lock: 'locked', state: 'background' });
const shows = (s: Story, ...sessions: readonly SessionInfo[]): Story =>
  s.play({ kind: 'sessions', snapshot: { seq: s.state.snapshot.seq + 1, active: sessions.find((x) => x.state === 'active') ?? null, sessions, healthy: true } });
const told = (s: Story) =>
  s.effects.flatMap((e) =>
    e.kind === 'record' && (e.entry.kind === 'parkedWarned' || e.entry.kind === 'signedOut')
      ? [`${e.entry.kind} ${e.entry.subscriber} ${e.entry.why}`]
      : e.kind === 'signOut'
        ? [`signOut ${e.session.id}`]
        : e.kind === 'warnParked'
          ? [`warn ${e.session.id}`]
          : [],
  );

test('as many as the policy keeps wait; one more warns the one unused for longest, then signs it out', () => {
  const s = shows(new Story({ parkedSessions: 2 }), left('a'));
  s.play(1_000);
  shows(s, left('a'), left('b'));
  assert.deepEqual(told(s), []);
  s.play(1_000);
  shows(s, left('b'), left('c'), left('a'));
  assert.deepEqual(told(s), ['parkedWarned a many', 'warn session-a']);
  assert.deepEqual(told(s.play(59_999, { kind: 'tick' })), []);
  assert.deepEqual(told(s.play(1, { kind: 'tick' })), ['signedOut a many', 'signOut session-a']);
  assert.deepEqual(told(s.play(60_000, { kind: 'tick' })), ['signOut session-a'], 'asked again while it is still there');
  shows(s, left('b'), left('c'));
  assert.deepEqual(
    s.state.parked.map((p) => p.subscriber),
    ['b', 'c'],
  );
});

test('whoever comes back in time keeps it', () => {
  const s = shows(new Story({ parkedSessions: 0 }), left('s1'));
  assert.deepEqual(told(s), ['parkedWarned s1 many', 'warn session-s1']);
  s.play(10_000).signIn(1, sam);
  assert.deepEqual([s.state.parked, s.state.desk.kind], [[], 'open']);
  assert.deepEqual(told(s.play(100_000, { kind: 'tick' })), []);
});

test('after half a day a session that nobody came back to is signed out, however few wait', () => {
  const s = shows(new Story(), left('a')).play(12 * 3_600_000, { kind: 'tick' });
  assert.deepEqual(told(s), ['parkedWarned a old', 'warn session-a']);
  assert.deepEqual(told(s.play(60_000, { kind: 'tick' })), ['signedOut a old', 'signOut session-a']);
});

test('whoever works there meanwhile reads that somebody’s work is about to end', () => {
  const s = new Story({ parkedSessions: 0 }).signIn(1, sam);
  shows(s, session('s1'), left('b'));
  const { screen } = view(s.state, s.at, s.policy);
  assert.equal(screen.kind === 'open' && screen.strip, 'parked');
});

test('a session that is closing by itself, or at work, is not counted', () => {
  const s = new Story({ parkedSessions: 0 }).signIn(1, sam);
  assert.deepEqual(told(shows(s, session('s1'), { ...left('b'), state: 'closing' })), []);
});
