/** The agent’s end comes in as its unit knows it (ExecStopPost), with "endUnlocked" on, on the real logind: every session is asked twice before one is ended, and none whose lock cannot be seen. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { need } from '../needs.ts';
import { people, shownVt } from '../session/logind/stand.ts';
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

/** As tapward-locker does: a process of that account knocks until somebody listens, and says that it covers. */
const covers = `
import os, socket, sys, time
os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
while True:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        s.connect(sys.argv[1]); s.sendall(b"TAPWARD 1 WATCH sam xsecurelock :0 - -\\nCOVERED\\n"); s.recv(1)
    except OSError: pass
    time.sleep(0.2)
`;

test('a locking program confirms: one that covers says so again, nothing is shown and nothing ended', { skip }, async () => {
  station.settle({ sessions: 'logind', endUnlocked: 'on', locker: 'locker' });
  await sam('deaf');
  const uid = String(people['sam']);
  const locker = spawn('/usr/bin/python3', ['-c', covers, join(station.run, 'locker', `${uid}.sock`), uid], { stdio: 'inherit' });
  const ended = once(locker, 'exit');
  try {
    assert.deepEqual(await station.lockAll(), { code: 0, signal: null });
    assert.deepEqual([await there(), shownVt()], [['sam'], 'tty5']);
    assert.doesNotMatch(station.said(), /TW1903/, 'a door that closes is no locker’s death');
  } finally {
    locker.kill('SIGKILL');
    await ended;
  }
});

test('a locking program confirms, and none can be seen: the greeter is shown, nothing is called locked and nothing ended', { skip }, async () => {
  station.settle({ sessions: 'logind', endUnlocked: 'on', locker: 'locker' });
  await sam('deaf');
  assert.deepEqual(await station.lockAll(), { code: 1, signal: null });
  assert.deepEqual([await there(), shownVt()], [['sam'], 'tty7']);
});
