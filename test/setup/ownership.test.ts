/** Commands of root's in the folder of the agent's account come in; everything the agent needs there is its account's afterwards, and nothing of root's elsewhere is. */
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { need } from '../needs.ts';
import { boardOf, computer, folder, machineOf, unattended } from './computer.ts';

const skip = need('linux', 'root', 'systemdCreds', 'namespaces', 'systemd');
const account = 4_321;
const ownersIn = (dir: string): readonly number[] => [...new Set(readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(dir, name)).uid))];

test('a set-up that ended at its key, and then any command: what that one makes is the agent’s', { skip }, (t) => {
  const { state, tapward } = computer(folder(t), { machine: machineOf(1), board: boardOf(1) });
  mkdirSync(state, { mode: 0o700 });
  chownSync(state, account, account);
  tapward(unattended);
  for (const name of ['store.db', 'ledger']) rmSync(join(state, name), { recursive: true });
  rmSync(join(state, 'counter'), { force: true });
  const people = tapward(['people']);
  assert.equal(people.code, 0, people.out + people.err);
  assert.ok(readdirSync(state).includes('store.db'));
  assert.deepEqual(ownersIn(state), [account]);
});

test('a link that the agent’s account laid there gives it nothing of root’s, neither a file nor a folder', { skip }, (t) => {
  const place = folder(t);
  const { state, tapward } = computer(place, { machine: machineOf(1), board: boardOf(1) });
  mkdirSync(state, { mode: 0o700 });
  chownSync(state, account, account);
  const roots = join(place, 'roots');
  mkdirSync(roots);
  writeFileSync(join(roots, 'shadow'), 'root’s');
  symlinkSync(join(roots, 'shadow'), join(state, 'file'));
  symlinkSync(roots, join(state, 'folder'));
  tapward(unattended);
  tapward(['people']);
  assert.deepEqual([statSync(roots).uid, statSync(join(roots, 'shadow')).uid, statSync(join(state, 'store.db')).uid], [0, 0, account]);
});
