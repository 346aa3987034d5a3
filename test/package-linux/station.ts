/** A root with the package in it comes in; the station runs there as its unit says, on the real logind, polkitd and pcscd, and people go to it. No systemd is the first process here: what it would do is done by its own tools, from the unit's own lines. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { root as clone } from '../../build/setup.mjs';
import { type Agent, type Ended, type InstalledStation, knock, listener, openFace } from '../installed/station.ts';
import { people as everybody, startSeat } from '../session/logind/stand.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { plainEnv, type Root } from './root.ts';

/** But for the agent's account, which the package has made. */
export const people = Object.fromEntries(Object.entries(everybody).filter(([name]) => name !== 'tapward'));

export type PackagedStation = InstalledStation & { readonly root: Root };

/** The lines of a unit file by their names. */
export function unitOf(text: string): (name: string) => readonly string[] {
  const lines = text.split('\n').flatMap((line) => (/^[A-Z]\w+=/.test(line) ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const] : []));
  return (name) => lines.filter(([key]) => key === name).map(([, value]) => value);
}

export async function startPackaged(root: Root, policy: object): Promise<PackagedStation> {
  await using stack = new AsyncDisposableStack();
  const at = (path: string): string => join(root.path, path);
  // On Debian's own strict bus policy, as the rules of the package alone would have it: this one says nothing.
  const seat = stack.use(await startSeat({ '00-none.rules': '' }, { enter: root.enter, people }));
  await seat.polkit();
  const stand = stack.use(await startStand({ readers: [1] }));
  // Where libpcsclite looks; the daemon's own socket lies in a namespace of its own.
  const relay = createServer((from) => {
    const to = connect(stand.env['PCSCLITE_CSOCK_NAME'] ?? '');
    from.pipe(to).on('error', () => from.destroy());
    to.pipe(from).on('error', () => to.destroy());
  });
  mkdirSync(at('/run/pcscd'), { recursive: true, mode: 0o755 });
  rmSync(at('/run/pcscd/pcscd.comm'), { force: true });
  await new Promise<void>((resolve) => relay.listen(at('/run/pcscd/pcscd.comm'), resolve));
  stack.defer(() => void relay.close());
  chmodSync(at('/run/pcscd/pcscd.comm'), 0o666);
  rmSync(at('/run/systemd/notify'), { force: true });
  const told: string[] = [];
  const manager = root.start(['/usr/bin/python3', '-c', listener, '/run/systemd/notify']);
  stack.defer(() => void manager.kill());
  manager.stdout.on('data', (text: Buffer) => told.push(...text.toString().trim().split('\n')));
  await once(manager.stdout, 'data');

  const settle = (settings: object): void => writeFileSync(at('/etc/tapward/policy.json'), `${JSON.stringify(settings)}\n`);
  settle({ sessions: 'logind', ...policy });
  let said = '';
  const running = new Set<ChildProcess>();
  stack.defer(async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all([...running].map((child) => once(child, 'exit')));
  });
  /** What `Exec…` of the unit runs, with the account, the folders, the key and the filter that the unit says. */
  const asService = async (which: 'ExecStart' | 'ExecStopPost'): Promise<Agent> => {
    const unit = unitOf(readFileSync(at('/usr/lib/systemd/system/tapward.service'), 'utf8'));
    const one = (name: string): string => {
      const [value, ...others] = unit(name);
      if (value === undefined || others.length > 0) throw new Error(`the unit says ${name} ${others.length + 1} times`);
      return value;
    };
    const [account, group] = [one('User'), one('Group')];
    const [state, run] = [`/var/lib/${one('StateDirectory')}`, `/run/${one('RuntimeDirectory')}`];
    const [name = '', sealed = ''] = one('LoadCredentialEncrypted').split(':');
    const credentials = '/run/credentials/tapward.service';
    await root.must(['install', '-d', '-m', one('StateDirectoryMode'), '-o', account, '-g', group, state]);
    await root.must(['install', '-d', '-m', one('RuntimeDirectoryMode'), '-o', account, '-g', group, run]);
    await root.must(['install', '-d', '-m', '0500', '-o', account, credentials]);
    if (existsSync(at(sealed))) {
      await root.must(['systemd-creds', 'decrypt', `--name=${name}`, sealed, `${credentials}/${name}`]);
      await root.must(['chown', account, `${credentials}/${name}`]);
      await root.must(['chmod', '0400', `${credentials}/${name}`]);
    }
    // systemd.exec(5): a file that is not there leaves what SetCredential= says.
    const passed = new Map(unit('SetCredential').map((line) => line.split(':') as [string, string]));
    for (const [plain = '', path = ''] of unit('LoadCredential').map((line) => line.split(':'))) if (existsSync(path)) passed.set(plain, readFileSync(path, 'utf8'));
    for (const [plain, text] of passed) {
      rmSync(at(`${credentials}/${plain}`), { force: true });
      writeFileSync(at(`${credentials}/${plain}`), text, { mode: 0o400 });
      await root.must(['chown', account, `${credentials}/${plain}`]);
    }
    const env = {
      PATH: plainEnv.PATH,
      LANG: 'C.UTF-8',
      STATE_DIRECTORY: state,
      RUNTIME_DIRECTORY: run,
      CREDENTIALS_DIRECTORY: credentials,
      DBUS_SYSTEM_BUS_ADDRESS: seat.address,
      NOTIFY_SOCKET: '/run/systemd/notify',
      WATCHDOG_USEC: '600000',
    };
    const command = [
      'setpriv',
      '--reuid',
      account,
      '--regid',
      group,
      '--init-groups',
      '--no-new-privs',
      '--bounding-set=-all',
      '--inh-caps=-all',
      '/usr/bin/python3',
      `${clone}/test/installed/filtered.py`,
      '/usr/lib/systemd/system/tapward.service',
      ...one(which).split(' '),
    ];
    const child = root.start(['sh', '-c', `umask ${one('UMask')}; exec "$@"`, 'sh', ...command], env);
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
    const ended = once(child, 'exit').then(([code, signal]): Ended => {
      running.delete(child);
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
    return { pid: child.pid ?? 0, child, ended };
  };
  const kept = stack.move();
  const run = at('/run/tapward');
  return {
    root,
    seat,
    stand,
    told,
    run,
    state: at('/var/lib/tapward'),
    settle,
    said: () => said,
    tryStart: async () => (await asService('ExecStart')).ended,
    start: async () => {
      const before = told.filter((one) => one === 'READY=1').length;
      const agent = await asService('ExecStart');
      const isReady = async (): Promise<void> => {
        for (const end = performance.now() + 20_000; told.filter((one) => one === 'READY=1').length === before; await pause(10))
          if (performance.now() > end) throw new Error(`it is not ready: ${said}`);
      };
      await Promise.race([isReady(), agent.ended.then(({ code }) => Promise.reject(new Error(`it ended with ${code}: ${said}`)))]);
      return agent;
    },
    lockAll: async () => (await asService('ExecStopPost')).ended,
    face: async () => {
      const face = await openFace(join(run, 'face.sock'));
      kept.defer(face.close);
      return face;
    },
    greeter: (account) => knock(join(run, 'pam.sock'), account),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What systemd runs once, before the agent's first start. */
export async function makeKey(root: Root): Promise<void> {
  const unit = unitOf(readFileSync(join(root.path, 'usr/lib/systemd/system/tapward-key.service'), 'utf8'));
  for (const path of unit('ConditionPathExists')) if (existsSync(join(root.path, path.replace(/^!/, ''))) === path.startsWith('!')) return;
  for (const line of unit('ExecStart')) {
    const quoted = /^(\S+) -c '(.*)'$/.exec(line);
    // Two percent signs in a unit are one.
    const words = quoted === null ? line.split(' ') : [quoted[1] ?? '', '-c', quoted[2] ?? ''];
    await root.must(['sh', '-c', `umask ${unit('UMask')[0] ?? '022'}; exec "$@"`, 'sh', ...words.map((word) => word.replaceAll('%%', '%'))]);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
