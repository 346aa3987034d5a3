/** The environment comes in; where this machine's Electron is goes out. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const own = join(import.meta.dirname, '../node_modules/electron');

export type Electron = { readonly executable: string; readonly version: string };

/** The Electron in this folder, for whichever system it is; null where there is none. */
export function electronIn(dist: string): Electron | null {
  const executable = ['electron', 'electron.exe'].map((name) => join(dist, name)).find((path) => existsSync(path));
  return executable === undefined ? null : { executable, version: versionIn(dist) };
}

const versionIn = (dist: string): string => (existsSync(join(dist, 'version')) ? readFileSync(join(dist, 'version'), 'utf8').trim().replace(/^v?/, 'v') : 'of unknown version');

/** The Electron that ELECTRON_OVERRIDE_DIST_PATH names, else the one its package has downloaded; null: there is none, and none is fetched. */
export function findElectron(env: NodeJS.ProcessEnv = process.env): Electron | null {
  const named = existsSync(join(own, 'path.txt')) ? readFileSync(join(own, 'path.txt'), 'utf8').trim() : process.platform === 'win32' ? 'electron.exe' : 'electron';
  // Set to nothing is not set: otherwise the sources' own folder electron would do.
  const dist = env['ELECTRON_OVERRIDE_DIST_PATH'] || join(own, 'dist');
  const executable = join(dist, named);
  if (!existsSync(executable)) return null;
  return { executable, version: versionIn(dist) };
}
