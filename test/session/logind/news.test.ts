/** What happens on the real logind without a grant, a password, a lock key, a locker's death, sleep, a stranger's signals, is done to a controller; it tells of each once, and before the snapshot that shows it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import type { Locker, LockerReport } from '../../../native/session/logind/locker.ts';
import { need } from '../../needs.ts';
import { grantFor, greet, type Place, place, until, vtOf } from './place.ts';
import { type SeatStand, shownVt, startSeat } from './stand.ts';

const skip = need('linux', 'root', 'logind', 'vts');
let seat: SeatStand;
before(async () => {
  if (skip === false) seat = await startSeat();
});
after(() => (skip === false ? seat[Symbol.asyncDispose]() : undefined));

async function signIn({ c, offers }: Place, who: string): Promise<string> {
  const stop = greet(seat, offers);
  const outcome = await c.open(grantFor(`s-${who}`, 'signIn', await c.snapshot()));
  stop();
  assert.ok(outcome.kind === 'done' && outcome.session !== null, JSON.stringify(outcome));
  return outcome.session.key.id;
}
/** A password at the greeter, past the agent. */
async function password(account: string): Promise<string> {
  const id = await seat.enter(account, { vt: vtOf[account] ?? 0 });
  await seat.activate(id);
  return id;
}
/** News and snapshots in the order they were told, as words. */
function recorded({ c }: Place): string[] {
  const words: string[] = [];
  c.hear((n) => words.push(n.kind === 'openedElsewhere' ? `${n.kind} ${n.account} ${n.session.lock}` : n.kind));
  c.watch(({ active }) => words.push(active === null ? 'nobody' : `${active.subscriber ?? 'stranger'} ${active.lock}`));
  return words;
}

test('a password at the greeter, of somebody enrolled and of a stranger: told before the snapshot', { skip }, async () => {
  await using p = await place(seat);
  const words = recorded(p);
  const id = await password('ana');
  await until('it is told', () => words.includes('s-ana unlocked'));
  assert.deepEqual(
    words.filter((w) => w !== 'nobody'),
    ['openedElsewhere ana unlocked', 's-ana unlocked'],
  );
  await p.c.lock('tapOut', false);
  words.length = 0;
  // Her own password at her own lock screen.
  await seat.hint(id, false);
  await until('it is told', () => words.includes('s-ana unlocked'));
  assert.deepEqual(words, ['openedElsewhere ana unlocked', 's-ana unlocked']);
  await p.c.lock('tapOut', false);
  words.length = 0;
  await password('mallory');
  await until('it is told', () => words.includes('stranger unlocked'));
  assert.ok(words.indexOf('openedElsewhere mallory unlocked') === words.indexOf('stranger unlocked') - 1, words.join(', '));
  assert.equal((await p.c.lock('walkAway', false)).kind, 'done', 'and it is locked like any other');
});

test('our own grants are never told as somebody else’s', { skip }, async () => {
  await using p = await place(seat);
  const words = recorded(p);
  await signIn(p, 'sam');
  await p.c.lock('tapOut', false);
  await p.c.open(grantFor('s-sam', 'unlock', await p.c.snapshot()));
  assert.deepEqual(words, ['redeemed', 's-sam unlocked', 's-sam locked', 'redeemed', 's-sam unlocked']);
});

test('her own lock key, and a program that asks for the lock', { skip }, async () => {
  await using p = await place(seat);
  const id = await signIn(p, 'sam');
  const words = recorded(p);
  await seat.hint(id, true);
  await until('it is seen', () => words.includes('s-sam locked'));
  assert.deepEqual(words, ['lockAsked', 's-sam locked']);
  await p.c.open(grantFor('s-sam', 'unlock', await p.c.snapshot()));
  words.length = 0;
  await seat.locker(id, 'deaf');
  execFileSync('dbus-send', [
    `--bus=${seat.address}`,
    '--print-reply',
    '--dest=org.freedesktop.login1',
    '/org/freedesktop/login1',
    'org.freedesktop.login1.Manager.LockSession',
    `string:${id}`,
  ]);
  await until('it is told', () => words.includes('lockAsked'));
  await seat.locker(id, 'obeys');
});

