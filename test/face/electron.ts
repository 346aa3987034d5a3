/** A door comes in; the built face in a real Electron goes out, on an X server of its own, driven by Playwright from inside and by X from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ElectronApplication, Page } from 'playwright-core';
import { buildFace, findElectron } from '../../build/electron.ts';
import type { Driver, Face } from './driver.ts';
import { launchElectron } from './launch.ts';
import { type Display, ended, openDisplay, until } from './screen.ts';

export type ElectronFace = Face & { readonly app: ElectronApplication; readonly display: Display; readonly pid: number; readonly profile: string };

const found = findElectron();
export const electronName = found === null ? 'no Electron' : `Electron ${found.version}`;

/** Built once for all tests of a file. */
let built: Promise<string> | null = null;
function appDir(): Promise<string> {
  if (built === null) {
    const out = mkdtempSync(join(tmpdir(), 'tapward-app-'));
    process.once('exit', () => rmSync(out, { recursive: true, force: true }));
    built = buildFace({ out });
  }
  return built;
}
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** The command of a face, for whoever starts it. */
export async function faceCommand(door: string, profile: string, flags: readonly string[] = asRoot): Promise<{ readonly command: string; readonly args: readonly string[] }> {
  if (found === null) throw new Error('there is no Electron here');
  return { command: found.executable, args: [...flags, `--user-data-dir=${profile}`, await appDir(), `--door=${door}`] };
}

/** Started from outside, without any debugging: what a station runs. */
export async function spawnFace(door: string, profile: string, env: NodeJS.ProcessEnv, flags?: readonly string[]): Promise<ChildProcess> {
  const { command, args } = await faceCommand(door, profile, flags);
  return spawn(command, args, { env, stdio: 'ignore' });
}

/** On `display` if given (which stays), else on one of its own. */
export async function openElectron(door: string, on?: Display): Promise<ElectronFace> {
  await using stack = new AsyncDisposableStack();
  const display = on ?? stack.use(await openDisplay());
  const profile = mkdtempSync(join(tmpdir(), 'tapward-profile-'));
  stack.defer(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const { command, args } = await faceCommand(door, profile);
  const app = await launchElectron({ executable: command, args, env: display.env });
  const child = app.process();
  // The face refuses to quit: it is told by signal, as its supervisor does.
  stack.defer(() => ended(child));
  await app.firstWindow();
  const kept = stack.move();
  const roleOf = (page: Page): Promise<string | undefined> => page.evaluate(() => document.getElementById('face')?.dataset['role']).catch(() => undefined);
  return {
    app,
    display,
    profile,
    pid: child.pid ?? 0,
    pad: async () => {
      let pad: Page | undefined;
      await until('a window has the pad', async () => {
        for (const page of app.windows()) if ((await roleOf(page)) === 'pad') pad = page;
        return pad !== undefined;
      });
      return pad as Page;
    },
    uncovered: async () => (await display.seen()) > 0,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export const electronDriver: Driver = { name: electronName, open: openElectron };

/** Process ids of the helper processes of this type (`renderer`, `gpu-process`, `zygote`) below a face. */
export function helpersOf(pid: number, type: string): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (id: number): boolean => {
    for (let at: number | undefined = id; at !== undefined && at > 1; at = parents.get(at)) if (at === pid) return true;
    return false;
  };
  return [...parents.keys()].filter((id) => id !== pid && below(id) && commandOf(id).includes(`--type=${type}`));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Any process of it and below it. */
export const familyOf = (pid: number): readonly number[] => [pid, ...helpersOf(pid, '')];

/** What a test waits for when nothing is to happen. */
export const aWhile = (): Promise<void> => sleep(400);
