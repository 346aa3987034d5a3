/** A command comes in; it runs in front of a pcscd of its own, is tapped, and says when it had each UID. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../build/setup.mjs';
import { virtualCard } from '../virtual-reader/card.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';

export type Contestant = AsyncDisposable & {
  readonly stand: Stand;
  /** Milliseconds from the field to the UID, or null when none came in time; the card is taken away again. */
  readonly tap: (uid: string, patience: number) => Promise<number | null>;
  /** Milliseconds from now to this UID. */
  readonly until: (uid: string, patience: number) => Promise<number | null>;
};

const cache = join(root, '.cache');
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export async function enter(command: readonly string[]): Promise<Contestant> {
  const stand = await startStand();
  const [program = '', ...args] = command;
  const child: ChildProcess = spawn(program, args, { env: { ...process.env, ...stand.env }, stdio: ['pipe', 'pipe', 'inherit'] });
  const seen = new Map<string, number>();
  let heard: () => void = () => undefined;
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const [what, uid = '', at = '0'] = line.split(' ');
    if (what === 'ready') ready();
    if (what === 'uid') seen.set(uid, Number(at) / 1e6);
    heard();
  });
  await isReady;
  const stamp = async (uid: string, patience: number): Promise<number | null> => {
    const late = now() + patience;
    for (;;) {
      const at = seen.get(uid);
      if (at !== undefined) return at;
      const left = late - now();
      if (left <= 0) return null;
      await Promise.race([new Promise<void>((resolve) => (heard = resolve)), sleep(left)]);
    }
  };
  return {
    stand,
    tap: async (uid, patience) => {
      const card = virtualCard(uid);
      seen.delete(uid);
      stand.insert(1, card);
      const at = await stamp(uid, patience);
      stand.remove(1);
      return at === null ? null : at - card.stages.inserted;
    },
    until: async (uid, patience) => {
      const began = now();
      const at = await stamp(uid, patience);
      return at === null ? null : at - began;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin?.end();
      child.kill();
      const late = setTimeout(() => child.kill('SIGKILL'), 1000);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      clearTimeout(late);
      await stand[Symbol.asyncDispose]();
    },
  };
}

export const ours = (): readonly string[] => [process.execPath, join(import.meta.dirname, 'tap-agent.ts')];

/** The C program, compiled into the cache. */
export function baseline(): readonly string[] {
  mkdirSync(cache, { recursive: true });
  const program = join(cache, 'tap-baseline');
  execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-I/usr/include/PCSC', '-o', program, join(import.meta.dirname, 'tap-baseline.c'), '-lpcsclite']);
  return [program];
}

/** nfc-pcsc, installed into a folder of its own and compiled there against this very Node; a sentence where that cannot be done. */
export function peer(): readonly string[] | string {
  const folder = join(cache, 'nfc-pcsc');
  const entry = join(folder, 'package.json');
  if (!existsSync(join(folder, 'node_modules', 'nfc-pcsc'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(entry, '{ "private": true }');
    const bin = dirname(process.execPath);
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, npm_config_nodedir: dirname(bin) };
    try {
      execFileSync('npm', ['install', '--no-save', 'nfc-pcsc@0.8.1'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (why) {
      return `nfc-pcsc could not be compiled here: ${why instanceof Error ? why.message.split('\n')[0] : String(why)}`;
    }
  }
  return [process.execPath, join(import.meta.dirname, 'tap-peer.cjs'), entry];
}
