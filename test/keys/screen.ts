/** Nothing comes in; an X server of its own with openbox, its key bindings and a pair of hands goes out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { nativeProgram } from '../../build/native.ts';

/** One X client that types, points, grabs and opens windows (hand.c). */
export type Hand = AsyncDisposable & {
  /** Says one order; resolves with its answer. */
  readonly say: (order: string) => Promise<string>;
  /** What its windows heard: `press NAME`, `click BUTTON X Y`. */
  readonly heard: string[];
  /** Modifiers and a key, down and up again: `Alt_L+Tab`. */
  readonly keys: (combination: string) => Promise<void>;
  readonly click: (x: number, y: number, button?: number) => Promise<void>;
  readonly pid: number;
};
export type Screen = AsyncDisposable & {
  readonly env: NodeJS.ProcessEnv;
  readonly hand: () => Promise<Hand>;
  /** Which of openbox's bindings ran since the last question: `super`, `start`, `terminal`, `workspace`. */
  readonly ran: () => readonly string[];
};

const bindings = { 'W-r': 'super', 'C-Escape': 'start', 'C-A-t': 'terminal', F12: 'function' };

/** A screen of 1000 × 700 with openbox; everything ends with it. */
export async function openScreen(): Promise<Screen> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'tapward-keys-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1000x700x24', '-nolisten', 'tcp', '-noreset'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  stack.defer(() => ended(server));
  const [number] = (await Promise.race([once(server.stdio[3] as Readable, 'data'), once(server, 'exit').then(() => ['?'])])) as [Buffer | string];
  const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: folder, DISPLAY: `:${number.toString().trim()}`, LC_ALL: 'C' };

  const marks = Object.values(bindings);
  const execute = Object.entries(bindings).map(([key, mark]) => `<keybind key="${key}"><action name="Execute"><command>touch ${join(folder, mark)}</command></action></keybind>`);
  writeFileSync(
    join(folder, 'rc.xml'),
    `<openbox_config xmlns="http://openbox.org/3.4/rc"><keyboard><keybind key="A-Tab"><action name="NextWindow"><finalactions><action name="Focus"/><action name="Raise"/></finalactions></action></keybind><keybind key="A-F4"><action name="Close"/></keybind>${execute.join('')}</keyboard><mouse><context name="Client"><mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind></context><context name="Frame"><mousebind button="A-Left" action="Drag"><action name="Move"/></mousebind></context></mouse></openbox_config>`,
  );
  const manager = spawn('openbox', ['--config-file', join(folder, 'rc.xml'), '--sm-disable'], { env, stdio: 'ignore' });
  stack.defer(() => ended(manager));
  await until('openbox is there', async () => {
    const asked = spawn('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    asked.stdout.on('data', (text: Buffer) => (said += text.toString()));
    await once(asked, 'close');
    return said.includes('window id');
  });
  const kept = stack.move();
  return {
    env,
    hand: async () => {
      const hand = await openHand(env);
      kept.use(hand);
      return hand;
    },
    ran: () =>
      marks.filter((mark) => {
        const path = join(folder, mark);
        const is = existsSync(path);
        rmSync(path, { force: true });
        return is;
      }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A client on any display. */
export async function openHand(env: NodeJS.ProcessEnv): Promise<Hand> {
  const program = await nativeProgram('hand');
  const child = spawn(program, [], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const heard: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (/^(press|click) /.test(line)) heard.push(line);
    else waiting.shift()?.(line);
  });
  const answer = (): Promise<string> => new Promise((resolve) => waiting.push(resolve));
  const ready = answer();
  const say = (order: string): Promise<string> => {
    const said = answer();
    child.stdin.write(`${order}\n`);
    return said;
  };
  await ready;
  return {
    say,
    heard,
    pid: child.pid ?? 0,
    async keys(combination) {
      const names = combination.split('+');
      for (const name of names) await say(`key down ${name}`);
      for (const name of names.toReversed()) await say(`key up ${name}`);
    },
    async click(x, y, button = 1) {
      await say(`move ${x} ${y}`);
      await say(`button down ${button}`);
      await say(`button up ${button}`);
    },
    [Symbol.asyncDispose]: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Asks again and again until it is so; throws the sentence after twenty seconds. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(10)) if (await isSo()) return;
  throw new Error(`never came true: ${what}`);
}

/** False once it has ended, also where nobody has asked for its end yet (a zombie). */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
