/** This machine comes in; the Electron that the evaluation's face runs on goes out, fetched once where it can be, and the command that starts the face on it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FacePaths } from '../agent/evaluation/kiosk.ts';
import type { FaceProgram } from '../agent/face/supervisor.ts';
import { buildFace } from './electron.ts';
import { type Electron, findElectron } from './electron-runtime.ts';
import { root } from './setup.mjs';

/** A download that takes longer is not waited for. */
const fetchedWithin = 120_000;

export type FoundElectron = { readonly kind: 'found'; readonly electron: Electron } | { readonly kind: 'none'; readonly why: string };

/** The Electron there is; else its package's own installer is let fetch it. `say` hears before anything takes long. */
export async function electronHere(say: (line: string) => void): Promise<FoundElectron> {
  const there = findElectron();
  if (there !== null) return { kind: 'found', electron: there };
  if (process.env['ELECTRON_OVERRIDE_DIST_PATH'] !== undefined) return { kind: 'none', why: 'ELECTRON_OVERRIDE_DIST_PATH names a folder without Electron' };
  const installer = join(root, 'node_modules/electron/install.js');
  if (!existsSync(installer)) return { kind: 'none', why: 'the electron package is not installed' };
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')) as { readonly version: string };
  say(`Fetching Electron ${version} once (about 110 MB; Ctrl-C ends it) …`);
  const child = spawn(process.execPath, [installer], { stdio: ['ignore', 'ignore', 'pipe'], timeout: fetchedWithin, killSignal: 'SIGKILL' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, 2_000)));
  const [code] = (await once(child, 'close')) as [number | null];
  const fetched = findElectron();
  if (code === 0 && fetched !== null) return { kind: 'found', electron: fetched };
  const cause = code === null ? `not within ${fetchedWithin / 60_000} minutes` : (/^(?:\w*Error|Error)?:? ?(.+)$/m.exec(said)?.[1] ?? 'its installer failed');
  return { kind: 'none', why: `it could not be fetched: ${cause}` };
}

/** What the face gets of this process's environment: its display, its session, its language. Nothing that changes how Electron or Node run. */
const passedOn =
  /^(PATH|HOME|USER|LOGNAME|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_\w+|DBUS_SESSION_BUS_ADDRESS|LANG|LC_\w+|TZ|TMPDIR|SYSTEMROOT|WINDIR|TEMP|TMP|APPDATA|LOCALAPPDATA|USERPROFILE|PROGRAMDATA)$/i;

/** How the evaluation's face is started on this Electron: what it is made of is built first, in about 100 ms. */
export function evaluationFace({ executable }: Electron, windowed: boolean): (paths: FacePaths) => Promise<FaceProgram> {
  // Chromium's sandbox refuses root; evaluation shows local content only.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && passedOn.test(entry[0])));
  return async ({ door, tray, app, profile }) => ({
    command: executable,
    args: [
      await buildFace({ main: 'electron/evaluation/main.ts', preload: 'electron/evaluation/preload.ts', page: 'evaluation', out: app }),
      `--door=${door}`,
      `--tray=${tray}`,
      `--user-data-dir=${profile}`,
      ...(windowed ? ['--window'] : []),
      ...asRoot,
    ],
    env,
    // Only a plain window may be closed: a kiosk that ends comes back.
    ...(windowed ? { leavesWith: 0 } : {}),
  });
}
