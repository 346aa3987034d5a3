/** Emergency access comes in from every locked screen; the durable entry, the emergency session and its end go out (45 CFR 164.312(a)(2)(ii)). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claimant, Outcome } from '../../core/types.ts';
import { view } from '../../core/view.ts';
import { ana, badge, Story, sam, session } from './world.ts';

const on = { emergency: 'on' } as const;
const shown = (s: Story) => view(s.state, s.at, s.policy);
const step = (s: Story): string => (s.state.claim.kind === 'form' ? `${s.state.claim.form} ${s.state.claim.step}` : s.state.claim.kind);
const bySam: Claimant = { kind: 'proved', subscriber: sam };
const opened: Outcome = { kind: 'done', session: session('emergency'), ms: 1 };
/** Up to the choice of a reason, by staff number. */
const asked = (s: Story, claimant: Claimant = bySam): Story =>
  s
    .play({ kind: 'emergency', attempt: 5 })
    .digits(6)
    .play({ kind: 'stepAnswered', attempt: 5, step: 'number', answer: { kind: 'next', step: 'pin' } })
    .digits(6)
    .play({ kind: 'stepAnswered', attempt: 5, step: 'pin', answer: { kind: 'next', step: 'reason', claimant } });

test('badge, PIN, reason: the entry stands before the emergency session opens, and nobody’s own session is opened', () => {
  const s = new Story(on);
  assert.deepEqual(shown(s).emergency, { offered: true, until: null });
  s.play({ kind: 'emergency', attempt: 5 }).tap(6, badge(sam));
  assert.deepEqual([step(s), s.reason()], ['emergency pin', 'form']);
  s.digits(6).play({ kind: 'stepAnswered', attempt: 5, step: 'pin', answer: { kind: 'next', step: 'reason', claimant: bySam } }, { kind: 'reasonLife' });
  assert.deepEqual(s.kinds(), ['wipePin', 'endForm', 'record emergency', 'open', 'cue']);
  const open = s.effects.find((e) => e.kind === 'open');
  assert.ok(open?.kind === 'open' && open.grant.subscriber === 'emergency' && open.grant.intent === 'emergency' && open.by.kind === 'emergency' && open.by.reached === 'none');
  assert.deepEqual(
    s.effects.find((e) => e.kind === 'record'),
    {
      kind: 'record',
      entry: { kind: 'emergency', grant: 'g5', attempt: 5, claimant: { kind: 'proved', subscriber: 's1' }, reason: 'life', minutes: 30 },
    },
  );
  s.play({ kind: 'opened', grant: 'g5', outcome: opened });
  assert.deepEqual(shown(s).emergency, { offered: false, until: s.at + 30 * 60_000 });
});

test('a badge that was tapped before need not be shown again', () => {
  const s = new Story(on).tap(1, badge(sam)).digits(2).play({ kind: 'emergency', attempt: 5 });
  assert.deepEqual([step(s), s.kinds()], ['emergency pin', ['wipePin', 'record tapEnded']]);
});

test('after its time it locks, however busy, and its session is signed out at once', () => {
  const s = asked(new Story(on)).play({ kind: 'reasonTreatment' }, { kind: 'opened', grant: 'g5', outcome: opened });
  s.play({ kind: 'sessions', snapshot: { seq: 1, active: session('emergency'), sessions: [session('emergency')], healthy: true } });
  for (let i = 0; i < 29; i++) s.play(60_000, { kind: 'activity', how: 'key' });
  assert.equal(s.state.desk.kind, 'open');
  s.play(60_000, { kind: 'activity', how: 'key' });
  assert.ok(s.effects.some((e) => e.kind === 'lock' && e.why === 'emergencyOver'));
  assert.ok(s.effects.some((e) => e.kind === 'signOut' && e.session.id === 'session-emergency'));
  assert.ok(s.effects.some((e) => e.kind === 'record' && e.entry.kind === 'signedOut' && e.entry.why === 'emergencyOver'));
});

test('it brings nothing with it: no window, no way back, no PIN change; her own tap locks it', () => {
  const s = asked(new Story(on)).play({ kind: 'reasonOther' }, { kind: 'opened', grant: 'g5', outcome: opened });
  assert.deepEqual(s.state.windows, []);
  assert.equal(step(s.play({ kind: 'help' }, { kind: 'changePin', attempt: 9 })), 'none');
  assert.equal(s.play({ kind: 'back' }, 10_000).tap(7, badge(sam)).reason(), 'tappedOut');
  const taken = asked(new Story({ ...on, takeOver: 'switch' }))
    .play({ kind: 'reasonOther' }, { kind: 'opened', grant: 'g5', outcome: opened }, 5_000)
    .signIn(8, ana);
  assert.deepEqual([taken.state.desk.kind, taken.state.displaced], ['open', null]);
});

