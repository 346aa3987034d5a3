/** An installed station and a session of it come in; a real desktop of that session goes out, X11 or Wayland, in which logind’s Lock starts `tapward-locker` as sites are told to have it (xss-lock, swayidle). */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nativeProgram } from '../../build/native.ts';
import { swayMounts } from '../../build/sway.ts';
import { endAllIn } from '../pam/namespace.ts';
import { people } from '../session/logind/stand.ts';
import type { InstalledStation } from './station.ts';

export type Desktop = AsyncDisposable & {
  /** The process of this name in the session; null: none runs. */
  readonly process: (name: string) => number | null;
  /** A command of the session's own. */
  readonly run: (...command: readonly string[]) => ChildProcess;
  readonly said: () => string;
};

/** `session`: its id in logind. */
export async function openDesktop({ seat, run }: InstalledStation, kind: 'x11' | 'wayland', account: string, session: string): Promise<Desktop> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-desktop-'));
  chmodSync(dir, 0o755);
  const own = String(people[account]);
  for (const [name, file] of [
    ['locker', 'tapward-locker'],
    ['authproto', 'authproto_tapward'],
  ] as const) {
    copyFileSync(await nativeProgram(name), join(dir, file));
    chmodSync(join(dir, file), 0o755);
  }
  const locker = join(dir, 'tapward-locker');
  const [root, runtime] = [join(dir, 'root'), join(dir, 'runtime')];
  mkdirSync(root);
  mkdirSync(runtime, { mode: 0o700 });
  chownSync(runtime, people[account] ?? 0, 65_534);
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: '/tmp',
    XDG_SESSION_ID: session,
    XDG_RUNTIME_DIR: runtime,
    DBUS_SYSTEM_BUS_ADDRESS: seat.address,
    ...(kind === 'x11' ? {} : { WLR_BACKENDS: 'headless', WLR_LIBINPUT_NO_DEVICES: '1', WLR_RENDERER: 'pixman', WAYLAND_DISPLAY: 'wayland-1' }),
  };
  let said = '';
  const hear = (child: ChildProcess): ChildProcess => {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (said += text.toString()));
    return child;
  };
  writeFileSync(join(dir, 'passwd'), `${readFileSync('/etc/passwd', 'utf8')}${account}:x:${own}:65534::/tmp:/bin/sh\n`);
  writeFileSync(join(dir, 'sway'), `exec env XDG_SESSION_ID=${session} swayidle lock ${locker}\nxwayland disable\n`);
  const at = kind === 'x11' ? '' : root;
  const mounts = [
    ...(kind === 'x11' ? ['mount -t tmpfs none /run'] : swayMounts(root)),
    `mkdir -p ${at}/run/tapward`,
    `mount --bind ${run} ${at}/run/tapward`,
    `mount --bind ${dir}/passwd ${at}/etc/passwd`,
  ];
  const asOwner = ['setpriv', '--reuid', own, '--regid', '65534', '--clear-groups'];
  const inside = kind === 'x11' ? asOwner : ['/usr/sbin/chroot', root, ...asOwner];
  const holder = hear(spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', `${mounts.join('\n')}\necho ready\nexec cat`], { stdio: 'pipe' }));
  await new Promise<void>((resolve, reject) => {
    holder.stdout?.once('data', () => resolve());
    holder.once('exit', (code) => reject(new Error(`no desktop (${code ?? 'killed'}): ${said}`)));
  });
  const display = kind === 'x11' ? await startX(dir) : null;
  const scope = makeScope(own, session);
  const enter = (...command: readonly string[]): ChildProcess =>
    hear(
      spawn('sh', ['-c', scope.join, 'sh', 'nsenter', '-t', String(holder.pid), '-m', ...inside, ...command], {
        env: { ...env, ...(display === null ? {} : { DISPLAY: display.name }) },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  const process = (name: string): number | null => processIn(holder.pid ?? 0, name);
  if (kind === 'x11') enter('xss-lock', '-l', '--', locker);
  else enter('env', '-u', 'WAYLAND_DISPLAY', 'sway', '-c', join(dir, 'sway'));
  return {
    process,
    run: enter,
    said: () => said,
    [Symbol.asyncDispose]: async () => {
      endAllIn(holder.pid ?? 0);
      holder.kill('SIGKILL');
      display?.server.kill('SIGKILL');
      await scope.remove();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

async function startX(dir: string): Promise<{ readonly server: ChildProcess; readonly name: string }> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '640x480x24', '-nolisten', 'tcp', '-ac'], { cwd: dir, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise<string>((resolve, reject) => {
    server.once('exit', () => reject(new Error('Xvfb ended')));
    server.stdio[3]?.once('data', (data: Buffer) => resolve(data.toString().trim()));
  });
  return { server, name: `:${number}` };
}

/** The control group by which logind, and the agent, know whose session a process is (cgroups(7), of version 2 and systemd's own of version 1). `join`: what a shell does to be in it. */
function makeScope(uid: string, session: string): { readonly join: string; readonly remove: () => Promise<void> } {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const roots = mounts.filter(([, , type, options]) => type === 'cgroup2' || (type === 'cgroup' && /(^|,)name=systemd(,|$)/.test(options ?? ''))).map(([, at = '']) => at);
  const slices = roots.map((at) => join(at, 'user.slice', `user-${uid}.slice`));
  const scopes = slices.map((at) => join(at, `session-${session}.scope`));
  for (const scope of scopes) mkdirSync(scope, { recursive: true });
  return {
    join: `${scopes.map((scope) => `echo $$ > ${scope}/cgroup.procs`).join('; ')}; exec "$@"`,
    remove: async () => {
      // Busy until the last of its processes is no more.
      for (const end = performance.now() + 3_000; performance.now() < end; await sleep(20)) {
        try {
          for (const folder of [...scopes, ...slices]) if (existsSync(folder)) rmdirSync(folder);
          return;
        } catch {
          // Looked at again.
        }
      }
    },
  };
}

/** In the mount namespace of `holder`. */
function processIn(holder: number, name: string): number | null {
  const space = (pid: string): string => readlinkSync(`/proc/${pid}/ns/mnt`);
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const [, command, state] = /^\d+ \((.*)\) (\S)/s.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
      if (command === name && state !== 'Z' && space(entry) === space(String(holder))) return Number(entry);
    } catch {
      // It has ended.
    }
  }
  return null;
}