test('a stranger’s signals are not logind’s: nothing is told, and what they claim is not believed', { skip }, async () => {
  await using p = await place(seat);
  const id = await signIn(p, 'sam');
  const words = recorded(p);
  const path = `/org/freedesktop/login1/session/${id}`;
  const signals: readonly (readonly string[])[] = [
    [path, 'org.freedesktop.login1.Session.Lock'],
    ['/org/freedesktop/login1', 'org.freedesktop.login1.Manager.PrepareForSleep', 'boolean:true'],
    [path, 'org.freedesktop.DBus.Properties.PropertiesChanged', 'string:org.freedesktop.login1.Session'],
    ['/org/freedesktop/DBus', 'org.freedesktop.DBus.NameOwnerChanged', 'string:org.freedesktop.login1', 'string:', 'string::1.99'],
  ];
  // To everybody, and to each connection by name: what is sent to us alone passes by our wishes.
  const names = execFileSync('dbus-send', [`--bus=${seat.address}`, '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.ListNames'], { encoding: 'utf8' });
  const each = [...names.matchAll(/":1\.\d+"/g)].map(([name]) => [`--dest=${name.slice(1, -1)}`]);
  for (const signal of signals) for (const to of [[], ...each.slice(-8)]) execFileSync('dbus-send', [`--bus=${seat.address}`, '--type=signal', ...to, ...signal]);
  await seat.hint(id, false);
  await p.c.snapshot();
  assert.equal(words.join(', '), '');
  // logind is heard still.
  await seat.hint(id, true);
  await until('logind is heard', () => words.includes('lockAsked'));
});

test('opened in the background, where nobody can have typed a password: locked again, and nobody’s', { skip }, async () => {
  await using p = await place(seat);
  const ana = await signIn(p, 'ana');
  await signIn(p, 'sam');
  const words = recorded(p);
  await seat.hint(ana, false);
  await until('it is locked again', async () => (await p.c.snapshot()).sessions.find((s) => s.key.id === ana)?.lock === 'locked' && words.length > 0);
  assert.ok(!words.some((w) => w.startsWith('openedElsewhere')), words.join(', '));
});

test('left by keys for another VT: the snapshot says so, and the lock reaches what is hidden', { skip }, async () => {
  await using p = await place(seat);
  const id = await signIn(p, 'sam');
  await seat.vt(9);
  await until('it is seen', () => p.snapshots.at(-1)?.active === null);
  assert.equal((await p.c.lock('sessionLost', false)).kind, 'done');
  assert.equal((await p.c.snapshot()).sessions.find((s) => s.key.id === id)?.lock, 'locked');
});

test('input, as the desktop tells it', { skip }, async () => {
  await using p = await place(seat);
  const id = await signIn(p, 'sam');
  const words = recorded(p);
  await seat.idle(id, true);
  await p.c.snapshot();
  assert.deepEqual(words, []);
  await seat.idle(id, false);
  await until('it is told', () => words.length > 0);
  assert.deepEqual(words, ['input']);
});

test('sleep waits until everything is locked, and waking is told', { skip }, async () => {
  await using p = await place(seat);
  const id = await signIn(p, 'sam');
  await seat.locker(id, 'late');
  const words = recorded(p);
  // As the core does.
  p.c.hear((n) => n.kind === 'sleep' && void p.c.lock('sleep', false));
  const slept = seat.asleep.length;
  await until('the hold is there', () => holds() > 0);
  await seat.suspend();
  await until('it woke', () => words.includes('woke'));
  assert.deepEqual(seat.asleep.slice(slept), [[]], 'nothing was open when it fell asleep');
  assert.deepEqual(words, ['sleep', 's-sam locked', 'woke']);
  await until('it is held anew', () => holds() > 0);

  function holds(): number {
    const said = execFileSync(
      'dbus-send',
      [`--bus=${seat.address}`, '--print-reply', '--dest=org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager.ListInhibitors'],
      { encoding: 'utf8' },
    );
    return said.split('"Tapward"').length - 1;
  }
});

