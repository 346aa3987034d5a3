/** The agent’s end comes in as its unit knows it (ExecStopPost), with "endUnlocked" on, on the real logind: every session is asked twice before one is ended, and none whose lock cannot be seen. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { need } from '../needs.ts';
import { shownVt } from '../session/logind/stand.ts';
import { open, sessions } from './hands.ts';
import { type InstalledStation, startInstalled } from './station.ts';

const skip = need('linux', 'root', 'logind', 'vts', 'polkit', 'systemd', 'pcscd', 'namespaces');
let station: InstalledStation;
before(async () => {
  if (skip === false) station = await startInstalled({ endUnlocked: 'on' }, ['50-tapward.rules', '51-tapward-end.rules']);
});
after(() => (skip === false ? station[Symbol.asyncDispose]() : undefined));
afterEach(() => (skip === false ? station.seat.clear() : undefined));

/** Sam’s work is shown, and a greeter is where one is found. */
async function sam(how: 'deaf' | 'second' | 'obeys'): Promise<void> {
  await station.seat.enter('greeter', { vt: 7, of: 'greeter' });
  const id = await station.seat.enter('sam', { vt: 5, locker: how });
  await station.seat.activate(id);
}
const there = async (): Promise<readonly string[]> => (await sessions(station)).filter((s) => s.of === 'user' && !s.isClosing).map((s) => s.account);

test('the desktop confirms: locked at the second time of asking, nothing is ended', { skip }, async () => {
  await sam('second');
  assert.deepEqual(await station.lockAll(), { code: 0, signal: null });
  assert.deepEqual([await there(), await open(station)], [['sam'], []]);
});

test('the desktop confirms: twice unheard, the session is ended, as the site asked', { skip }, async () => {
  await sam('deaf');
  assert.deepEqual(await station.lockAll(), { code: 0, signal: null });
  assert.deepEqual(await there(), []);
});

// One that covers: lockers.test.ts.
test('a locking program confirms, and none can be seen: the greeter is shown, nothing is called locked and nothing ended', { skip }, async () => {
  station.settle({ sessions: 'logind', endUnlocked: 'on', locker: 'locker' });
  await sam('deaf');
  assert.deepEqual(await station.lockAll(), { code: 1, signal: null });
  assert.deepEqual([await there(), shownVt()], [['sam'], 'tty7']);
});