/** The OS holds the emergency’s session, shown or not. */
const holds = (s: Story, seq: number, lock: 'locked' | 'unlocked'): Story => {
  const it = { ...session('emergency'), lock };
  return s.play({ kind: 'sessions', snapshot: { seq, active: it, sessions: [it], healthy: true } });
};
const signedOut = (s: Story): boolean => s.effects.some((e) => e.kind === 'signOut' && e.session.id === 'session-emergency');
/** Sam’s, locked by her own tap after ten seconds. */
const left = (claimant: Claimant = bySam): Story => {
  const s = holds(asked(new Story(on), claimant).play({ kind: 'reasonLife' }, { kind: 'opened', grant: 'g5', outcome: opened }), 1, 'unlocked');
  return holds(s.play(10_000, { kind: 'lockNow' }, { kind: 'locked', outcome: { kind: 'done', session: null, ms: 1 } }), 2, 'locked');
};
/** The same form once more, on a later attempt. */
const again = (s: Story, claimant: Claimant): Story =>
  s
    .play({ kind: 'emergency', attempt: 9 })
    .digits(6)
    .play({ kind: 'stepAnswered', attempt: 9, step: 'number', answer: { kind: 'next', step: 'pin' } })
    .digits(6)
    .play({ kind: 'stepAnswered', attempt: 9, step: 'pin', answer: { kind: 'next', step: 'reason', claimant } }, { kind: 'reasonLife' });
const granted = (s: Story) => s.effects.find((e) => e.kind === 'open' && e.grant.id === 'g9');

test('locked before its time, it waits for her: entry, then the same session; for anybody else it is made anew', () => {
  const hers = left();
  assert.equal(signedOut(hers), false);
  again(hers.play(300_000, { kind: 'tick' }), bySam);
  const open = granted(hers);
  assert.ok(open?.kind === 'open' && open.grant.subscriber === 'emergency' && open.grant.intent === 'unlock');
  assert.ok(hers.effects.some((e) => e.kind === 'record' && e.entry.kind === 'emergency' && e.entry.grant === 'g9'));
  const others = granted(again(left(), { kind: 'proved', subscriber: ana }));
  assert.ok(others?.kind === 'open' && others.grant.intent === 'emergency');
  const unproved = granted(again(left(), { kind: 'claimed', number: '004711' }));
  assert.ok(unproved?.kind === 'open' && unproved.grant.intent === 'emergency');
});

test('what waits is signed out when its time is over, when she is revoked, and at once where nobody proved who she is', () => {
  assert.deepEqual([signedOut(left().play(29 * 60_000, { kind: 'tick' })), signedOut(left().play(30 * 60_000, { kind: 'tick' }))], [false, true]);
  assert.equal(granted(again(left().play(30 * 60_000, { kind: 'tick' }), bySam))?.kind, 'open', 'anew');
  assert.equal(signedOut(left().play({ kind: 'revoked', subscriber: 's1' })), true);
  assert.deepEqual(
    left({ kind: 'claimed', number: '004711' }).state.parked.map(({ asked: ended }) => ended),
    [true],
  );
});

test('a broken station opens nothing but an emergency, and says so again when it is over', () => {
  const claimed: Claimant = { kind: 'claimed', number: '004711' };
  const s = new Story(on).play({ kind: 'broken', cause: 'storeDamaged' });
  assert.deepEqual([shown(s).screen.kind, shown(s).emergency.offered], ['callIt', true]);
  s.play({ kind: 'emergency', attempt: 5 });
  assert.equal(shown(s).screen.kind, 'form');
  s.digits(6)
    .play({ kind: 'stepAnswered', attempt: 5, step: 'number', answer: { kind: 'next', step: 'code' } })
    .digits(12)
    .play({ kind: 'stepAnswered', attempt: 5, step: 'code', answer: { kind: 'next', step: 'reason', claimant: claimed } }, { kind: 'reasonSignIn' });
  assert.ok(s.effects.some((e) => e.kind === 'record' && e.entry.kind === 'emergency' && e.entry.claimant.kind === 'claimed' && e.entry.claimant.number === '004711'));
  s.play({ kind: 'opened', grant: 'g5', outcome: opened });
  assert.equal(shown(s).screen.kind, 'open');
  assert.equal(shown(s.play(5_000, { kind: 'lockNow' })).screen.kind, 'callIt');
  assert.equal(new Story(on).play({ kind: 'broken', cause: 'storeDamaged' }).tap(1, badge(sam)).reason(), 'degraded');
});