/** A locker that says what it does, as the locker door hears it. Its `LockedHint` is set all the same, by the stand. */
function ownLocker(): { readonly locker: Locker; readonly say: (report: LockerReport) => void } {
  let hear: (report: LockerReport) => void = () => undefined;
  return { locker: { kind: 'locker', onReport: (listener) => void (hear = listener) }, say: (report) => hear(report) };
}

test('a locker of its own: its word locks, LockedHint does not; it takes its grant where it is shown', { skip }, async () => {
  const { locker, say } = ownLocker();
  await using p = await place(seat, { locker, lockTakes: 300 });
  const id = await signIn(p, 'sam');
  assert.equal((await p.c.lock('tapOut', false)).kind, 'failed', 'LockedHint is set, by whoever');
  const locking = p.c.lock('tapOut', true);
  setTimeout(say, 50, { account: 'sam', session: id, how: 'covered' });
  assert.equal((await locking).kind, 'done');
  await signIn(p, 'ana');
  setTimeout(say, 0, { account: 'ana', session: null, how: 'covered' });
  assert.equal((await p.c.lock('tapOut', true)).kind, 'done', 'her only session');
  const stop = p.offers.watch(() =>
    setImmediate(() => {
      void until('it is shown', () => shownVt() === 'tty5').then(() => {
        assert.equal(p.offers.redeem({ door: 'locker', account: 'sam', session: id }).kind, 'redeemed');
        say({ account: 'sam', session: id, how: 'opened' });
      });
    }),
  );
  const outcome = await p.c.open(grantFor('s-sam', 'switch', await p.c.snapshot()));
  stop();
  assert.ok(outcome.kind === 'done' && outcome.session?.key.id === id && outcome.session.lock === 'unlocked', JSON.stringify(outcome));
});

test('a locker that dies without a grant: the greeter at once, and it was nobody; let in by a password it is somebody', { skip }, async () => {
  const { locker, say } = ownLocker();
  await using p = await place(seat, { locker });
  const id = await signIn(p, 'sam');
  say({ account: 'sam', session: id, how: 'covered' });
  assert.equal((await p.c.lock('tapOut', false)).kind, 'done');
  const words = recorded(p);
  say({ account: 'sam', session: id, how: 'died' });
  await until('the greeter is shown', () => shownVt() === 'tty7', 1_000);
  assert.ok(!words.some((w) => w.startsWith('openedElsewhere')), words.join(', '));
  const locking = p.c.lock('sessionLost', true);
  say({ account: 'sam', session: id, how: 'covered' });
  assert.equal((await locking).kind, 'done');
  await seat.activate(id);
  await until('it is shown', async () => (await p.c.snapshot()).active?.lock === 'locked');
  words.length = 0;
  say({ account: 'sam', session: id, how: 'opened' });
  assert.deepEqual(words, ['openedElsewhere sam unlocked', 's-sam unlocked']);
});

test('a locker that takes the grant and dies has opened nothing: on Wayland the compositor covers still', { skip }, async () => {
  const { locker, say } = ownLocker();
  await using p = await place(seat, { locker, lockTakes: 300 });
  const id = await signIn(p, 'sam');
  say({ account: 'sam', session: id, how: 'covered' });
  assert.equal((await p.c.lock('tapOut', false)).kind, 'done');
  const stop = p.offers.watch(() =>
    setImmediate(() => {
      assert.equal(p.offers.redeem({ door: 'locker', account: 'sam', session: id }).kind, 'redeemed');
      say({ account: 'sam', session: id, how: 'died' });
    }),
  );
  const outcome = await p.c.open(grantFor('s-sam', 'unlock', await p.c.snapshot()));
  stop();
  assert.ok(outcome.kind === 'failed' && outcome.code === 'unconfirmed', JSON.stringify(outcome));
  assert.equal(shownVt(), 'tty7');
});
