/** The deb comes in: installed, its station opens by a tap on the real pcscd, logind and polkit, holds against an ordinary account, is upgraded with its people and refuses an older version; removed, everybody has her password; purged, nothing is left. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chownSync, copyFileSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { enterPin, open, tap, ward } from '../installed/hands.ts';
import type { Face } from '../installed/station.ts';
import { need } from '../needs.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { stagePackages } from './packages.ts';
import { openRoot, type Root } from './root.ts';
import { makeKey, type PackagedStation, people, startPackaged } from './station.ts';

const skip = need('linux', 'root', 'dpkg', 'history', 'logind', 'vts', 'polkit', 'systemd', 'systemdCreds', 'pcscd', 'compiler', 'namespaces');
const name = 'tapward-noface';
const pcsclite = 'usr/lib/x86_64-linux-gnu/libpcsclite.so.1';

/** As IT does at the station, with the badge held there. */
async function enrol({ root, stand }: PackagedStation, who: 'Sam' | 'Ana'): Promise<void> {
  const program = root.start(['/usr/bin/tapward', 'enrol', '--pin-stdin', '--account', ward[who].account]);
  let said = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  program.stdin.end(`${who}\nB\n184629\n`);
  const ended = once(program, 'close') as Promise<[number | null]>;
  for (const end = performance.now() + 10_000; !said.includes('Hold the badge'); await sleep(10)) assert.ok(performance.now() < end, said);
  stand.insert(1, virtualCard(ward[who].badge));
  const [code] = await ended;
  stand.remove(1);
  assert.equal(code, 0, said);
}

/** What her tap and PIN come to: her session, hers alone, open. */
async function signIn(station: PackagedStation, face: Face, who: 'Sam' | 'Ana', isNew: boolean): Promise<void> {
  await sleep(1_100);
  await tap(station, face, who, 'pin');
  await enterPin(station, face, who, isNew);
  assert.deepEqual(await open(station), [ward[who].account]);
}

const isInstalled = async (root: Root): Promise<string> => (await root.exec(['dpkg-query', '-W', '-f', '${db:Status-Status} ${Version}', name])).out;

