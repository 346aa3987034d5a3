/** The failures a ward's station meets, made to happen to the real logind: whatever fails, the safe answer is locked, and nothing unconfirmed is called a lock. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { endSessionsOf } from '../../../native/session/logind/ending.ts';
import { need } from '../../needs.ts';
import { clock, grantFor, greet, type Place, place, until } from './place.ts';
import { type SeatStand, shownVt, startSeat } from './stand.ts';

const skip = need('linux', 'root', 'logind', 'vts');
let seat: SeatStand;
before(async () => {
  if (skip === false) seat = await startSeat();
});
after(() => (skip === false ? seat[Symbol.asyncDispose]() : undefined));
afterEach(() => (skip === false ? seat.unstick() : undefined));

/** Where it is not the deadline that is tested. */
const brief = { lockTakes: 300 };

/** Signed in by a grant; the id of the session. */
async function signIn({ c, offers }: Place, who: string): Promise<string> {
  const stop = greet(seat, offers);
  const outcome = await c.open(grantFor(`s-${who}`, 'signIn', await c.snapshot()));
  stop();
  assert.ok(outcome.kind === 'done' && outcome.session !== null, JSON.stringify(outcome));
  return outcome.session.key.id;
}
const lockOf = async ({ c }: Place, id: string): Promise<string | undefined> => (await c.snapshot()).sessions.find((s) => s.key.id === id)?.lock;

test('a locker that hears nothing: the greeter is shown, nothing is called locked, and the work is kept', { skip }, async () => {
  await using p = await place(seat);
  const id = await signIn(p, 'sam');
  await seat.locker(id, 'deaf');
  assert.deepEqual(await p.c.lock('walkAway', false), { kind: 'failed', code: 'unconfirmed', screen: 'locked' });
  assert.equal(shownVt(), 'tty7');
  assert.equal(await lockOf(p, id), 'unlocked');
  assert.equal((await p.c.snapshot()).active, null);
  assert.equal((await p.c.lock('walkAway', true)).kind, 'failed');
  assert.equal(await lockOf(p, id), 'unlocked', 'it is there still');
  // Whoever goes back to that VT by keys does not get to her work: the greeter comes again.
  await seat.vt(5);
  await until('the greeter is back', () => shownVt() === 'tty7');
  assert.deepEqual(
    p.news.filter((n) => n.kind === 'openedElsewhere'),
    [],
  );
  await seat.locker(id, 'obeys');
  assert.equal((await p.c.lock('walkAway', true)).kind, 'done');
});

test('behind the greeter, the one session that would not lock is its owner’s to come back to, and nobody else gets past it', { skip }, async () => {
  await using p = await place(seat, brief);
  const id = await signIn(p, 'sam');
  await seat.locker(id, 'deaf');
  assert.deepEqual(await p.c.lock('walkAway', false), { kind: 'failed', code: 'unconfirmed', screen: 'locked' });
  const stop = greet(seat, p.offers);
  const ana = await p.c.open(grantFor('s-ana', 'signIn', await p.c.snapshot()));
  assert.deepEqual(ana, { kind: 'failed', code: 'unconfirmed', screen: 'locked' });
  assert.deepEqual([shownVt(), (await p.c.snapshot()).sessions.map((s) => s.subscriber)], ['tty7', ['s-sam']]);
  const sam = await p.c.open(grantFor('s-sam', 'switch', await p.c.snapshot()));
  stop();
  assert.ok(sam.kind === 'done' && sam.session?.key.id === id, JSON.stringify(sam));
  assert.equal(shownVt(), 'tty5');
});

test('an emergency’s session is made anew: the one before is ended first, or nothing opens', { skip }, async () => {
  const own = { accountOf: (who: string) => (who === 'emergency' ? 'mallory' : null), subscriberOf: (account: string) => (account === 'mallory' ? 'emergency' : null) };
  await using p = await place(seat, { ...brief, accounts: own });
  const stop = greet(seat, p.offers, { account: 'mallory' });
  const open = async (): Promise<string> => {
    const outcome = await p.c.open(grantFor('emergency', 'emergency', await p.c.snapshot()));
    assert.ok(outcome.kind === 'done' && outcome.session?.subscriber === 'emergency', JSON.stringify(outcome));
    return outcome.session.key.id;
  };
  const first = await open();
  await p.c.lock('emergencyOver', false);
  const second = await open();
  stop();
  assert.notEqual(second, first);
  assert.deepEqual(
    (await p.c.snapshot()).sessions.map((s) => s.key.id),
    [second],
  );
});

