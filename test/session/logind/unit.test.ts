/** The unit that ships comes in; systemd's own review of it goes out, and what it must say for the agent to die safely. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { credentialName } from '../../../native/keys/systemd-key.ts';
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
  for (const line of [/^ExecStopPost=.*agent\/lock-all\/main\.ts$/m, /^WatchdogSec=\d+$/m, /^Restart=always$/m, /^User=tapward$/m]) assert.match(unit, line);
  assert.ok(unit.includes(`LoadCredentialEncrypted=${credentialName}:/var/lib/tapward/machine.cred`));
  for (const [, path] of unit.matchAll(/\/usr\/lib\/tapward\/(agent\/\S+)/g)) assert.ok(existsSync(join(folder, '../..', path ?? '')), path);
});

test('systemd takes the account and the folders', { skip }, () => {
  const dry = execFileSync('systemd-sysusers', ['--dry-run', join(folder, 'sysusers.conf')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  assert.ok(dry !== null);
  assert.match(readFileSync(join(folder, 'tmpfiles.conf'), 'utf8'), /^d \/var\/lib\/tapward 0700 tapward tapward -$/m);
});