test('installed, attacked, upgraded, removed, purged', { skip }, async (t) => {
  await using stack = new AsyncDisposableStack();
  const packages = stack.use(await stagePackages());
  const { version } = packages.staged;
  // The previous version is the last that wrote stores of version 2, and which knows of no later one.
  const [before, now] = [await packages.earlier('0.0.9', 2, t), await packages.deb(version)];
  const root = stack.use(await openRoot());
  const lightdm = join(root.path, 'etc/pam.d/lightdm');
  writeFileSync(lightdm, readFileSync(join(import.meta.dirname, 'pam.d/lightdm')), { mode: 0o644 });
  // The virtual reader's pcscd is this machine's, and a client of another version does not speak to it.
  if (process.env['TAPWARD_ROOT'] !== undefined) {
    rmSync(join(root.path, pcsclite));
    copyFileSync(`/${pcsclite}`, join(root.path, pcsclite));
  }
  const [pam, ...rest] = root.changed().filter((path) => !others.test(path));
  assert.deepEqual([pam, rest], [undefined, []], 'this root begins as this machine');
  const pamBefore = pamFiles(root);
  // Debian 13's pcscd asks polkit; the one of Debian 12 does not know its actions yet.
  const asked = join(root.path, 'usr/share/polkit-1/actions/org.debian.pcsc-lite.policy');
  if (!existsSync(asked)) copyFileSync(join(import.meta.dirname, 'org.debian.pcsc-lite.policy'), asked);

  await t.test('installed: files as the package says, an account of its own, started at boot', async () => {
    await root.must(['dpkg', '--install', before]);
    assert.equal(await isInstalled(root), 'installed 0.0.9');
    assert.equal(await root.must(['dpkg', '--verify', name]), '');
    assert.match(await root.must(['getent', 'passwd', 'tapward']), /^tapward:x:\d{2,3}:\d{2,3}:Tapward agent:\/var\/lib\/tapward:\/usr\/sbin\/nologin$/m);
    assert.match(await root.must(['stat', '-c', '%U %a', '/var/lib/tapward', '/run/tapward', '/etc/tapward/policy.json']), /^tapward 700\ntapward 755\nroot 644\n$/);
    assert.equal(await root.must(['systemctl', 'is-enabled', 'tapward.service']), 'enabled\n');
    assert.deepEqual(pamFiles(root), { ...pamBefore, tapward: readFileSync(join(import.meta.dirname, '../../build/linux/pam-tapward'), 'latin1') }, 'no service is told of it');
  });

  await makeKey(root);
  const station = stack.use(await startPackaged(root, { takeOver: 'switch' }));
  await station.seat.activate(await station.seat.enter('greeter', { vt: 7, of: 'greeter' }));
  let agent = await station.start();
  // Without one, open work locks after four seconds.
  let face = await station.face();
  const uid = Number((await root.must(['id', '-u', 'tapward'])).trim());

  /** As systemd does it when the package asks for a restart: end, lock what is left, start. */
  const restart = async (): Promise<void> => {
    agent.child.kill('SIGTERM');
    assert.equal((await agent.ended).code, 0, station.said());
    face.close();
    assert.equal((await station.lockAll()).code, 0, station.said());
    assert.deepEqual(await open(station), [], 'nobody’s work lies open over an upgrade');
    agent = await station.start();
    face = await station.face();
  };
  const runs = join(root.path, 'usr/lib/tapward/tapward');
  const fileOf = (path: string): string => `${statSync(path).dev}:${statSync(path).ino}`;
  const backups = (): readonly string[] => readdirSync(station.state).filter((one) => one.startsWith('backup-'));
  let listed = '';

  await t.test('where the store could not be taken over the version of before runs on: itself, its reader that hung, and from its next start', async () => {
    for (const who of ['Sam', 'Ana'] as const) await enrol(station, who);
    await signIn(station, face, 'Sam', true);
    listed = await root.must(['/usr/bin/tapward', 'people', '--json']);
    const old = fileOf(runs);
    await root.must(['mv', '/var/lib/tapward/machine.cred', '/etc/machine.cred']);
    const failed = await root.exec(['dpkg', '--install', now]);
    assert.notEqual(failed.code, 0);
    assert.match(failed.err, /no machine key[^]*the version of before runs on, also after a restart/);
    await root.must(['mv', '/etc/machine.cred', '/var/lib/tapward/machine.cred']);
    assert.equal((await isInstalled(root)).startsWith('half-configured'), true);
    assert.equal(fileOf(runs), old);
    assert.notEqual(fileOf(join(root.path, 'usr/lib/tapward-packaged/tapward')), old, 'the new one lies there, and nobody runs it');
    const reader = (): number => childrenOf(agent.pid).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('reader')) ?? 0;
    const hung = reader();
    process.kill(hung, 'SIGKILL');
    for (const end = performance.now() + 10_000; [0, hung].includes(reader()); await sleep(20)) assert.ok(performance.now() < end, 'no reader came');
    assert.equal(fileOf(`/proc/${reader()}/exe`), old);
    await restart();
    assert.equal(fileOf(`/proc/${agent.pid}/exe`), old);
    assert.deepEqual(backups(), [], 'its store is of version 2');
    assert.equal(await root.must(['/usr/bin/tapward', 'people', '--json']), listed);
    await signIn(station, face, 'Sam', false);
  });

  await t.test('upgraded from the store of version 2 with its people: the same badge and PIN open, the policy is the site’s, the ledger holds', async () => {
    station.settle({ sessions: 'logind', takeOver: 'switch', helpPhone: '9999' });
    const policy = readFileSync(join(root.path, 'etc/tapward/policy.json'), 'utf8');
    assert.match(await root.must(['dpkg', '--configure', '-a']), /from version 2 to \d+: 2 people, 2 badges, nothing lost/);
    assert.equal(await isInstalled(root), `installed ${version}`);
    assert.equal(await root.must(['dpkg', '--verify', name]), '');
    assert.equal(fileOf(runs), fileOf(join(root.path, 'usr/lib/tapward-packaged/tapward')));
    assert.equal((await root.must(['/usr/bin/tapward', '--version'])).trim(), version);
    await restart();
    assert.equal(fileOf(`/proc/${agent.pid}/exe`), fileOf(runs));
    assert.deepEqual(backups(), ['backup-2-1']);
    assert.equal(readFileSync(join(root.path, 'etc/tapward/policy.json'), 'utf8'), policy);
    assert.match(await root.must(['/usr/bin/tapward', 'pam', 'enable', 'lightdm']), /^lightdm: done\.$/m);
    const namesOf = (json: string): readonly string[] => [...json.matchAll(/"displayName":"[^"]*"|"name":"[^"]*"/g)].map(([one]) => one);
    assert.deepEqual(namesOf(await root.must(['/usr/bin/tapward', 'people', '--json'])), namesOf(listed));
    await signIn(station, face, 'Ana', true);
    assert.match(await root.must(['/usr/bin/tapward', 'ledger', 'verify']), /whole|holds|sound/i);
  });

  await t.test('a tap through the real pcscd opens the installed station, as its own account under its unit’s filter', async () => {
    const status = readFileSync(`/proc/${agent.pid}/status`, 'utf8');
    assert.match(status, new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid}$`, 'm'));
    assert.match(status, /^Seccomp:\s+2$/m);
    assert.match(status, /^CapEff:\s+0+$/m);
    await signIn(station, face, 'Sam', false);
    // Her desktop has started what is in /etc/xdg/autostart: the helper comes to her own door, and runs the site's hooks as her.
    const [home, uidOfSam] = [mkdtempSync(join(tmpdir(), 'tapward-home-')), people['sam'] ?? 0];
    for (const hook of ['lock', 'switch'])
      writeFileSync(join(root.path, 'etc/tapward/hooks.d', hook, '50-note'), '#!/bin/sh\nid -u >"$TAPWARD_CONTEXT_DIR/note"\n', { mode: 0o755 });
    chownSync(home, uidOfSam, uidOfSam);
    const [autostart] = /(?<=^Exec=).*$/m.exec(readFileSync(join(root.path, 'etc/xdg/autostart/tapward-helper.desktop'), 'utf8')) ?? [];
    const helper = root.start(['setpriv', '--reuid', String(uidOfSam), '--regid', String(uidOfSam), '--clear-groups', autostart ?? ''], {
      PATH: '/usr/bin:/bin',
      HOME: home,
      XDG_RUNTIME_DIR: home,
    });
    try {
      for (const end = performance.now() + 10_000; !/TW1801/.test(readFileSync(join(station.state, 'agent.log'), 'utf8')); await sleep(20))
        assert.ok(performance.now() < end, 'no helper came');
      await signIn(station, face, 'Ana', false);
      const contexts = join(home, '.local/state/tapward');
      const noted = (): readonly string[] =>
        existsSync(contexts)
          ? readdirSync(contexts)
              .flatMap((one) => (existsSync(join(contexts, one, 'note')) ? [readFileSync(join(contexts, one, 'note'), 'utf8').trim()] : []))
              .filter((one) => one !== '')
          : [];
      for (const end = performance.now() + 5_000; noted().length === 0; await sleep(20)) assert.ok(performance.now() < end, 'no hook ran');
      assert.deepEqual(noted(), [String(uidOfSam)]);
    } finally {
      // The script and what it keeps running.
      for (const pid of [helper.pid ?? 0, ...childrenOf(helper.pid ?? 0)]) process.kill(pid, 'SIGKILL');
      rmSync(home, { recursive: true, force: true });
    }
    assert.match(await root.must(['/usr/bin/tapward', 'status']), /open/i);
  });

  await t.test('the real polkitd allows its account the badges and the sessions, by the rules that were installed, and nobody else', async () => {
    const mayDo = async (action: string, account: string): Promise<boolean> => {
      const subject = root.start(['setpriv', '--reuid', account, '--clear-groups', 'sleep', '20']);
      try {
        // Until it is that account's.
        const own = (await root.must(['id', '-u', account])).trim();
        while (!readFileSync(`/proc/${subject.pid}/status`, 'utf8').includes(`Uid:\t${own}\t`)) await sleep(5);
        const { code, err } = await root.exec(['env', `DBUS_SYSTEM_BUS_ADDRESS=${station.seat.address}`, 'pkcheck', '--action-id', action, '--process', String(subject.pid)]);
        assert.ok(code === 0 || code === 1 || code === 2 || code === 3, err);
        assert.doesNotMatch(err, /not registered|not a registered/i);
        return code === 0;
      } finally {
        subject.kill('SIGKILL');
      }
    };
    for (const action of ['org.debian.pcsc-lite.access_pcsc', 'org.debian.pcsc-lite.access_card', 'org.freedesktop.login1.lock-sessions', 'org.freedesktop.login1.chvt'])
      assert.deepEqual([await mayDo(action, 'tapward'), await mayDo(action, 'games')], [true, false], action);
    assert.deepEqual([await mayDo('org.freedesktop.login1.manage', 'tapward'), await mayDo('org.freedesktop.login1.reboot', 'tapward')], [false, false]);
  });

  await t.test('an ordinary account gets at nothing of it', async () => {
    const said = await root.must([
      'setpriv',
      '--reuid',
      String(people['mallory']),
      '--regid',
      '65534',
      '--clear-groups',
      '--no-new-privs',
      '/usr/bin/python3',
      join(import.meta.dirname, 'attack.py'),
      String(agent.pid),
      String(people['sam']),
    ]);
    const tried = JSON.parse(said) as Record<string, string>;
    assert.deepEqual(tried, Object.fromEntries(Object.keys(tried).map((what) => [what, expected(what)])));
    assert.ok(Object.keys(tried).length >= 55, `${Object.keys(tried).length} tries`);
    for (const command of [['people'], ['ledger', 'show'], ['pam', 'enable', 'lightdm'], ['ledger', 'verify']]) {
      const { code, out } = await root.exec(['setpriv', '--reuid', String(people['mallory']), '--clear-groups', '/usr/bin/tapward', ...command]);
      assert.deepEqual([code, out], [3, ''], command.join(' '));
    }
    assert.equal(existsSync(`/proc/${agent.pid}`), true);
    assert.deepEqual(await open(station), ['ana'], 'and what was open stayed so');
  });

  await t.test('an older version is refused, and the newer one goes on', async () => {
    const { code, err } = await root.exec(['dpkg', '--install', before]);
    assert.notEqual(code, 0);
    assert.match(err, /0\.0\.9 is older than .* tapward roll-back/);
    assert.equal(await isInstalled(root), `installed ${version}`);
    assert.match(await root.must(['/usr/bin/tapward', 'status']), /./);
    face.close();
  });

  await t.test('removed: passwords alone, the people and the policy kept; purged: nothing is left', async () => {
    agent.child.kill('SIGTERM');
    await agent.ended;
    assert.doesNotMatch(readFileSync(join(station.state, 'agent.log'), 'utf8'), /184629|04a1b2c3d4e5f6/i);
    await root.must(['dpkg', '--remove', name]);
    assert.deepEqual({ ...pamFiles(root), tapward: '' }, { ...pamBefore, tapward: '' });
    for (const path of ['/etc/tapward/policy.json', '/var/lib/tapward/store.db', '/var/lib/tapward/machine.cred']) assert.ok(existsSync(join(root.path, path)), path);
    assert.equal(existsSync(join(root.path, 'usr/lib/tapward/tapward')), false);
    await root.must(['dpkg', '--purge', name]);
    assert.deepEqual(
      root.changed().filter((path) => !others.test(path)),
      [],
    );
  });
});

/** The package manager's own notes, backups of the account files, and systemd's secret of the host: none of them ours. */
const others =
  /^\/(var\/log\/(dpkg|alternatives)\.log|var\/lib\/dpkg\/[a-z]+-old|etc\/(passwd|group|shadow|gshadow|subuid|subgid)-|etc\/pam\.d\/lightdm|usr\/share\/polkit-1\/actions\/org\.debian\.pcsc-lite\.policy|var\/lib\/systemd\/credential\.secret|usr\/lib\/x86_64-linux-gnu\/libpcsclite\.so\.1|var\/lib\/systemd\/linger)$/;

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((one) => one !== '')
    .map(Number);

const pamFiles = (root: Root): Readonly<Record<string, string>> => {
  const folder = join(root.path, 'etc/pam.d');
  return Object.fromEntries(
    readdirSync(folder)
      .filter((file) => lstatSync(join(folder, file)).isFile())
      .map((file) => [file, readFileSync(join(folder, file), 'latin1')]),
  );
};

/** How a try of attack.py ends, by its name: the first line that fits. */
const table: readonly (readonly [RegExp, string])[] = [
  // What everybody may: the tries themselves work.
  [/^may /, 'done'],
  // Where every session's own account must be able to knock, anybody may: the door looks who it is, and closes without a word.
  [/^(the face's door|another account's (locker|helper) door)$/, 'ECONNRESET'],
  [/^(ptrace (attach|seize)|process_vm_readv|send signal \d+)$/, 'EPERM'],
  [/^(look at|read|list|follow|change|plant|put|make a file|take) |^(PAM's door of root|the administrator's door)$/, 'EACCES'],
];
const expected = (what: string): string => table.find(([about]) => about.test(what))?.[1] ?? 'a line of the table';
