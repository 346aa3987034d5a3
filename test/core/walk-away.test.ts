/** Open work and the clock come in: when it is warned and closed goes out, for people who leave, lift their badge, work on for too long, or wipe the screen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy, forRole, type Policy, roleSettings } from '../../core/policy.ts';
import { view } from '../../core/view.ts';
import { ana, badge, done, Story, sam } from './world.ts';

const screen = (s: Story) => view(s.state, s.at, s.policy).screen;
const locks = (s: Story) => s.effects.flatMap((e) => (e.kind === 'lock' ? [e.why] : []));
const hour = 3_600_000;

/** Her badge rests on the reader while she works. */
const resting = (): Story =>
  new Story({ badgeMode: 'stay' })
    .play({ kind: 'cardArrived', reader: 'R1', presentation: 1 }, 10, { kind: 'cardRead', reader: 'R1', presentation: 1, card: badge(sam) })
    .digits()
    .accept(1)
    .play(5, { kind: 'opened', grant: 'g1', outcome: done('s1') }, 10_000);

test('a badge that rests keeps; lifted it warns at once and locks after the grace', () => {
  const s = resting().play({ kind: 'tick' });
  assert.equal(screen(s).kind, 'open');
  s.play({ kind: 'cardGone', presentation: 1 });
  assert.deepEqual(screen(s), { kind: 'away', person: { given: 'Sam', initial: 'B' }, until: s.at + 3_000, why: 'lifted' });
  assert.deepEqual(locks(s.play(2_999, { kind: 'tick' })), []);
  assert.deepEqual(locks(s.play(1, { kind: 'tick' })), ['lifted']);
});

test('put back within the grace, however soon, it keeps and never locks by being tapped', () => {
  const s = resting().play({ kind: 'cardGone', presentation: 1 }, 300, { kind: 'cardArrived', reader: 'R1', presentation: 2 }, 10, {
    kind: 'cardRead',
    reader: 'R1',
    presentation: 2,
    card: badge(sam),
  });
  assert.deepEqual([s.reason(), s.state.desk.kind], ['staying', 'open']);
  assert.deepEqual(locks(s.play(60_000, { kind: 'tick' })), []);
});

test('a badge lifted before the work opened locks it after the grace', () => {
  const s = new Story({ badgeMode: 'stay' }).signIn(1, sam);
  assert.deepEqual(locks(s.play(3_000, { kind: 'tick' })), ['lifted']);
});

test('a colleague’s tap at the second reader takes over from a badge that rests on the first', () => {
  const s = resting().play({ kind: 'cardArrived', reader: 'R2', presentation: 2 }, 10, { kind: 'cardRead', reader: 'R2', presentation: 2, card: badge(ana) });
  assert.deepEqual([s.reason(), s.state.claim.kind], ['askedSwitch', 'choose']);
});

test('a lost reader is a lifted badge', () => {
  const s = resting().play({ kind: 'readerLost', reader: 'R1' });
  assert.deepEqual(locks(s.play(3_000, { kind: 'tick' })), ['lifted']);
});

test('however busy, the work closes at the overall limit, with a warning that keeping on does not answer', () => {
  const s = new Story({ openOverall: hour, inactivity: 600_000 }).signIn(1, sam);
  for (let i = 0; i < 59; i++) s.play(60_000, { kind: 'activity', how: 'key' });
  assert.equal(s.state.desk.kind, 'open');
  s.play(45_000, { kind: 'activity', how: 'key' });
  assert.deepEqual([screen(s).kind, screen(s).kind === 'away' && 'why' in screen(s) ? (screen(s) as { why: string }).why : ''], ['away', 'overall']);
  s.play({ kind: 'keepWorking' });
  assert.equal(screen(s).kind, 'away');
  assert.deepEqual(locks(s.play(15_000, { kind: 'tick' })), ['overall']);
});

test('a tap alone does not carry the overall limit on', () => {
  const s = new Story({ openOverall: hour, inactivity: 900_000, windowGrades: ['aes'] });
  s.signIn(1, sam, { ...badge(sam), grade: 'aes' });
  s.play(30 * 60_000 - 20 * 60_000, { kind: 'lockNow' }, 20 * 60_000)
    .tap(2, { ...badge(sam), grade: 'aes' })
    .play({ kind: 'opened', grant: 'g2', outcome: done('s1') });
  assert.equal(s.state.desk.kind, 'open');
  for (let i = 0; i < 31; i++) s.play(60_000, { kind: 'activity', how: 'key' });
  assert.notEqual(s.state.desk.kind, 'open');
});

test('wiping the screen: touches mean nothing until it is over, a tap ends it', () => {
  const s = new Story().play({ kind: 'help' }, { kind: 'clean' });
  assert.deepEqual(screen(s), { kind: 'cleaning', until: s.at + 30_000 });
  for (const kind of ['help', 'otherWay', 'cancel', 'back', 'digit', 'lockNow', 'clean'] as const) s.play(100, { kind });
  assert.equal(screen(s).kind, 'cleaning');
  assert.equal(screen(new Story().play({ kind: 'clean' }).tap(1, badge(ana))).kind, 'pin');
  assert.equal(screen(s.play(30_000, { kind: 'tick' })).kind, 'idle');
});

test('a role’s own rules hold for its people, and for nobody else', () => {
  const roles = { physician: { inactivity: 60_000, warning: 10_000, ownersTap: 'keep' } } as const;
  const doctor = { ...sam, role: 'physician' };
  const s = new Story({ roles }).signIn(1, doctor);
  assert.equal(screen(s.play(50_000, { kind: 'tick' })).kind, 'away');
  assert.deepEqual(locks(s.play(10_000, { kind: 'tick' })), ['walkAway']);
  const nurse = new Story({ roles }).signIn(1, sam).play(60_000, { kind: 'tick' });
  assert.deepEqual(locks(nurse), []);
  assert.equal(new Story({ roles }).signIn(1, doctor).play(20_000).tap(2, badge(doctor)).reason(), 'keptPolicy');
});

test('every setting has a value for every role, named or not', () => {
  const odd: Policy = { ...defaultPolicy, roles: { a: {}, b: { takeOver: 'refuse' }, __proto__: { takeOver: 'switch' } } as never };
  for (const role of [null, 'a', 'b', 'c', '__proto__', 'constructor', 'toString']) {
    const own = forRole(odd, role);
    for (const key of Object.keys(defaultPolicy) as (keyof Policy)[]) assert.notEqual(own[key], undefined, `${role} ${key}`);
    for (const key of roleSettings) assert.notEqual(own[key], undefined);
  }
});

test('her badge lifted and put back during the warning of nobody there keeps, as any tap of hers', () => {
  const s = resting().play(285_000, { kind: 'tick' });
  assert.equal(screen(s).kind, 'away');
  s.play({ kind: 'cardGone', presentation: 1 }, 500, { kind: 'cardArrived', reader: 'R1', presentation: 2 }, 10, {
    kind: 'cardRead',
    reader: 'R1',
    presentation: 2,
    card: badge(sam),
  });
  assert.deepEqual([s.reason(), screen(s).kind], ['staying', 'open']);
  assert.deepEqual(locks(s.play(60_000, { kind: 'tick' })), []);
});
