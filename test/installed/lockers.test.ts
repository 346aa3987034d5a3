/** The installed agent and real lockers in real desktops come in, started by logind’s own Lock; that a tap locks and opens them, that nothing is called open which they cover, and what becomes of their death and of the agent’s, is tested. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEntries } from '../../agent/ledger/reading.ts';
import { swayRoot } from '../../build/sway.ts';
import { need, needMade } from '../needs.ts';
import { shownVt } from '../session/logind/stand.ts';
import { type Desktop, openDesktop } from './desktops.ts';
import { enrol, enterPin, sessions, tap } from './hands.ts';
import { type Agent, type Face, type InstalledStation, startInstalled } from './station.ts';

const onX11 = need('linux', 'root', 'logind', 'vts', 'polkit', 'systemd', 'pcscd', 'compiler', 'namespaces', 'xsecurelock', 'xssLock');
const onWayland = need('linux', 'root', 'logind', 'vts', 'polkit', 'systemd', 'pcscd', 'compiler', 'namespaces') || needMade(await swayRoot());

/** Milliseconds: until the same badge counts again, and until her tap may lock what she has just opened. */
const [apart, justOpened] = [300, 1_100];

type Ward = AsyncDisposable & {
  readonly station: InstalledStation;
  readonly desktop: Desktop;
  agent: Agent;
  face: Face;
  /** What the ledger holds of this kind, the newest last. */
  readonly outcomes: () => readonly string[];
  /** Openings that no tap stands behind. */
  readonly strangers: () => number;
  readonly locks: () => readonly { readonly why: string; readonly confirmed: boolean }[];
};

