/** A machine id and a board's number come in; a computer that has them goes out, as far as a mount namespace makes one: its own host secret, and what runs there are the real command line and the real installed agent. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDoor } from '../../agent/admin/client.ts';
import type { Status } from '../../agent/admin/contract.ts';

const root = join(import.meta.dirname, '../..');
/** The host's own files are never touched: systemd would throw its secret away for one of another machine's. */
const become =
  'mount --bind "$1/machine-id" /etc/machine-id && mount --bind "$1/systemd" /var/lib/systemd && mount -t tmpfs none /sys/class && mkdir -p /sys/class/dmi/id && cp "$1/board" /sys/class/dmi/id/product_uuid && shift && exec "$@"';
const quicker = { NODE_COMPILE_CACHE: join(root, '.cache/compile') };

export type Said = { readonly code: number | null; readonly out: string; readonly err: string };
export type Computer = {
  readonly place: string;
  readonly state: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whatever is there already: another system, or another board. */
  readonly is: (marks: { readonly machine?: string; readonly board?: string }) => void;
  /** `tapward WORD…` as root; `input` on its standard input. */
  readonly tapward: (words: readonly string[], input?: string) => Said;
  readonly agent: () => Promise<RunningAgent>;
  readonly log: () => string;
};
export type RunningAgent = AsyncDisposable & { readonly status: Status };

export const machineOf = (n: number): string => String(n).padStart(32, 'a');
export const boardOf = (n: number): string => `4c4c4544-0042-3510-8052-${String(n).padStart(12, 'b')}`;

export function folder(t: { readonly after: (fn: () => void) => void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-setup-'));
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return dir;
}

export function computer(place: string, { machine, board, env = {} }: { readonly machine: string; readonly board: string; readonly env?: NodeJS.ProcessEnv }): Computer {
  for (const name of ['systemd', 'run', 'etc']) mkdirSync(join(place, name), { recursive: true });
  writeFileSync(join(place, 'etc/policy.json'), JSON.stringify({ sessions: 'none' }));
  const state = join(place, 'state');
  const is: Computer['is'] = (marks) => {
    if (marks.machine !== undefined) writeFileSync(join(place, 'machine-id'), `${marks.machine}\n`);
    if (marks.board !== undefined) writeFileSync(join(place, 'board'), `${marks.board}\n`);
  };
  is({ machine, board });
  const all = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    ...quicker,
    STATE_DIRECTORY: state,
    RUNTIME_DIRECTORY: join(place, 'run'),
    CONFIGURATION_DIRECTORY: join(place, 'etc'),
    PCSCLITE_CSOCK_NAME: '/nonexistent/pcscd.comm',
    ...env,
  };
  const inside = (...command: readonly string[]): readonly string[] => ['--mount', '--propagation', 'private', 'sh', '-c', become, 'sh', place, ...command];
  return {
    place,
    state,
    is,
    env: all,
    tapward: (words, input = '') => {
      const { status, stdout, stderr } = spawnSync('unshare', inside(process.execPath, join(root, 'agent/cli/main.ts'), ...words, '--dir', state), {
        env: all,
        input,
        encoding: 'utf8',
        timeout: 60_000,
      });
      return { code: status, out: stdout, err: stderr };
    },
    agent: async () => {
      mkdirSync(state, { recursive: true, mode: 0o700 });
      const child: ChildProcess = spawn('unshare', inside(process.execPath, join(root, 'agent/main.ts')), { env: all, stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
      const ended = once(child, 'exit');
      for (const end = performance.now() + 20_000; ; await sleep(50)) {
        const door = await connectDoor(state);
        if (door.kind === 'connected') {
          const status = await door.ask({ ask: 'status' });
          door.close();
          if (status.kind !== 'status') throw new Error(JSON.stringify(status));
          return {
            status,
            [Symbol.asyncDispose]: async () => {
              child.kill('SIGTERM');
              await ended;
            },
          };
        }
        if (child.exitCode !== null || performance.now() > end) {
          child.kill('SIGKILL');
          throw new Error(`the agent gives no account of itself: ${said}`);
        }
      }
    },
    log: () => readFileSync(join(state, 'agent.log'), 'utf8'),
  };
}

/** The whole disk, put into another one: its machine id too. */
export function diskOf(from: Computer, place: string, board: string): Computer {
  cpSync(from.place, place, { recursive: true, preserveTimestamps: true });
  return computer(place, { machine: readFileSync(join(from.place, 'machine-id'), 'utf8').trim(), board });
}

/** What `tapward setup --json` says. */
export type Report = {
  readonly kind: string;
  readonly made: readonly string[];
  readonly running: boolean;
  readonly identity: string;
  readonly people: number;
  readonly startKey: { readonly kind: string; readonly file?: string; readonly key?: string };
  readonly doctor: { readonly findings: readonly { readonly id: string; readonly grade: string; readonly what: string; readonly mend: string | null }[] };
};
export const reportOf = (said: Said): Report => {
  assert.match(said.out, /^\{/, said.err);
  return JSON.parse(said.out) as Report;
};
export const unattended = ['setup', '--unattended', '--json'];
/** Two lines on standard input: her first name, the initial of the other. */
export const addSomebody = ['people', 'add', '--number', '471100', '--pin-stdin', '--json'];
