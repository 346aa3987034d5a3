/** Nothing comes in; a running tapward-host under Wine goes out, with an agent and strangers at its pipes whose every byte a test says. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type NativeProgram, nativeProgram } from '../../build/native.ts';
import { startWine, type Wine, windowsPath } from './wine.ts';

/** One end of a named pipe inside Wine, as lines. */
export type Line = readonly string[];
export type Visitor = {
  readonly socket: Socket;
  readonly heard: Line[];
  /** The next line that was not taken yet with this verb; lines before it are passed over. */
  next(verb: string): Promise<Line>;
  say(...fields: readonly (string | number)[]): void;
  readonly ended: Promise<void>;
  readonly isOver: () => boolean;
};
/** A process inside Wine that opens pipes for us: the host's own child, or a stranger. */
export type Outpost = { readonly port: number; readonly process: number };

export const providerPipe = '\\\\.\\pipe\\tapward-cp';
export const agentPipe = '\\\\.\\pipe\\tapward-agent';
export const facePipe = '\\\\.\\pipe\\tapward-face-1';
export const readerPipe = '\\\\.\\pipe\\tapward-reader';

export type HostRig = AsyncDisposable & {
  readonly wine: Wine;
  readonly stranger: Outpost;
  /** The one that runs now, or is started next after `not`. */
  agent(not?: Outpost): Promise<Outpost>;
  log(): string;
  /** Of the running host. */
  process(): number;
  readonly folder: string;
  /** A value of the host's in the registry. */
  set(name: string, value: string): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type HostOptions = { readonly on?: Wine; readonly reader?: string; readonly service?: NativeProgram };

const patience = 20_000;

/** Tried until it holds; fails after 20 s, in these words. */
export async function until(what: string | (() => string), holds: () => boolean): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > patience) assert.fail(`not within 20 s: ${typeof what === 'string' ? what : what()}`);
    await sleep(20);
  }
}

/** A connection to a pipe; its lines are kept. */
export function visit(outpost: Outpost, pipe: string): Visitor {
  const socket = createConnection(outpost.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`${pipe}\n`);
  const heard: Line[] = [];
  let rest = '';
  let taken = 0;
  let over = false;
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) heard.push(line.split('\t'));
  });
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => {
      over = true;
      resolve();
    });
  });
  return {
    socket,
    heard,
    ended,
    isOver: () => over,
    say: (...fields) => void socket.write(`${fields.join('\t')}\n`),
    next: async (verb) => {
      let found = -1;
      await until(
        () => `${verb} from ${pipe}, after ${JSON.stringify(heard.slice(-5))}`,
        () => {
          found = heard.findIndex((line, at) => at >= taken && line[0] === verb);
          return found >= 0;
        },
      );
      taken = found + 1;
      return heard[found] ?? [];
    },
  };
}

/** A question to an outpost that it answers by a number. */
export async function ask(outpost: Outpost, question: string): Promise<number> {
  const socket = createConnection(outpost.port, '127.0.0.1');
  socket.write(`${question}\n`);
  let said = '';
  for await (const text of socket.setEncoding('utf8')) said += text;
  return Number(said.trim());
}

async function outpostAt(file: string, not?: Outpost): Promise<Outpost> {
  const read = (): Outpost => {
    const [port, process] = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').map(Number) : [];
    return { port: port ?? 0, process: process ?? 0 };
  };
  await until('an outpost', () => read().port !== 0 && read().process !== not?.process);
  return read();
}

/** `agent`: the command line the host starts as its agent, where it is not the outpost; `reader`: as its reader program, where it is not the echo. `on`: ended with the rig. */
export async function startHost(agent?: (wine: Wine) => string, { on, reader, service = 'host-windows-wine' }: HostOptions = {}): Promise<HostRig> {
  const [host, peer] = [windowsPath(await nativeProgram(service)), windowsPath(await nativeProgram('peer-windows'))];
  const wine = on ?? (await startWine());
  const folder = join(wine.drive, 'host');
  // First: while it runs Wine's service manager does, and starts nothing by itself.
  wine.start(peer, ['C:\\stranger.port'], 'ignore');
  const stranger = await outpostAt(join(wine.drive, 'stranger.port'));
  const run = async (program: string, ...args: readonly string[]): Promise<void> => {
    const { code, out, err } = await wine.run(program, args);
    assert.equal(code, 0, `${program} ${args.join(' ')}: ${out}${err}`);
  };
  const set = (name: string, value: string): Promise<void> => run('reg', 'add', 'HKLM\\SOFTWARE\\Tapward\\Host', '/v', name, '/d', value, '/f');
  await set('Agent', agent?.(wine) ?? `"${peer}" C:\\agent.port`);
  await set('Reader', reader ?? `"${peer}" echo`);
  await set('Folder', 'C:\\host');
  await run(host, 'install');
  const agentFile = join(wine.drive, 'agent.port');
  const rig: HostRig = {
    wine,
    stranger,
    folder,
    set,
    agent: (not) => outpostAt(agentFile, not),
    log: () => (existsSync(join(folder, 'host.log')) ? readFileSync(join(folder, 'host.log'), 'utf8') : ''),
    process: () => Number([...rig.log().matchAll(/TW2010.*\((\d+)\)/g)].at(-1)?.[1]),
    start: () => {
      rmSync(agentFile, { force: true });
      return run('net', 'start', 'Tapward');
    },
    stop: () => run('net', 'stop', 'Tapward'),
    [Symbol.asyncDispose]: () => wine[Symbol.asyncDispose](),
  };
  return rig;
}