/** Sam is at work in this desktop, by a tap. */
async function atWork(kind: 'x11' | 'wayland', endUnlocked: 'on' | 'off'): Promise<Ward> {
  await using stack = new AsyncDisposableStack();
  const station = stack.use(await startInstalled({ locker: 'locker', endUnlocked, keepAfterOpen: '1 s', sameBadgeAfter: '200 ms' }, ['50-tapward.rules', '51-tapward-end.rules']));
  const { seat, state } = station;
  await seat.activate(await seat.enter('greeter', { vt: 7, of: 'greeter' }));
  const agent = await station.start();
  await enrol(station, 'Sam');
  const face = await station.face();
  await sleep(apart);
  await tap(station, face, 'Sam', 'pin');
  await enterPin(station, face, 'Sam', true);
  const id = (await sessions(station)).find((s) => s.account === 'sam')?.id ?? assert.fail('no session');
  // Whoever obeys logind here is the desktop, and nobody else.
  await seat.locker(id, 'deaf');
  const desktop = stack.use(await openDesktop(station, kind, 'sam', id));
  await until('something that starts the locker', () => desktop.process(kind === 'x11' ? 'xss-lock' : 'swayidle') !== null, desktop);
  const entries = () => readEntries(join(state, 'ledger')).map(({ entry }) => entry);
  const kept = stack.move();
  return {
    station,
    desktop,
    agent,
    face,
    outcomes: () => entries().flatMap((e) => (e.kind === 'outcome' ? [e.result] : [])),
    strangers: () => entries().filter((e) => e.kind === 'openedElsewhere').length,
    locks: () => entries().flatMap((e) => (e.kind === 'locked' ? [{ why: e.why, confirmed: e.confirmed }] : [])),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function until(what: string, holds: () => boolean, desktop?: Desktop, patience = 8_000): Promise<void> {
  for (const end = performance.now() + patience; !holds(); await sleep(20)) if (performance.now() > end) throw new Error(`not in time: ${what}: ${desktop?.said() ?? ''}`);
}
const there = async (station: InstalledStation): Promise<readonly string[]> => (await sessions(station)).filter((s) => s.of === 'user' && !s.isClosing).map((s) => s.account);

/** Her tap locks: the locker covers, says so, and that is what the ledger holds. */
async function lockByTap({ station, face, desktop, locks }: Ward, name: string): Promise<void> {
  await sleep(justOpened);
  const before = locks().length;
  await tap(station, face, 'Sam', 'idle');
  await until('the locker', () => desktop.process(name) !== null, desktop);
  await until('the lock in the ledger', () => locks().length > before, desktop);
  assert.deepEqual([locks().at(-1), shownVt()], [{ why: 'tapOut', confirmed: true }, 'tty5'], desktop.said());
}

for (const [kind, name, skip] of [
  ['x11', 'xsecurelock', onX11],
  ['wayland', 'swaylock', onWayland],
] as const) {
  test(`${name}: a tap locks, a tap opens; the agent’s death leaves it locked and her work there; its own death shows the greeter, and she comes back`, {
    skip,
    timeout: 90_000,
  }, async () => {
    await using ward = await atWork(kind, 'on');
    const { station, desktop } = ward;
    await lockByTap(ward, name);
    await sleep(apart);
    await tap(station, ward.face, 'Sam', 'pin');
    assert.notEqual(desktop.process(name), null, 'it covers until the PIN');
    await enterPin(station, ward.face, 'Sam', false);
    await until('its end', () => desktop.process(name) === null, desktop);
    await until('the ledger’s word', () => ward.outcomes().length > 1, desktop);
    assert.deepEqual(ward.outcomes(), ['opened', 'opened']);

    await lockByTap(ward, name);
    ward.agent.child.kill('SIGKILL');
    await ward.agent.ended;
    assert.deepEqual(await station.lockAll(), { code: 0, signal: null }, station.said());
    assert.deepEqual([shownVt(), await there(station)], ['tty5', ['sam']], 'what is locked stays as it is');
    assert.doesNotMatch(readFileSync(join(station.state, 'agent.log'), 'utf8'), /TW1903/, 'a door that closes is no locker’s death');
    const before = ward.locks().length;
    ward.face.close();
    ward.agent = await station.start();
    ward.face = await station.face();
    await until('the next agent’s own lock', () => ward.locks().length > before && ward.locks().at(-1)?.confirmed === true, desktop);
    assert.deepEqual([ward.locks().at(-1)?.why, await there(station)], ['start', ['sam']]);
    await sleep(apart);
    await tap(station, ward.face, 'Sam', 'pin');
    await enterPin(station, ward.face, 'Sam', false);
    await until('her session, uncovered once more', () => desktop.process(name) === null && ward.outcomes().length > 2, desktop);

    await lockByTap(ward, name);
    const began = performance.now();
    process.kill(desktop.process(name) ?? assert.fail('it ended'), 'SIGKILL');
    await until('the greeter', () => shownVt() === 'tty7', desktop, 2_000);
    assert.ok(performance.now() - began < 2_000);
    // It is asked to cover anew, behind the greeter, and is how she comes back.
    await sleep(apart);
    await tap(station, ward.face, 'Sam', 'pin');
    await enterPin(station, ward.face, 'Sam', false);
    await until('her session, uncovered', () => shownVt() === 'tty5' && desktop.process(name) === null && ward.outcomes().length > 3, desktop);
    assert.deepEqual(ward.outcomes(), ['opened', 'opened', 'opened', 'opened']);
    if (kind === 'wayland') {
      await lockByTap(ward, name);
      // swaylock exits with 0 for that; nobody entered a password.
      process.kill(desktop.process('sway') ?? assert.fail('it ended'), 'SIGKILL');
      await until('the greeter again', () => shownVt() === 'tty7', desktop, 2_000);
    }
    assert.deepEqual([ward.strangers(), await there(station)], [0, ['sam']]);
  });
}

test('swaylock that somebody else started: it covers, and nothing is called locked or open', { skip: onWayland, timeout: 90_000 }, async () => {
  await using ward = await atWork('wayland', 'off');
  const { station, desktop, face, outcomes, locks } = ward;
  desktop.run('swaylock');
  await until('the other', () => desktop.process('swaylock') !== null, desktop);
  await sleep(justOpened);
  await tap(station, face, 'Sam', 'idle');
  await until('the ledger', () => locks().length > 2, desktop, 15_000);
  assert.deepEqual([shownVt(), locks().at(-1)], ['tty7', { why: 'tapOut', confirmed: false }]);
  // Only hers would not lock, so she may try; while the station asks for the lock again, it does not.
  const tried = (): string | undefined =>
    outcomes()
      .slice(1)
      .find((result) => result === 'opened' || result === 'unconfirmed');
  for (let tries = 0; tried() === undefined; tries++) {
    assert.ok(tries < 10, 'her tap is never tried');
    await sleep(apart);
    await face.until('a screen to tap at', (v) => v.screen.kind === 'idle');
    await tap(station, face, 'Sam', 'pin');
    face.type('184629');
    await face.until('an answer', (v) => v.screen.kind !== 'pin');
    for (let i = 0; i < 100 && tried() === undefined; i++) await sleep(30);
  }
  assert.equal(tried(), 'unconfirmed');
  assert.equal(shownVt(), 'tty7');
});
