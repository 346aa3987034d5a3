/** Nothing comes in; an X server of its own with openbox goes out, whose ground is one colour that nothing else has: where it is seen, nothing covers. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Dump, dumpOf, gridOf, pngOf } from './png.ts';
import { setScreens, type Screen as VncScreen } from './rfb.ts';

const run = promisify(execFile);
/** The colour of somebody's open work. */
export const work = '#00ff40';

export type Display = AsyncDisposable & {
  readonly env: NodeJS.ProcessEnv;
  /** Keys as a keyboard gives them, by X's names, to whatever has the focus. */
  readonly keys: (...names: readonly string[]) => Promise<void>;
  readonly click: (x: number, y: number) => Promise<void>;
  /** The share of all pixels, looked at in a grid, in which the open work is seen; within `area` if given. */
  readonly seen: (area?: VncScreen) => Promise<number>;
  /** Colours in a grid, as `#rrggbb`. */
  readonly colours: (area: VncScreen) => Promise<readonly string[]>;
  /** A PNG of everything that is on it, for a person to look at. */
  readonly picture: () => Promise<Buffer>;
  /** Other outputs of other sizes, as when a monitor is plugged in; only with `outputs`. */
  readonly outputs: (screens: readonly VncScreen[]) => Promise<void>;
};

/** Xvfb, or with `outputs` Xtigervnc, whose RandR outputs come and go. */
export async function openDisplay({ outputs = false, width = 1280, height = 800 } = {}): Promise<Display> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'tapward-screen-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const rfb = join(folder, 'rfb');
  const server = outputs
    ? spawn(
        'Xtigervnc',
        [
          '-displayfd',
          '3',
          '-geometry',
          `${width}x${height}`,
          '-depth',
          '24',
          '-SecurityTypes',
          'None',
          '-AcceptSetDesktopSize=1',
          '-rfbport',
          '-1',
          '-rfbunixpath',
          rfb,
          '-nolisten',
          'tcp',
          '-noreset',
        ],
        piped,
      )
    : spawn('Xvfb', ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'], piped);
  stack.defer(() => ended(server));
  const [number] = (await Promise.race([once(server.stdio[3] as Readable, 'data'), once(server, 'exit').then(() => Promise.reject(new Error('the X server did not start')))])) as [
    Buffer,
  ];
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: folder,
    DISPLAY: `:${number.toString().trim()}`,
    LC_ALL: 'C.UTF-8',
    XDG_CONFIG_HOME: folder,
    XDG_RUNTIME_DIR: folder,
  };
  await run('xsetroot', ['-solid', work], { env });
  const manager = spawn('openbox', ['--sm-disable'], { env, stdio: 'ignore' });
  stack.defer(() => ended(manager));
  for (let i = 0; !(await run('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'], { env })).stdout.includes('window id'); i++) {
    if (i > 500) throw new Error('openbox did not start');
    await sleep(10);
  }
  const kept = stack.move();

  const xwd = async (): Promise<Buffer> => (await run('xwd', ['-root', '-silent'], { env, encoding: 'buffer', maxBuffer: 1 << 26 })).stdout;
  // A window that closes while xwd lists them all ends xwd.
  const dump = async (): Promise<Dump> => dumpOf(await xwd().catch(xwd).catch(xwd));
  const grid = async (area: VncScreen): Promise<readonly string[]> => gridOf(await dump(), area);
  return {
    env,
    keys: async (...names) => {
      if (names.length > 0) await run('xdotool', ['key', '--clearmodifiers', '--delay', '4', ...names], { env });
    },
    click: async (x, y) => void (await run('xdotool', ['mousemove', String(x), String(y), 'click', '1'], { env })),
    colours: grid,
    seen: async (area = { x: 0, y: 0, width: 1 << 15, height: 1 << 15 }) => {
      const all = await grid(area);
      return all.filter((colour) => colour === work).length / all.length;
    },
    picture: async () => pngOf(await dump()),
    outputs: (screens) => setScreens(rfb, screens),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const piped = { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] as ('ignore' | 'pipe')[] };

/** A PIN as the names of its keys. */
export const digits = (pin: string): readonly string[] => pin.split('');

/** As a person does: nobody types before the pad that the agent asks for is drawn, which takes a face some 50 ms. */
export async function typePin(display: Pick<Display, 'keys'>, pin: string): Promise<void> {
  await sleep(500);
  await display.keys(...digits(pin));
}

/** Ends a child and resolves when it has ended. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Asks until it is so; throws the sentence after `patience` milliseconds. Answers how long it took. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, patience = 10_000): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < patience) {
    if (await isSo()) return performance.now() - began;
    await sleep(10);
  }
  throw new Error(`it did not come true within ${patience} ms: ${what}`);
}
