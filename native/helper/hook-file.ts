/** An event's folder comes in; its hook files in order go out, or which of them is not root's alone: what others may change is not run. */
import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isHookName } from '../../core/helper-link.ts';

export type HookFiles = {
  /** Whole paths, in the order of their names. */
  readonly files: readonly string[];
  /** The first that may not be run; `folder`: none of them may. null: all may. */
  readonly refused: { readonly name: string } | 'folder' | null;
};

const root = 0;
/** By group or others. */
const writable = 0o022;
const sticky = 0o1000;
const executable = 0o111;

/** A regular file of root's that nobody else may write to; a link is none. */
export function isRootsFile(path: string): boolean {
  try {
    const { uid, mode, nlink } = lstatSync(path);
    return (mode & 0o170000) === 0o100000 && uid === root && (mode & writable) === 0 && (mode & executable) !== 0 && nlink === 1 && isRootsFolder(dirname(path));
  } catch {
    return false;
  }
}

/** So are all above it; in one like /tmp, where all may write, nobody may replace what is root's. */
export function isRootsFolder(path: string): boolean {
  try {
    const { uid, mode } = lstatSync(path);
    const isRoots = (mode & 0o170000) === 0o040000 && uid === root && ((mode & writable) === 0 || (mode & sticky) !== 0);
    return isRoots && (path === dirname(path) || isRootsFolder(dirname(path)));
  } catch {
    return false;
  }
}

/** Looked at anew before each run. Files whose name is no hook's (`50-name`) are nobody's, as editors leave them. Never throws. */
export function hooksIn(folder: string): HookFiles {
  if (!isRootsFolder(folder) || (lstatSync(folder).mode & writable) !== 0) return { files: [], refused: 'folder' };
  const names = readdirSync(folder).filter(isHookName).sort();
  const bad = names.find((name) => !isRootsFile(join(folder, name)));
  return { files: names.filter((name) => isRootsFile(join(folder, name))).map((name) => join(folder, name)), refused: bad === undefined ? null : { name: bad } };
}
