/** A staged payload comes in; the folder a package is made from goes out, laid out and dated, and what the deb and the rpm both say of themselves. */
import { execFileSync } from 'node:child_process';
import { chmodSync, constants, copyFileSync, lutimesSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../setup.mjs';
import { bytesOf, type Entry } from './linux-tree.ts';

export type LinuxOptions = {
  /** Created if need be. */ readonly out: string /** A folder with an Electron for Linux; null: a package without a face, which is no release. */;
  readonly electron: string | null;
};

/** A package whose face shows nothing must be told from a release by its very name. */
export const nameOf = (noface: boolean): string => (noface ? 'tapward-noface' : 'tapward');
export const summary = 'people sign in to a shared workstation by tapping a badge';
export const description = (noface: boolean): readonly string[] => [
  'The agent that reads badges over PC/SC, decides, proves and locks, the PAM module',
  'that lets a tap stand in for the password at a display manager, and the kiosk.',
  ...(noface ? ['This package holds no face: it is not a release, and its kiosk does not start.'] : []),
];

/** Seconds since 1970 that every file is dated: SOURCE_DATE_EPOCH, else the last commit's, else those of a tree without a history. */
export function sourceDate(): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && /^\d{1,10}$/.test(given)) return Number(given);
  try {
    return Number(execFileSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim());
  } catch {
    return Date.UTC(2026, 0, 1) / 1_000;
  }
}

/** Entries come in; they lie below `to`, with their modes and one date, whatever the umask. */
export function layTree(entries: readonly Entry[], to: string, date: number): void {
  for (const folder of new Set(entries.flatMap(({ path }) => foldersAbove(path)))) {
    mkdirSync(join(to, folder), { recursive: true });
    chmodSync(join(to, folder), 0o755);
  }
  for (const entry of entries) {
    const path = join(to, entry.path);
    if (entry.kind === 'folder') mkdirSync(path, { recursive: true });
    else if (entry.kind === 'link') symlinkSync(entry.to, path);
    else if (entry.kind === 'file') copyFileSync(entry.from, path, constants.COPYFILE_FICLONE);
    else writeFileSync(path, bytesOf(entry));
    if (entry.kind !== 'link') chmodSync(path, entry.mode);
  }
  settle(to, date);
}

/** From the topmost. */
const foldersAbove = (path: string): readonly string[] => (dirname(path) === '/' ? ['/'] : [...foldersAbove(dirname(path)), dirname(path)]);

/** Everything in it, and itself, has the one date. */
export function settle(folder: string, date: number): void {
  for (const path of execFileSync('find', [folder, '-depth', '-print0'], { encoding: 'utf8', maxBuffer: 1 << 28 })
    .split('\0')
    .filter((one) => one !== ''))
    lutimesSync(path, date, date);
}

/** A maintainer script of ours by its name, whole: what it shares with the others stands before it. */
export function maintainerScript(script: string, { name, version }: { readonly name: string; readonly version: string }): string {
  const [lib, own] = ['lib.sh', script].map((file) =>
    readFileSync(join(import.meta.dirname, 'maintainer', file), 'utf8')
      .replaceAll('@VERSION@', version)
      .replaceAll('@NAME@', name),
  ) as [string, string];
  return `set -e\n${lib}\n${own}`;
}
