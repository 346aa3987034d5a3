/** A station that is copied, moved or prepared as an image comes in; refused where it is a copy, it is made anew or kept on IT’s word. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEntries } from '../../agent/ledger/reading.ts';
import { need } from '../needs.ts';
import { fingerprints } from '../store/place.ts';
import { addSomebody, boardOf, computer, diskOf, folder, machineOf, reportOf, unattended } from './computer.ts';

const skip = need('linux', 'root', 'systemdCreds', 'namespaces', 'systemd');

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
  }
  const changed = Object.entries(fingerprints(copy.state))
    .filter(([name, hash]) => before[name] !== hash)
    .map(([name]) => name);
  assert.deepEqual(
    changed.filter((name) => /^(store|ledger|machine|counter)/.test(name)),
    [],
    'a copy writes nothing that the first station could have written',
  );
  const doctor = copy.tapward(['doctor']);
  assert.deepEqual([doctor.code, /^bad +The station was set up on another computer/m.test(doctor.out)], [1, true]);
  assert.match(copy.tapward(addSomebody, 'Sam\nB\n').out, /set up on other hardware/, 'nor by a command without an agent');
  assert.match(copy.tapward(unattended).out, /"refused".*--new-identity/);

  assert.match(copy.tapward([...unattended, '--new-identity']).out, /1 person is enrolled here: say --forget-people/);
  assert.deepEqual(fingerprints(copy.state)['store.db'], before['store.db']);
  const anew = reportOf(copy.tapward([...unattended, '--new-identity', '--forget-people']));
  assert.deepEqual([anew.made, anew.people, anew.identity === identity], [['key', 'store', 'ledger'], 0, false]);
  {
    await using running = await copy.agent();
    assert.deepEqual(running.status.health, { kind: 'ok' });
  }
  assert.equal(reportOf(a.tapward(unattended)).identity, identity);
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
    // Whose ledger's start key nobody was given: as long as nobody is enrolled, it begins another.
    const file = join(one.place, 'start.key');
    const { identity: its, startKey } = reportOf(one.tapward([...unattended, '--new-identity', '--start-key-out', file]));
    assert.deepEqual(startKey, { kind: 'written', file });
    assert.match(one.tapward(['ledger', 'verify', '--key', file]).out, /Every MAC was proved with the start key/);
    identities.push(its);
  }
  assert.equal(new Set(identities).size, 5);
});
