/** A computer comes in, alone, copied, moved or prepared as an image; a station that is set up once, refused where it is a copy, and made anew or kept on IT's word goes out. */
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEntries } from '../../agent/ledger/reading.ts';
import { need } from '../needs.ts';
import { fingerprints } from '../store/place.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { boardOf, computer, diskOf, folder, machineOf, type Said } from './computer.ts';

const skip = need('linux', 'root', 'systemdCreds', 'namespaces', 'systemd');
type Report = {
  readonly kind: string; readonly made: readonly string[]; readonly running: boolean; readonly identity: string; readonly people: number; readonly startKey: { readonly kind: string; readonly file?: string; readonly key?: string };
  readonly doctor: { readonly findings: readonly { readonly id: string; readonly grade: string; readonly what: string; readonly mend: string | null }[] };
};
const reportOf = (said: Said): Report => {
  assert.match(said.out, /^\{/, said.err);
  return JSON.parse(said.out) as Report;
};
/** Without the key that opening the ledger seals anew. */
const standing = (state: string): object => ({ ...fingerprints(state), 'ledger/evolving.key': null });
const unattended = ['setup', '--unattended', '--json'];
const addSomebody = ['people', 'add', '--number', '471100', '--pin-stdin', '--json'];

test('set up once, with a reader there: exit 0, the start key in a file of its own, everything its account’s; again, nothing changes', { skip: skip || need('pcscd', 'compiler') }, async (t) => {
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
  assert.deepEqual(['readers', 'permissions', 'store', 'machine', 'ledger'].map((id) => grades.get(id)), ['ok', 'ok', 'ok', 'ok', 'ok']);
  const owners = readdirSync(state, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(state, name)).uid);
  assert.deepEqual([...new Set(owners)], [4_321]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(tapward(['ledger', 'verify', '--key', file]).out, /Every MAC was proved with the start key/);
  assert.deepEqual(readEntries(join(state, 'ledger')).map(({ entry }) => entry), [{ kind: 'setUp', by: 'root', startKey: 'given' }]);

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
  assert.doesNotMatch(shown.tapward(['setup']).out, /Start key of the ledger/);
  const quiet = computer(folder(t), { machine: machineOf(2), board: boardOf(2) });
  const report = quiet.tapward(unattended);
  assert.deepEqual([report.code, reportOf(report).startKey], [1, { kind: 'notKept' }], 'no PC/SC service: bad');
  assert.deepEqual(reportOf(report).doctor.findings.find(({ id }) => id === 'pcsc')?.mend, 'Start it (Debian: systemctl enable --now pcscd.socket).');
  for (const [words, why] of [[['--prepare-image', '--same-station'], /Say one of/], [['--forget-people'], /goes with/], [['--same-station', '--start-key-out', 'x'], /does not go with/]] as const)
    assert.deepEqual([quiet.tapward(['setup', ...words]).code, why.test(quiet.tapward(['setup', ...words]).err)], [2, true], words.join(' '));
});

test('a copy of the disk in another computer opens nobody until IT says what it is; the first one goes on', { skip }, async (t) => {
  const [a, b] = [computer(folder(t), { machine: machineOf(3), board: boardOf(3) }), folder(t)];
  const { identity } = reportOf(a.tapward(unattended));
  assert.match(a.tapward(addSomebody, 'Ana\nB\n').out, /"done"/);
  const copy = diskOf(a, b, boardOf(4));
  const before = fingerprints(copy.state);
  {
    await using running = await copy.agent();
    const { health } = running.status;
    assert.ok(health.kind === 'degraded' && health.cause === 'cloned', JSON.stringify(health));
    assert.match(copy.log(), /TW1004 The station was set up on other hardware: if this disk is a copy, run `tapward setup --new-identity`/);
    const status = copy.tapward(['status']);
    assert.deepEqual([status.code, /^mend +The station was set up on other hardware/m.test(status.out)], [1, true], status.out);
    assert.match(copy.tapward(addSomebody, 'Sam\nB\n').out, /degraded/);
  }
  const changed = Object.entries(fingerprints(copy.state)).filter(([name, hash]) => before[name] !== hash).map(([name]) => name);
  assert.deepEqual(changed.filter((name) => /^(store|ledger|machine|counter)/.test(name)), [], 'a copy writes nothing that the first station could have written');
  const doctor = copy.tapward(['doctor']);
  assert.deepEqual([doctor.code, /^bad +The station was set up on another computer/m.test(doctor.out)], [1, true]);
  assert.match(copy.tapward(addSomebody, 'Sam\nB\n').out, /set up on other hardware/, 'nor by a command without an agent');
  assert.match(copy.tapward(unattended).out, /"refused".*--new-identity/);

  assert.match(copy.tapward([...unattended, '--new-identity']).out, /1 person is enrolled here: say --forget-people/);
  assert.deepEqual(fingerprints(copy.state)['store.db'], before['store.db']);
  const anew = reportOf(copy.tapward([...unattended, '--new-identity', '--forget-people']));
  assert.deepEqual([anew.made, anew.people, anew.identity === identity], [['key', 'store', 'ledger'], 0, false]);
  for (const [one, its] of [[copy, anew.identity], [a, identity]] as const) {
    await using running = await one.agent();
    assert.deepEqual(running.status.health, { kind: 'ok' });
    await running[Symbol.asyncDispose]();
    assert.equal(reportOf(one.tapward(unattended)).identity, its);
  }
});

test('a new mainboard: refused, kept on IT’s word with everybody, and the ledger says so; another system without its key is told what to do', { skip }, async (t) => {
  const a = computer(folder(t), { machine: machineOf(5), board: boardOf(5) });
  const { identity } = reportOf(a.tapward(unattended));
  a.tapward(addSomebody, 'Ana\nB\n');
  a.is({ board: boardOf(6) });
  assert.match(a.tapward(unattended).out, /"refused"/);
  assert.match(a.tapward(['setup', '--same-station']).err, /Nothing was changed/, 'nobody at a terminal agreed');
  const kept = a.tapward([...unattended, '--same-station']);
  assert.match(kept.out, /"changed":true/);
  assert.deepEqual(readEntries(join(a.state, 'ledger')).at(-1)?.entry, { kind: 'sameStation', actor: 'root' });
  const now = reportOf(a.tapward(unattended));
  assert.deepEqual([now.identity, now.people], [identity, 1]);
  {
    await using running = await a.agent();
    assert.deepEqual(running.status.health, { kind: 'ok' });
  }
  assert.match(a.tapward([...unattended, '--same-station']).out, /"changed":false/);
  // systemd itself throws away a host secret of another machine id: the key does not open any more.
  a.is({ machine: machineOf(6) });
  assert.match(a.tapward(unattended).out, /"refused".*cannot be decrypted.*--new-identity/);
  assert.match(a.tapward([...unattended, '--new-identity']).out, /The store does not open, so people may be enrolled here/);
  assert.equal(reportOf(a.tapward([...unattended, '--new-identity', '--forget-people'])).people, 0);
});

test('an image: refused with people in it, then nothing of the station is left, and each copy makes its own at its first start', { skip }, async (t) => {
  const master = computer(folder(t), { machine: machineOf(7), board: boardOf(7) });
  const { identity } = reportOf(master.tapward(unattended));
  master.tapward(addSomebody, 'Ana\nB\n');
  writeFileSync(join(master.state, 'policy.json'), '{"sessions":"none"}');
  assert.match(master.tapward([...unattended, '--prepare-image']).out, /1 person is enrolled here/);
  assert.match(master.tapward(['setup', '--prepare-image', '--forget-people']).err, /Nothing was forgotten/, 'nobody at a terminal agreed');
  assert.equal(reportOf(master.tapward(unattended)).people, 1);
  const prepared = master.tapward(['setup', '--prepare-image', '--forget-people', '--unattended']);
  assert.equal(prepared.code, 0, prepared.err);
  assert.match(prepared.out, /truncate -s 0 \/etc\/machine-id/);
  assert.deepEqual(readdirSync(master.state), ['policy.json']);
  assert.equal(master.tapward(['setup', '--prepare-image', '--unattended']).code, 0, 'again: nothing to forget');
  const identities = [identity];
  for (const n of [8, 9]) {
    const one = diskOf(master, folder(t), boardOf(n));
    one.is({ machine: machineOf(n) });
    {
      await using running = await one.agent();
      assert.deepEqual(running.status.health, { kind: 'ok' });
    }
    assert.match(one.log(), /TW1005 .*start key/);
    identities.push(reportOf(one.tapward(unattended)).identity);
  }
  assert.equal(new Set(identities).size, 3);
});
