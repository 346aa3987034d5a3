/** Faces that come and go come in; locks, wiped PINs and refused taps go out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badge, done, Story, sam } from './world.ts';

const withFace = (): Story => new Story({}, true).play({ kind: 'locked', outcome: done(null) }, { kind: 'face', present: true });

test('until a face has come none is missed', () => {
  const s = new Story().play({ kind: 'face', present: false });
  assert.deepEqual(s.kinds(), []);
  assert.equal(s.signIn(1, sam).state.desk.kind, 'open');
});

test('a locked station whose face goes asks for the stronger lock, and opens nobody until one is back', () => {
  const s = withFace().play({ kind: 'face', present: false });
  assert.deepEqual(s.effects, [
    { kind: 'record', entry: { kind: 'face', change: 'lost' } },
    { kind: 'lock', why: 'faceLost', escalate: true },
  ]);
  s.play({ kind: 'locked', outcome: done(null) }).tap(1, badge(sam));
  assert.equal(s.state.claim.kind, 'none');
  assert.equal(s.reason(), 'faceLost');
  s.play({ kind: 'face', present: true });
  assert.deepEqual(s.kinds(), ['record face']);
  assert.equal(s.play(1_000).tap(2, badge(sam)).state.claim.kind, 'pin');
});

test('digits typed at a face that goes are wiped, and a check under way opens nothing', () => {
  const s = withFace().tap(1, badge(sam)).digits(3).play({ kind: 'face', present: false });
  assert.deepEqual(s.kinds(), ['record face', 'wipePin', 'record tapEnded', 'lock']);
  const t = withFace().tap(1, badge(sam)).digits().play({ kind: 'face', present: false }, { kind: 'face', present: true }).accept(1);
  assert.deepEqual(t.kinds(), ['record verdict']);
});

test('under open work a face may restart; one that stays away locks', () => {
  const s = withFace().signIn(1, sam).play({ kind: 'face', present: false });
  assert.deepEqual(s.kinds(), ['record face']);
  s.play(3_000, { kind: 'face', present: true }, 60_000, { kind: 'tick' });
  assert.equal(s.state.desk.kind, 'open');
  s.play({ kind: 'face', present: false }, 4_000, { kind: 'tick' });
  assert.deepEqual(s.effects, [{ kind: 'lock', why: 'faceLost', escalate: true }]);
});

test('a desk that is opening closes again when its face goes', () => {
  const s = withFace().tap(1, badge(sam)).digits().accept(1).play({ kind: 'face', present: false });
  assert.deepEqual(s.kinds(), ['record face', 'record outcome', 'record tapEnded', 'lock']);
});

test('a face that comes while a lock is not confirmed is asked at once, not at the next try', () => {
  const s = new Story({}, true).play({ kind: 'locked', outcome: { kind: 'failed', code: 'unconfirmed', screen: 'unknown' } }, 2_000, { kind: 'tick' }, 500, {
    kind: 'face',
    present: true,
  });
  assert.deepEqual(s.effects, [
    { kind: 'record', entry: { kind: 'face', change: 'found' } },
    { kind: 'lock', why: 'start', escalate: false },
  ]);
  s.play({ kind: 'locked', outcome: done(null) })
    .tap(1, badge(sam))
    .digits()
    .accept(1);
  assert.equal(s.state.desk.kind, 'opening');
});
