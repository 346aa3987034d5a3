/** Nothing comes in; a Windows made by Wine for one test file goes out: its own registry and services, on files that all test files share. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../build/setup.mjs';
import { wine64 } from '../needs.ts';

/** `code` is the program's; null: it was ended at its deadline. */
export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

export type Wine = AsyncDisposable & {
  /** What C: is, for files both sides see. */
  readonly drive: string;
  /** Ends it after `deadline` ms; what it prints is collected. */
  run(program: string, args?: readonly string[], deadline?: number): Promise<Ran>;
  /** In a process group of its own; ended with this Wine. */
  start(program: string, args?: readonly string[], stdio?: 'ignore' | 'pipe'): ChildProcess;
};

/** A path of ours as Windows programs name it. */
export const windowsPath = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

const environment = (prefix: string): NodeJS.ProcessEnv => ({
  ...process.env,
  WINEPREFIX: prefix,
  WINEARCH: 'win64',
  WINEDEBUG: '-all',
  WINEDLLOVERRIDES: 'mscoree,mshtml=',
  DISPLAY: '',
});

const stopServer = (prefix: string): void => {
  try {
    execFileSync('/usr/lib/wine/wineserver', ['-k', '-w'], { env: environment(prefix), stdio: 'ignore', timeout: 20_000 });
  } catch {
    // It never ran.
  }
};

/** Made once per clone (about ten seconds): 700 MB, nearly all of them Wine's own libraries. */
function template(): string {
  const place = join(root, '.cache', 'wine-8');
  if (existsSync(place)) return place;
  const building = `${place}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  const wine = (...args: readonly string[]): void => void execFileSync(wine64, args, { env: environment(building), stdio: 'ignore', timeout: 180_000 });
  wine('wineboot', '-i');
  wine('reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f');
  stopServer(building);
  try {
    renameSync(building, place);
  } catch (error) {
    // Another test file was first.
    if (!existsSync(place)) throw error;
    rmSync(building, { recursive: true, force: true });
  }
  return place;
}

/** Its files are links to the template's, which nothing writes to: Wine replaces its registry's files, and never its libraries. */
export async function startWine(): Promise<Wine> {
  const from = template();
  const prefix = mkdtempSync(join(tmpdir(), 'tapward-wine-'));
  execFileSync('cp', ['-al', join(from, 'drive_c'), prefix]);
  for (const name of readdirSync(from)) if (name !== 'drive_c') cpSync(join(from, name), join(prefix, name), { recursive: true, verbatimSymlinks: true });
  const env = environment(prefix);
  const children: ChildProcess[] = [];
  return {
    drive: join(prefix, 'drive_c'),
    run: (program, args = [], deadline = 30_000) =>
      new Promise((resolve) => {
        execFile(wine64, [program, ...args], { env, timeout: deadline, killSignal: 'SIGKILL', maxBuffer: 64 << 20 }, (failure, out, err) => {
          resolve({ code: failure === null ? 0 : typeof failure.code === 'number' ? failure.code : null, out, err });
        });
      }),
    start: (program, args = [], stdio = 'pipe') => {
      const child = spawn(wine64, [program, ...args], { env, stdio, detached: true });
      children.push(child);
      return child;
    },
    [Symbol.asyncDispose]: async () => {
      stopServer(prefix);
      for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      rmSync(prefix, { recursive: true, force: true });
    },
  };
}