test('with "endUnlocked" on, a session that twice did not lock is ended', { skip }, async () => {
  await using p = await place(seat, { ...brief, endUnlocked: 'on' });
  const id = await signIn(p, 'sam');
  await seat.locker(id, 'deaf');
  assert.equal((await p.c.lock('walkAway', true)).kind, 'failed');
  assert.equal(await lockOf(p, id), 'unlocked', 'not at the first time, however hard it is asked');
  assert.equal((await p.c.lock('walkAway', true)).kind, 'done');
  assert.equal(await lockOf(p, id), undefined);
});

test('no greeter anywhere: the screen is unknown, and IT is told what to set', { skip }, async () => {
  await using p = await place(seat, { ...brief, greeter: false });
  const id = await seat.enter('sam', { vt: 5, locker: 'deaf' });
  await seat.activate(id);
  await until('it is seen', async () => (await p.c.snapshot()).active?.key.id === id);
  assert.deepEqual(await p.c.lock('start', false), { kind: 'failed', code: 'unconfirmed', screen: 'unknown' });
  assert.match(p.said.join('\n'), /greeterVt/);
  await seat.locker(id, 'obeys');
});

test('the greeter’s VT as the site names it', { skip }, async () => {
  await using p = await place(seat, { ...brief, greeter: false, greeterVt: 9 });
  const id = await seat.enter('sam', { vt: 5, locker: 'deaf' });
  await seat.activate(id);
  await until('it is seen', async () => (await p.c.snapshot()).active?.key.id === id);
  assert.deepEqual(await p.c.lock('start', false), { kind: 'failed', code: 'unconfirmed', screen: 'locked' });
  assert.equal(shownVt(), 'tty9');
  await seat.locker(id, 'obeys');
});

test('the displaced session does not lock: the switch does not happen, and hers stays locked', { skip }, async () => {
  await using p = await place(seat, brief);
  const ana = await signIn(p, 'ana');
  const sam = await signIn(p, 'sam');
  await seat.locker(sam, 'deaf');
  const outcome = await p.c.open(grantFor('s-ana', 'switch', await p.c.snapshot()));
  assert.deepEqual(outcome, { kind: 'failed', code: 'unconfirmed', screen: 'locked' });
  assert.equal(await lockOf(p, ana), 'locked');
  assert.equal(shownVt(), 'tty7');
  await seat.locker(sam, 'obeys');
});

test('a locker that takes its time is waited for; one that locks and never unlocks opens nothing', { skip }, async () => {
  await using p = await place(seat);
  const id = await signIn(p, 'sam');
  await seat.locker(id, 'late');
  assert.equal((await p.c.lock('tapOut', false)).kind, 'done');
  await seat.locker(id, 'stays');
  const outcome = await p.c.open(grantFor('s-sam', 'unlock', await p.c.snapshot()));
  assert.deepEqual(outcome, { kind: 'failed', code: 'unconfirmed', screen: 'locked' });
});

test('not shown within 5 s, though unlocked: locked again, and that confirmed', { skip }, async () => {
  await using p = await place(seat);
  const ana = await signIn(p, 'ana');
  await signIn(p, 'sam');
  assert.equal((await p.c.lock('tapOut', false)).kind, 'done');
  await seat.stick(5);
  const outcome = await p.c.open(grantFor('s-ana', 'switch', await p.c.snapshot()));
  assert.deepEqual(outcome, { kind: 'failed', code: 'timeout', screen: 'locked' });
  assert.equal(await lockOf(p, ana), 'locked');
  assert.equal(shownVt(), 'tty5');
});

test('a session that vanished, or was never here: refused, locked', { skip }, async () => {
  await using p = await place(seat);
  const id = await signIn(p, 'sam');
  await p.c.lock('tapOut', false);
  const grant = grantFor('s-sam', 'unlock', await p.c.snapshot());
  void seat.leave(id);
  const outcome = await p.c.open(grant);
  assert.ok(
    outcome.kind === 'failed' && ['vanished', 'expired', 'noSession', 'rejected', 'unconfirmed'].includes(outcome.code) && outcome.screen === 'locked',
    JSON.stringify(outcome),
  );
  await until('it is gone', async () => (await p.c.snapshot()).sessions.length === 0);
  const nobody = await p.c.open(grantFor('s-nobody', 'signIn', await p.c.snapshot()));
  assert.deepEqual(nobody, { kind: 'failed', code: 'account', screen: 'locked' });
});

test('a remote session counts for nothing: not shown, not opened, not locked', { skip }, async () => {
  await using p = await place(seat);
  const id = await seat.enter('sam', { remote: true, kind: 'tty' });
  await seat.enter('ana', { vt: 6 });
  await until('hers is seen', async () => (await p.c.snapshot()).sessions.length === 1);
  const outcome = await p.c.open(grantFor('s-sam', 'switch', await p.c.snapshot()));
  assert.ok(outcome.kind === 'failed' && outcome.code === 'noSession');
  assert.equal((await p.c.lock('start', false)).kind, 'done');
  await seat.leave(id);
});

