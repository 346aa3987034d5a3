/** The unit that ships comes in; systemd's own review of it goes out, and what it must say for the agent to die safely. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { credentialName, systemdKeyHolder } from '../../../native/keys/systemd-key.ts';
import { need } from '../../needs.ts';

const folder = join(import.meta.dirname, '../../../build/linux');
const unit = readFileSync(join(folder, 'tapward.service'), 'utf8');
const skip = need('linux', 'systemd');

test('systemd finds little to say against the unit: an exposure below 1.0 of 10', { skip }, () => {
  const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', join(folder, 'tapward.service')], { encoding: 'utf8' });
  const score = Number(/Overall exposure level for tapward\.service: ([\d.]+)/.exec(said)?.[1]);
  assert.ok(score < 1, `exposure ${score}`);
});

test('it locks when it dies, is ended when it hangs, and has its key from systemd', () => {
  for (const line of [
    /^ExecStopPost=\/usr\/lib\/tapward\/tapward run lock-all$/m,
    /^ExecStart=\/usr\/lib\/tapward\/tapward run agent$/m,
    /^WatchdogSec=\d+$/m,
    /^Restart=always$/m,
    /^User=tapward$/m,
  ])
    assert.match(unit, line);
  assert.ok(unit.includes(`LoadCredentialEncrypted=${credentialName}:/var/lib/tapward/machine.cred`));
});

test('the key’s unit makes a key that the agent’s holder reads, and not twice', { skip: need('linux', 'systemdCreds') }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-key-'));
  try {
    const key = readFileSync(join(folder, 'tapward-key.service'), 'utf8');
    const command = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(key)?.[1] ?? '';
    assert.ok(command.includes('/var/lib/tapward/machine.cred'));
    execFileSync('sh', ['-c', command.replaceAll('/var/lib/tapward', dir)], { stdio: ['ignore', 'ignore', 'pipe'] });
    const held = systemdKeyHolder(dir, {}).load();
    assert.ok(held.kind === 'held' && held.key.length === 32 && held.key.some((byte) => byte !== 0));
    for (const name of ['machine.cred', 'store.db']) assert.ok(key.includes(`ConditionPathExists=!/var/lib/tapward/${name}`), name);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('systemd takes the account and the folders', { skip }, () => {
  const dry = execFileSync('systemd-sysusers', ['--dry-run', join(folder, 'sysusers.conf')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  assert.ok(dry !== null);
  assert.match(readFileSync(join(folder, 'tmpfiles.conf'), 'utf8'), /^d \/var\/lib\/tapward 0700 tapward tapward -$/m);
});
