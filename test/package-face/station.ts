/** The packaged face comes in; it runs as a station's user on an X server of its own, in namespaces where /run/tapward is the test's and the network is empty. Everything is seen from outside. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type Display, ended, openDisplay } from '../face/screen.ts';
import { need } from '../needs.ts';
import { packagedFace } from './packaged.ts';

const run = promisify(execFile);
/** An ordinary account's number that no machine has given away. */
export const userId = 61_234;
export const skipStation = need('linux', 'electron', 'display', 'namespaces', 'root');

/** $1: the folder that is to be /run/tapward, $2: the package, $3: the account, $4: a file of the package that is not to be there; then the program and its arguments. */
const enter = `set -e
door=$1 package=$2 account=$3 without=$4
shift 4
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/tapward /run/package
mount --bind "$door" /run/tapward
mount --bind "$package" /run/package
[ -z "$without" ] || mount --bind /dev/null "/run/package/$without"
ip link set lo up
exec setpriv --reuid="$account" --regid="$account" --clear-groups --inh-caps=-all "$@"`;

type Env = Readonly<Record<string, string>>;
export type Program = { readonly command: string; readonly args: readonly string[]; readonly env: Env };
export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly said: string; readonly ms: number };
export type Started = { readonly child: ChildProcess; readonly pid: number; readonly ended: Promise<Ended> };
export type FaceStation = AsyncDisposable & {
  readonly display: Display;
  /** The folder that the face finds at /run/tapward; root's, 0755. */
  readonly run: string;
  /** A folder that the face's account may write to. */
  readonly home: string;
  /** How the face is started, for a supervisor. */
  readonly program: (args?: readonly string[], env?: Env) => Program;
  readonly start: (args?: readonly string[], env?: Env, how?: { /** As if its helper could not be started. */ readonly withoutKeys?: boolean }) => Started;
  /** Another program in the same namespaces and account: to see that a trap works. */
  readonly startOther: (folder: string, name: string, args: readonly string[], env?: Env) => Started;
  /** A press of this mouse button. */
  readonly press: (button: number, x: number, y: number) => Promise<void>;
  /** The share of the screen, so looked at, in which what lies below the face is seen. */
  readonly seen: () => Promise<number>;
  /** The colour of every 16th pixel of every 16th row of the whole root. */
  readonly look: () => Promise<readonly string[]>;
  /** The windows that the window manager knows. */
  readonly windows: () => Promise<string>;
};

export async function startFaceStation(): Promise<FaceStation> {
  await using stack = new AsyncDisposableStack();
  const { folder, program: path } = await packagedFace();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-packaged-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  chmodSync(dir, 0o755);
  const [door, home] = [join(dir, 'run'), join(dir, 'home')];
  for (const made of [door, home]) mkdirSync(made, { mode: 0o755 });
  chownSync(home, userId, userId);
  const display = stack.use(await openDisplay());
  const own = { PATH: process.env['PATH'] ?? '', DISPLAY: display.env['DISPLAY'] ?? '', HOME: home, XDG_CONFIG_HOME: home, XDG_RUNTIME_DIR: home, LC_ALL: 'C.UTF-8' };
  const inside = (root: string, name: string, args: readonly string[], env: Env = {}, without = ''): Program => ({
    command: 'unshare',
    // What the test sets is set last: unshare, sh and setpriv are no part of it.
    args: [
      '--mount',
      '--net',
      '--',
      'sh',
      '-c',
      enter,
      'sh',
      door,
      root,
      String(userId),
      without,
      'env',
      ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
      `/run/package/${name}`,
      ...args,
    ],
    env: own,
  });
  const children: Started[] = [];
  const begin = ({ command, args, env }: Program): Started => {
    const began = performance.now();
    const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
    let said = '';
    (child.stderr as Readable).setEncoding('utf8').on('data', (text: string) => (said += text));
    const over = once(child, 'exit').then(([code, signal]) => ({ code: code as number | null, signal: signal as NodeJS.Signals | null, said, ms: performance.now() - began }));
    const started = { child, pid: child.pid ?? 0, ended: over };
    children.push(started);
    return started;
  };
  stack.defer(async () => void (await Promise.all(children.map(({ child }) => ended(child)))));
  const name = path.slice(folder.length + 1);
  const kept = stack.move();
  return {
    display,
    home,
    run: door,
    program: (args = [], env) => inside(folder, name, args, env),
    start: (args = [], env = {}, { withoutKeys = false } = {}) => begin(inside(folder, name, args, env, withoutKeys ? 'resources/tapward-keys' : '')),
    startOther: (other, program, args, env) => begin(inside(other, program, args, env)),
    press: async (button, x, y) => void (await run('xdotool', ['mousemove', String(x), String(y), 'click', String(button)], { env: display.env })),
    seen: () => display.seen(),
    look: () => display.colours({ x: 0, y: 0, width: 1 << 15, height: 1 << 15 }),
    windows: async () => (await run('xprop', ['-root', '_NET_CLIENT_LIST'], { env: display.env })).stdout.trim(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The share of places at which two looks differ. */
export const changed = (before: readonly string[], after: readonly string[]): number =>
  before.length === after.length ? before.filter((colour, at) => colour !== after[at]).length / before.length : 1;

const ownNetwork = readlinkSync('/proc/self/ns/net');

/** The TCP ports on which anything in this process's network namespace listens; none before it is in its own, and when it has ended. */
export function listening(pid: number): readonly number[] {
  const ports: number[] = [];
  for (const family of ['tcp', 'tcp6']) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) === ownNetwork) return [];
      for (const line of readFileSync(`/proc/${pid}/net/${family}`, 'utf8').trim().split('\n').slice(1)) {
        const [, local = '', , state] = line.trim().split(/\s+/);
        if (state === '0A') ports.push(Number.parseInt(local.split(':')[1] ?? '', 16));
      }
    } catch {
      // It has ended.
    }
  }
  return ports;
}
