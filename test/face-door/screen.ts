/** A size comes in; an X server with openbox goes out, whose screen can be looked at pixel by pixel and whose pointer and keys a test moves (XTEST). */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** What shows where nothing covers the root window. */
const bare = 0xff00ff;

export type Picture = {
  readonly width: number;
  readonly height: number;
  readonly colours: ReadonlyMap<number, number> /** Pixels of the root window itself. */;
  readonly bare: number;
};
export type XScreen = AsyncDisposable & {
  readonly display: string;
  readonly picture: () => Picture;
  readonly click: (x: number, y: number) => void;
  readonly type: (text: string) => void;
  readonly key: (key: string) => void;
};

export async function startScreen(width: number, height: number): Promise<XScreen> {
  await using stack = new AsyncDisposableStack();
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  stack.defer(() => end(server));
  const [number] = (await once(server.stdio[3] as Readable, 'data')) as [Buffer];
  const display = `:${number.toString().trim()}`;
  const env = { ...process.env, DISPLAY: display };
  const manager = spawn('openbox', [], { env, stdio: 'ignore' });
  stack.defer(() => end(manager));
  const run = (command: string, ...args: readonly string[]): Buffer => execFileSync(command, args, { env, maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });
  // A window that is mapped before its manager runs is not managed.
  for (let tries = 0; !run('xprop', '-root', '_NET_SUPPORTING_WM_CHECK').includes('window id') && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  run('xsetroot', '-solid', '#ff00ff');
  const kept = stack.move();
  return {
    display,
    picture: () => read(run('xwd', '-root', '-silent')),
    click: (x, y) => void run('xdotool', 'mousemove', String(x), String(y), 'click', '1'),
    type: (text) => void run('xdotool', 'type', '--delay', '30', text),
    key: (key) => void run('xdotool', 'key', key),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** XWD version 7: a header of big-endian words, the colour map, then 32 bits a pixel, little-endian. */
function read(dump: Buffer): Picture {
  const word = (n: number): number => dump.readUInt32BE(4 * n);
  const [start, width, height, perLine] = [word(0) + 12 * word(19), word(4), word(5), word(12)];
  const colours = new Map<number, number>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = dump.readUInt32LE(start + y * perLine + 4 * x) & 0xffffff;
      colours.set(colour, (colours.get(colour) ?? 0) + 1);
    }
  }
  return { width, height, colours, bare: colours.get(bare) ?? 0 };
}
