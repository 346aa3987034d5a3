/** A Debian started by its own systemd comes in; that the package's units start there under their real sandbox, come back when the agent hangs, and go on over refused and good upgrades, is tested. Nightly (build/installed-debian.sh). */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from '../needs.ts';
import { boot } from './boot.ts';
import { stagePackages } from './packages.ts';

const skip = need('linux', 'root', 'dpkg', 'compiler', 'pamStack', 'bareDebian');

test('systemd starts the station, starts it again when it hangs, and keeps it over upgrades', { skip }, async (t) => {
  await using stack = new AsyncDisposableStack();
  const packages = stack.use(await stagePackages());
  const { must, exec, path } = stack.use(await boot(process.env['TAPWARD_ROOT'] ?? ''));
  const put = async (version: string): Promise<string> => {
    const deb = await packages.deb(version);
    copyFileSync(deb, join(path, 'srv', basename(deb)));
    return `/srv/${basename(deb)}`;
  };
  const show = async (property: string): Promise<string> => (await must('systemctl', 'show', '--value', '-p', property, 'tapward.service')).trim();
  const file = (of: string): string => `${statSync(join(path, of)).dev}:${statSync(join(path, of)).ino}`;
  const runs = '/usr/lib/tapward/tapward';
  const running = async (): Promise<string> => file(`/proc/${await show('MainPID')}/exe`);

  await t.test('installed it runs, as its own account in the sandbox of its unit, with the key that systemd passes', async () => {
    await must('dpkg', '--install', await put('0.0.9'));
    assert.deepEqual([await show('ActiveState'), await show('NRestarts')], ['active', '0']);
    const pid = await show('MainPID');
    const uid = (await must('id', '-u', 'tapward')).trim();
    const status = await must('cat', `/proc/${pid}/status`);
    for (const line of [`Uid:\t${uid}\t${uid}\t${uid}\t${uid}`, 'NoNewPrivs:\t1', 'Seccomp:\t2', 'CapEff:\t0000000000000000', 'CapBnd:\t0000000000000000'])
      assert.ok(status.includes(`${line}\n`), line);
    for (const space of ['mnt', 'net']) assert.notEqual(await must('readlink', `/proc/${pid}/ns/${space}`), await must('readlink', `/proc/1/ns/${space}`), space);
    assert.match((await exec('nsenter', '--target', pid, '--mount', 'touch', '/usr/written')).err, /Read-only file system/);
    assert.match(await must('tapward', 'status'), /^health +ok$[^]*^PC\/SC +answers$/m);
    // Whatever else it lacks: a badge reader is all that is bad here.
    const { out } = await exec('tapward', 'doctor');
    assert.deepEqual(out.match(/^bad .*$/gm), ['bad   No badge reader is connected.'], out);
    assert.match(await must('systemd-analyze', 'security', '--no-pager', 'tapward.service'), /Overall exposure level for tapward\.service: 0\.\d SAFE/);
  });

  await t.test('who wants the start key has it, as the README says', async () => {
    await must('systemctl', 'stop', 'tapward.service');
    await exec('tapward', 'setup', '--new-identity', '--unattended', '--start-key-out', '/srv/start-key');
    await must('systemctl', 'start', 'tapward.service');
    assert.equal(statSync(join(path, 'srv/start-key')).size, 44);
    assert.match(await must('tapward', 'status'), /^health +ok$/m);
  });

  await t.test('hung, it is ended by the watchdog, its sessions are locked, and it runs again', async () => {
    assert.equal(await show('ActiveState'), 'active');
    await must('systemctl', 'kill', '--kill-whom=main', '--signal=STOP', 'tapward.service');
    for (const end = performance.now() + 60_000; (await show('NRestarts')) === '0' || (await show('ActiveState')) !== 'active'; await sleep(200))
      assert.ok(performance.now() < end, 'nobody ended it');
    assert.match(await must('journalctl', '--no-pager', '-u', 'tapward.service'), /Watchdog timeout/);
    assert.match(await must('tapward', 'status'), /^health +ok$/m);
  });

  await t.test('a refused upgrade leaves it running, itself and from its next start; mended it takes over', async () => {
    const [old, pid] = [file(runs), await show('MainPID')];
    await must('mv', '/var/lib/tapward/machine.cred', '/srv/machine.cred');
    assert.match((await exec('dpkg', '--install', await put('0.1.0'))).err, /no machine key[^]*the version of before runs on/);
    await must('mv', '/srv/machine.cred', '/var/lib/tapward/machine.cred');
    assert.deepEqual([await show('MainPID'), await show('ActiveState')], [pid, 'active']);
    await must('systemctl', 'daemon-reload');
    await must('systemctl', 'restart', 'tapward.service');
    assert.equal(await running(), old);
    await must('dpkg', '--configure', '-a');
    assert.notEqual(await running(), old);
    assert.equal(await running(), file(runs));
    assert.match(await must('tapward', 'status'), /^health +ok$/m);
  });

  await t.test('purged, nothing of it runs or stays', async () => {
    await must('dpkg', '--purge', 'tapward-noface');
    assert.deepEqual([await show('LoadState'), await show('ActiveState')], ['not-found', 'inactive']);
    for (const one of ['usr/lib/tapward', 'usr/lib/tapward-packaged', 'etc/tapward', 'var/lib/tapward', 'etc/pam.d/tapward', 'run/tapward'])
      assert.equal(existsSync(join(path, one)), false, one);
  });
});
