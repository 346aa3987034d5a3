/** A computer comes in; a station that is set up once goes out, its start key with whoever is to keep it, and what the doctor says beside it. */
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEntries } from '../../agent/ledger/reading.ts';
import { need } from '../needs.ts';
import { fingerprints } from '../store/place.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { boardOf, computer, folder, machineOf, reportOf, type Said, unattended } from './computer.ts';

const skip = need('linux', 'root', 'systemdCreds', 'namespaces', 'systemd');
/** Without the key that opening the ledger seals anew. */
const standing = (state: string): object => ({ ...fingerprints(state), 'ledger/evolving.key': null });
const wrong = ({ code, err }: Said, why: RegExp): void => assert.deepEqual([code, why.test(err)], [2, true], err);

test('set up once, with a reader there: exit 0, the start key in a file of its own, everything its account’s; again, nothing changes', {
  skip: skip || need('pcscd', 'compiler'),
}, async (t) => {
  await using stand = await startStand({ readers: [1] });
  const dir = folder(t);
  const { state, tapward, agent } = computer(dir, { machine: machineOf(1), board: boardOf(1), env: stand.env });
  mkdirSync(state, { mode: 0o700 });
  chownSync(state, 4_321, 4_321);
  const key = join(dir, 'start.key');
  writeFileSync(key, 'mine');
  const refused = tapward([...unattended, '--start-key-out', key]);
  assert.deepEqual([refused.code, /is there already/.test(refused.out), readdirSync(state), readFileSync(key, 'utf8')], [1, true, [], 'mine']);

  const file = join(dir, 'kept.key');
  const first = tapward([...unattended, '--start-key-out', file]);
  const { made, identity, startKey, doctor } = reportOf(first);
  assert.equal(first.code, 0, JSON.stringify(doctor.findings.filter(({ grade }) => grade === 'bad')));
  assert.deepEqual([made, startKey], [['key', 'store', 'ledger'], { kind: 'written', file }]);
  assert.match(identity, /^[0-9a-f]{16}$/);
  const grades = new Map(doctor.findings.map(({ id, grade }) => [id, grade]));
  assert.deepEqual(
    ['readers', 'permissions', 'store', 'machine', 'ledger'].map((id) => grades.get(id)),
    ['ok', 'ok', 'ok', 'ok', 'ok'],
  );
  const owners = readdirSync(state, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(state, name)).uid);
  assert.deepEqual([...new Set(owners)], [4_321]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(tapward(['ledger', 'verify', '--key', file]).out, /Every MAC was proved with the start key/);
  assert.deepEqual(
    readEntries(join(state, 'ledger')).map(({ entry }) => entry),
    [{ kind: 'setUp', by: 'root', startKey: 'given' }],
  );

  const before = standing(state);
  const again = tapward([...unattended, '--start-key-out', join(dir, 'second.key')]);
  assert.deepEqual([again.code, reportOf(again).made, reportOf(again).identity, reportOf(again).startKey], [0, [], identity, { kind: 'before' }]);
  assert.deepEqual([standing(state), existsSync(join(dir, 'second.key'))], [before, false]);
  {
    await using running = await agent();
    assert.deepEqual(running.status.health, { kind: 'ok' });
    const beside = tapward(unattended);
    assert.deepEqual([beside.code, reportOf(beside).running], [0, true]);
    assert.match(tapward([...unattended, '--new-identity']).out, /Stop the agent first: systemctl stop tapward/);
  }
});

test('at a terminal the start key is shown once; unattended, and with no file named, to nobody', { skip }, (t) => {
  const shown = computer(folder(t), { machine: machineOf(2), board: boardOf(2) });
  const { out, err } = shown.tapward(['setup']);
  const key = /^Start key of the ledger: ([\w-]{43})$/m.exec(out)?.[1] ?? assert.fail(out);
  assert.match(err, /^Sealing a machine key/);
  assert.match(shown.tapward(['ledger', 'verify', '--key', '-'], `${key}\n`).out, /Every MAC was proved/);
  const quiet = computer(folder(t), { machine: machineOf(2), board: boardOf(2) });
  const report = quiet.tapward(unattended);
  assert.deepEqual([report.code, reportOf(report).startKey], [1, { kind: 'notKept' }], 'no PC/SC service: bad');
  assert.deepEqual(reportOf(report).doctor.findings.find(({ id }) => id === 'pcsc')?.mend, 'Start it (Debian: systemctl enable --now pcscd.socket).');
  for (const [words, why] of [
    [['--prepare-image', '--same-station'], /Say one of/],
    [['--forget-people'], /goes with/],
    [['--same-station', '--start-key-out', 'x'], /does not go with/],
  ] as const)
    wrong(quiet.tapward(['setup', ...words]), why);
});
