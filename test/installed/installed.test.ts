/** The installed agent runs as its own account on the real logind, polkit and pcscd: badges open, switch and lock real sessions, and when it dies all of them are locked. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEntries } from '../../agent/ledger/reading.ts';
import { need } from '../needs.ts';
import { people, shownVt } from '../session/logind/stand.ts';
import { enrol, enterPin, open, sessions, tap } from './hands.ts';
import { startInstalled } from './station.ts';

const skip = need('linux', 'root', 'logind', 'vts', 'polkit', 'systemd', 'pcscd', 'compiler', 'namespaces');
test('installed: two people’s sessions by taps, as an account of its own; killed, all is locked; stopped, it says so', { skip }, async () => {
  await using station = await startInstalled({ takeOver: 'switch' });
  const { seat, state, run, told } = station;
  await seat.activate(await seat.enter('greeter', { vt: 7, of: 'greeter' }));
  const agent = await station.start();
  const status = readFileSync(`/proc/${agent.pid}/status`, 'utf8');
  assert.match(status, new RegExp(`^Uid:\\s+${people['tapward']}\\s`, 'm'));
  assert.match(status, /^Seccomp:\s+2$/m, 'under the unit’s filter');
  // As the unit's UMask=0077 would have them, and still others reach the doors that are theirs.
  assert.deepEqual(
    ['pam.sock', 'face.sock', 'step-up', 'step-up/step-up.sock', 'locker', 'helper'].map((name) => (statSync(join(run, name)).mode & 0o777).toString(8)),
    ['600', '666', '755', '666', '755', '755'],
  );
  await enrol(station, 'Sam');
  await enrol(station, 'Ana');
  const face = await station.face();
  await sleep(1_100);
  await tap(station, face, 'Sam', 'pin');
  await enterPin(station, face, 'Sam', true);
  assert.equal(shownVt(), 'tty5');
  await tap(station, face, 'Ana', 'pin');
  await enterPin(station, face, 'Ana', true);
  assert.deepEqual([shownVt(), await open(station)], ['tty6', ['ana']]);
  // And back, to the session that is there; the same badge counts again after a second.
  await sleep(1_100);
  await tap(station, face, 'Sam', 'pin');
  await enterPin(station, face, 'Sam', false);
  assert.deepEqual([shownVt(), await open(station)], ['tty5', ['sam']]);

  // Killed over open work: nothing of the agent is left, and what systemd runs then locks.
  agent.child.kill('SIGKILL');
  await agent.ended;
  assert.deepEqual(await open(station), ['sam']);
  assert.deepEqual(await station.lockAll(), { code: 0, signal: null }, station.said());
  assert.deepEqual(await open(station), []);
  face.close();

  // Started over work that is open, past it: it locks first.
  const [id] = (await sessions(station)).filter((s) => s.account === 'sam').map((s) => s.id);
  await seat.hint(id ?? '', false);
  const again = await station.start();
  for (const end = performance.now() + 5_000; (await open(station)).length > 0; ) assert.ok(performance.now() < end);
  assert.ok(told.includes('WATCHDOG=1') || (await sleep(700), told.includes('WATCHDOG=1')));

  assert.doesNotMatch(readFileSync(join(state, 'agent.log'), 'utf8'), /sleep cannot be held|AccessDenied|InteractiveAuthorizationRequired/);
  again.child.kill('SIGTERM');
  assert.deepEqual(await again.ended, { code: 0, signal: null }, station.said());
  assert.equal(told.at(-1), 'STOPPING=1');
  const entries = readEntries(join(state, 'ledger')).map(({ entry }) => entry);
  assert.deepEqual(
    entries.filter((e) => e.kind === 'outcome').map((e) => e.kind === 'outcome' && e.result),
    ['opened', 'opened', 'opened'],
  );
  assert.ok(entries.at(-1)?.kind === 'stopped');
});

test('installed: a kiosk’s door for its helper, a screen of its own, and a sentence where a setting cannot be had', { skip }, async () => {
  await using station = await startInstalled({});
  const { settle, run, state } = station;
  settle({ sessions: 'kiosk', kioskAccount: 'no-such-account' });
  assert.equal((await station.tryStart()).code, 1);
  assert.match(station.said(), /^The kiosk’s account is not one of this computer’s: set "kioskAccount"/m);
  settle({ sessions: 'kiosk', kioskAccount: 'nobody' });
  const kiosk = await station.start();
  assert.ok(statSync(join(run, 'helper.sock')).isSocket());
  assert.notEqual((await station.tryStart()).code, 0, 'one at a time');
  kiosk.child.kill('SIGTERM');
  assert.deepEqual(await kiosk.ended, { code: 0, signal: null }, station.said());
  settle({ sessions: 'none', typo: true });
  const alone = await station.start();
  alone.child.kill('SIGTERM');
  assert.deepEqual(await alone.ended, { code: 0, signal: null }, station.said());
  assert.match(readFileSync(join(state, 'agent.log'), 'utf8'), /TW1401 1 fault; the last policy that held goes on\n\S+ TW1401 line 1: "typo" is not a setting/);
});
