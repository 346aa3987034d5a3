/** Nothing comes in; the packaged face goes out, built without any network where this machine can do without, once for each content. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findElectron } from '../../build/electron.ts';
import { type PackagedFace, packageFace } from '../../build/face-package.ts';
import { need } from '../needs.ts';

const script = join(import.meta.dirname, '../../build/face-package.ts');
/** What these tests stand on: said in their log, for an old Electron proves less than a new one. */
export const electronName = `Electron ${findElectron()?.version ?? 'none'}`;
export const skipPackage = need('linux', 'electron');

let packaged: Promise<PackagedFace> | null = null;
/** Packages it if that was not done yet. As root the builder gets no network interface at all: a download would fail it. */
export const packagedFace = (): Promise<PackagedFace> => (packaged ??= build());

async function build(): Promise<PackagedFace> {
  if (process.getuid?.() !== 0 || need('namespaces') !== false) return packageFace();
  const { stdout } = await promisify(execFile)('unshare', ['--net', process.execPath, script, '--json']);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as PackagedFace;
}