for (const [what, s] of [
  ['the policy has none', new Story()],
  ['somebody works there', new Story(on).signIn(1, sam)],
  ['no face can show it', new Story(on).play({ kind: 'face', present: true }, { kind: 'face', present: false })],
] as const) {
  test(`not offered: ${what}`, () => {
    assert.equal(shown(s).emergency.offered, false);
    assert.equal(step(s.play({ kind: 'emergency', attempt: 5 })), 'none');
  });
}

test('a reason alone, one that is pressed before the desk has closed, or twice, opens nothing', () => {
  assert.deepEqual(new Story(on).play({ kind: 'reasonLife' }).kinds(), []);
  const early = new Story(on, true);
  asked(early).play({ kind: 'reasonLife' });
  assert.deepEqual([early.kinds(), step(early)], [[], 'emergency reason']);
  early.play({ kind: 'locked', outcome: { kind: 'done', session: null, ms: 1 } }, { kind: 'reasonLife' });
  assert.ok(early.effects.some((e) => e.kind === 'open'));
  assert.deepEqual(early.play({ kind: 'reasonLife' }).kinds(), []);
});

test('a role that may not, does not', () => {
  const student = { ...sam, role: 'student' };
  const s = asked(new Story({ ...on, roles: { student: { emergency: 'off' } } }), { kind: 'proved', subscriber: student }).play({ kind: 'reasonLife' });
  assert.deepEqual([s.effects.some((e) => e.kind === 'open'), s.state.claim.kind === 'notice' && s.state.claim.notice], [false, 'notAllowed']);
  const tapped = new Story({ ...on, roles: { student: { emergency: 'off' } } }).tap(1, badge(student)).play({ kind: 'emergency', attempt: 5 });
  assert.equal(tapped.state.claim.kind === 'notice' && tapped.state.claim.notice, 'notAllowed');
});

test('an entry that nothing could keep leaves it locked, and names the paper form, broken or not', () => {
  const lost = asked(new Story(on)).play({ kind: 'reasonLife' }, { kind: 'broken', cause: 'ledgerUnwritable' });
  assert.deepEqual([lost.state.desk.kind, shown(lost).screen.kind], ['locked', 'noEmergency']);
  const broken = asked(new Story(on).play({ kind: 'broken', cause: 'ledgerUnwritable' })).play(
    { kind: 'reasonLife' },
    { kind: 'opened', grant: 'g5', outcome: { kind: 'failed', code: 'rejected', screen: 'unknown' } },
  );
  assert.deepEqual([broken.state.desk.kind, shown(broken).screen.kind], ['locked', 'noEmergency']);
  assert.equal(shown(broken.play(60_000, { kind: 'tick' })).screen.kind, 'callIt');
});

test('it comes before whatever else is being typed, and is not begun twice', () => {
  const s = new Story({ ...on, shiftCodes: 'on' }).play({ kind: 'enterCode', attempt: 4 }).digits(3).play({ kind: 'emergency', attempt: 5 });
  assert.deepEqual([step(s), s.effects.some((e) => e.kind === 'endForm' && e.attempt === 4), s.effects.some((e) => e.kind === 'wipePin')], ['emergency number', true, true]);
  s.digits(2).play({ kind: 'emergency', attempt: 6 });
  assert.ok(s.state.claim.kind === 'form' && s.state.claim.attempt === 5 && s.state.claim.digits === 2);
});

test('a badge whose PIN is blocked still says who asks', () => {
  const s = new Story(on).play({ kind: 'emergency', attempt: 5 }).tap(6, { ...badge(sam), standing: { kind: 'blocked' } });
  assert.equal(step(s), 'emergency pin');
});

test('her badge at the reader once more changes nothing; help that lies over it gives way', () => {
  const s = new Story(on).play({ kind: 'emergency', attempt: 5 }).tap(6, badge(sam)).digits(2).play(2_000).tap(7, badge(sam));
  assert.deepEqual([step(s), s.reason(), s.state.claim.kind === 'form' && s.state.claim.digits], ['emergency pin', 'sameAttempt', 2]);
  s.play({ kind: 'help' }, { kind: 'emergency', attempt: 8 });
  assert.deepEqual([step(s), s.state.help, s.state.claim.kind === 'form' && s.state.claim.attempt], ['emergency pin', null, 5]);
});
