/** A folder comes in; a running agent in a process of its own, and the real `tapward` beside it, go out. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Screen } from '../../core/view.ts';
import type { AgentSettings, Wish } from './agent-program.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Each process compiles the same files: half of its time, were they not kept. */
const quicker = { NODE_COMPILE_CACHE: here('../../.cache/compile') };
/** Where no PC/SC service ever answers: tests that need one bring their own. */
export const noPcsc = { PCSCLITE_CSOCK_NAME: '/nonexistent/pcscd.comm' };

/** A folder of its own, gone with the test. */
export function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'tapward-cli-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }) };
}

export type RunningAgent = AsyncDisposable & {
  readonly dir: string;
  readonly pid: number;
  readonly do: (wish: Wish) => Promise<string | null>;
  /** On the tray's reader until `lift`; resolves when the screen shows `shows`. */
  readonly tap: (uid: string, shows: Screen['kind']) => Promise<void>;
  readonly signIn: (who: { readonly uid: string; readonly pin: string }) => Promise<void>;
  readonly kill: () => Promise<void>;
};

/** `program`: one that takes these settings and wishes, if not an evaluation. */
export async function startAgentProcess(dir: string, settings: Partial<Omit<AgentSettings, 'dir'>> = {}, program = here('agent-program.ts')): Promise<RunningAgent> {
  const all: AgentSettings = { policy: {}, tray: true, pcscEnv: noPcsc, ...settings, dir };
  const child: ChildProcess = fork(program, [JSON.stringify(all)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...process.env, ...quicker } });
  const waiting = new Map<number, PromiseWithResolvers<string | null>>([[0, Promise.withResolvers()]]);
  let n = 0;
  child.on('message', (answer: { readonly n: number; readonly said?: string | null; readonly failed?: string }) => {
    const asked = waiting.get(answer.n);
    waiting.delete(answer.n);
    if (answer.failed === undefined) asked?.resolve(answer.said ?? null);
    else asked?.reject(new Error(answer.failed));
  });
  const ended = once(child, 'exit').then(() => {
    for (const asked of waiting.values()) asked.reject(new Error('the agent has ended'));
  });
  const ask = (wish: Wish): Promise<string | null> => {
    n++;
    const asked = Promise.withResolvers<string | null>();
    waiting.set(n, asked);
    child.send({ n, wish });
    return asked.promise;
  };
  await waiting.get(0)?.promise;
  const tap = async (uid: string, shows: Screen['kind']): Promise<void> => {
    await ask({ do: 'place', uid });
    await ask({ do: 'until', screen: shows });
    await ask({ do: 'lift' });
  };
  return {
    dir,
    pid: child.pid ?? 0,
    do: ask,
    tap,
    signIn: async ({ uid, pin }) => {
      await tap(uid, 'pin');
      await ask({ do: 'type', pin });
      await ask({ do: 'until', screen: 'open' });
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.connected) await ask({ do: 'stop' }).catch(() => undefined);
      await ended;
    },
  };
}

export type Printed = { readonly code: number | null; readonly out: string; readonly err: string };
export type Program = {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves once standard error has said this. */
  readonly says: (text: string) => Promise<void>;
  readonly ended: Promise<Printed>;
};
export type Around = {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its arguments that starts it. */
  readonly through?: readonly string[];
};

/** `tapward` as a user starts it once the set-up has handed over. */
export function startTapward(dir: string, args: readonly string[], { input, env = {}, through = [] }: Around = {}): Program {
  const [program = '', ...rest] = [...through, process.execPath, here('../../agent/cli/main.ts'), '--dir', dir, ...args];
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...quicker, ...noPcsc, ...env } });
  let [out, err] = ['', ''];
  let look = (): void => undefined;
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString();
    look();
  });
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  const ended = once(child, 'close').then(([code]: unknown[]) => ({ code: code as number | null, out, err }));
  return {
    child,
    pid: child.pid ?? 0,
    says: (text) =>
      Promise.race([
        new Promise<void>((resolve) => {
          look = () => {
            if (err.includes(text)) resolve();
          };
          look();
        }),
        ended.then(() => {
          throw new Error(`it ended without saying "${text}", but: ${err}`);
        }),
      ]),
    ended,
  };
}

/** Runs to its end; standard input is empty unless given. */
export const tapward = (dir: string, args: readonly string[], around: Around = {}): Promise<Printed> => startTapward(dir, args, { input: '', ...around }).ended;

/** The one JSON object that `--json` prints. */
export async function tapwardJson(dir: string, args: readonly string[], around: Around = {}): Promise<{ readonly code: number | null; readonly json: unknown }> {
  const { code, out, err } = await tapward(dir, [...args, '--json'], around);
  if (err !== '') throw new Error(`--json left this on standard error: ${err}`);
  if (out.trimEnd().includes('\n')) throw new Error(`--json printed more than one line: ${out}`);
  return { code, json: JSON.parse(out) };
}
