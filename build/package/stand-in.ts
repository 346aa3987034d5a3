/** A platform comes in; a folder laid out like an Electron goes out, whose program is a stand-in of ours: for tests of what a package does around a face. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeProgram } from '../native.ts';
import { root } from '../setup.mjs';
import type { Platform } from './executable.ts';
import { describeProgram } from './portable-executable.ts';

const cache = join(root, '.cache/package');
/** No Electron has it: a face that has is one that shows nothing. */
export const standInVersion = '0.0.0';

/** Builds it in about a second; there at once while its program is the same. */
export async function standInElectron(platform: Platform): Promise<string> {
  const windows = platform === 'win32-x64';
  const compiled = readFileSync(await nativeProgram(windows ? 'stand-in-windows' : 'stand-in'));
  const program = windows ? describeProgram(compiled, { file: 'electron.exe', description: 'A stand-in for the face, which shows nothing', version: standInVersion }) : compiled;
  const recipe = readFileSync(join(import.meta.dirname, 'stand-in.ts'));
  const place = join(cache, `stand-in-${createHash('sha256').update(program).update(recipe).digest('hex').slice(0, 16)}`);
  if (existsSync(place)) return place;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(`${place}.`);
  mkdirSync(join(fresh, 'locales'));
  writeFileSync(join(fresh, windows ? 'electron.exe' : 'electron'), program, { mode: 0o755 });
  // Which a package makes root's and set-uid.
  if (!windows) writeFileSync(join(fresh, 'chrome-sandbox'), program, { mode: 0o755 });
  writeFileSync(join(fresh, 'version'), standInVersion);
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak', 'resources.pak']) writeFileSync(join(fresh, name), 'A stand-in: there is no Electron here.\n');
  try {
    renameSync(fresh, place);
  } catch (why) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(place)) throw why;
  }
  return place;
}