test('the newest tap wins until the greeter has taken the grant', { skip }, async () => {
  await using p = await place(seat);
  const waiting = p.c.open(grantFor('s-sam', 'signIn', await p.c.snapshot()));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await p.c.lock('displaced', false)).kind, 'done');
  assert.deepEqual(await waiting, { kind: 'failed', code: 'revoked', screen: 'locked' });
  assert.deepEqual(p.news, []);
  assert.equal(await signIn(p, 'ana').then((id) => lockOf(p, id)), 'unlocked');
});

test('taken by the greeter and then overtaken: the session it begins is closed and was nobody’s', { skip }, async () => {
  await using p = await place(seat);
  const stop = greet(seat, p.offers, { begins: false });
  const waiting = p.c.open(grantFor('s-sam', 'signIn', await p.c.snapshot()));
  await until('it is taken', () => p.news.some((n) => n.kind === 'redeemed'));
  const busy = await p.c.open(grantFor('s-ana', 'signIn', await p.c.snapshot()));
  assert.ok(busy.kind === 'failed' && busy.code === 'busy', 'never after');
  assert.equal((await p.c.lock('faceLost', false)).kind, 'done');
  assert.ok((await waiting).kind === 'failed');
  stop();
  const id = await seat.enter('sam', { vt: 5 });
  await seat.activate(id);
  await until('it is locked', async () => (await lockOf(p, id)) === 'locked');
  assert.deepEqual(
    p.news.filter((n) => n.kind === 'openedElsewhere'),
    [],
  );
});

test('logind ends: nothing is believed or opened; it comes back: its sessions are locked again', { skip }, async () => {
  await using p = await place(seat);
  const id = await signIn(p, 'sam');
  await seat.endLogind(false);
  await until('it is missed', async () => !(await p.c.snapshot()).healthy);
  assert.equal((await p.c.snapshot()).active?.lock, 'unknown');
  assert.deepEqual(await p.c.lock('sessionLost', false), { kind: 'failed', code: 'unconfirmed', screen: 'unknown' });
  const outcome = await p.c.open(grantFor('s-sam', 'unlock', await p.c.snapshot(), { expiresAt: clock.now() + 5_000 }));
  assert.deepEqual(outcome, { kind: 'failed', code: 'unsupported', screen: 'unknown' });
  await seat.endLogind(true);
  await until('it is back', async () => (await p.c.snapshot()).healthy);
  assert.equal((await p.c.lock('sessionLost', true)).kind, 'done');
  assert.equal(await lockOf(p, id), 'locked');
});

test('all sessions of one account are ended, and of nobody else; where nobody answers, nothing is claimed', { skip }, async () => {
  await using p = await place(seat);
  await seat.enter('sam', { vt: 5 });
  await seat.enter('sam', { vt: 8 });
  const ana = await seat.enter('ana', { vt: 6 });
  assert.equal(await endSessionsOf('sam', { address: seat.address, diagnose: (text) => assert.fail(text) }), true);
  assert.deepEqual(
    (await p.c.snapshot()).sessions.map((s) => s.key.id),
    [ana],
  );
  assert.equal(await endSessionsOf('sam', { address: 'unix:path=/nonexistent/bus', diagnose: () => undefined }), false);
});

test('a text console cannot lock: the greeter hides it, and nobody goes back to it', { skip }, async () => {
  await using p = await place(seat, brief);
  const id = await seat.enter('mallory', { vt: 8, kind: 'tty' });
  await seat.activate(id);
  await until('the password is told', () => p.news.some((n) => n.kind === 'openedElsewhere'));
  assert.deepEqual(await p.c.lock('walkAway', false).then(({ kind }) => kind), 'done');
  assert.equal(shownVt(), 'tty7');
  assert.equal(await lockOf(p, id), 'unlocked', 'and nothing else is said of it');
  await seat.vt(8);
  await until('the greeter is back', () => shownVt() === 'tty7');
  assert.equal(p.news.filter((n) => n.kind === 'openedElsewhere').length, 1);
});

// The last one: that display manager stays on this bus.
test('a display manager that shows its greeter when asked (LightDM)', { skip }, async () => {
  await using p = await place(seat, { ...brief, greeter: false });
  await seat.display(11);
  const id = await seat.enter('sam', { vt: 5, locker: 'deaf' });
  await seat.activate(id);
  await until('it is seen', async () => (await p.c.snapshot()).active?.key.id === id);
  assert.deepEqual(await p.c.lock('start', false), { kind: 'failed', code: 'unconfirmed', screen: 'locked' });
  assert.equal(shownVt(), 'tty11');
  await seat.locker(id, 'obeys');
});
