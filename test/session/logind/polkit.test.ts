/** The polkit rules that ship come in, real polkitd and logind on a bus with Debian's own rules judge by them: what the agent's account may do, what it may not, and that nobody else gains by them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { need } from '../../needs.ts';
import { people, type SeatStand, startSeat } from './stand.ts';

const skip = need('linux', 'root', 'logind', 'vts', 'polkit');
const shipped = (name: string): string => readFileSync(join(import.meta.dirname, '../../../build/linux', name), 'utf8');

function asAccount(seat: SeatStand, account: string, ...sessions: readonly string[]): unknown {
  const own = ['--reuid', String(people[account]), '--regid', '65534', '--clear-groups', '--no-new-privs'];
  return JSON.parse(execFileSync('setpriv', [...own, process.execPath, join(import.meta.dirname, 'account.ts'), seat.address, ...sessions], { encoding: 'utf8' }));
}
const refused = 'InteractiveAuthorizationRequired';
/** Asked for something no rule speaks of, polkit's own default is no or a password. */
const others = { lock: refused, unlock: refused, activate: refused, switchTo: refused, terminate: refused, 'anything else': refused };

test('the agent’s account locks, unlocks and shows sessions, and ends none; nobody else gains anything', { skip }, async () => {
  await using seat = await startSeat({ '50-tapward.rules': shipped('50-tapward.rules') });
  await seat.polkit();
  const [one, two] = [await seat.enter('sam', { vt: 5 }), await seat.enter('ana', { vt: 6 })];
  assert.deepEqual(asAccount(seat, 'tapward', one, two), { ...others, lock: true, unlock: true, activate: true, switchTo: true });
  assert.deepEqual(asAccount(seat, 'mallory', one, two), others);
});

test('with the rule for it, and only then, it ends sessions as well', { skip }, async () => {
  await using seat = await startSeat(Object.fromEntries(['50-tapward.rules', '51-tapward-end.rules'].map((name) => [name, shipped(name)])));
  await seat.polkit();
  const [one, two] = [await seat.enter('sam', { vt: 5 }), await seat.enter('ana', { vt: 6 })];
  assert.deepEqual(asAccount(seat, 'mallory', one, two), others);
  assert.deepEqual(asAccount(seat, 'tapward', one, two), { ...others, lock: true, unlock: true, activate: true, switchTo: true, terminate: true });
});
