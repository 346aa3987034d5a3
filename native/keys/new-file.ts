/** A path and bytes come in; a file that did not exist before, readable by its owner alone and durable, is what remains, or one sentence why not. */
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Overwrites `bytes` with zeros in every case. Never replaces a file: the link fails if there is one. */
export function writeNew(path: string, bytes: Uint8Array): string | null {
  const half = `${path}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(half, { force: true });
    const fd = openSync(half, 'wx', 0o600);
    try {
      writeSync(fd, bytes);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    linkSync(half, path);
    syncFolder(dirname(path));
    return null;
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code ?? 'unknown';
    return code === 'EEXIST'
      ? `${path} is there already and was left as it is.`
      : `${path} cannot be written (${code}): free the disk or give this account the right to write there.`;
  } finally {
    bytes.fill(0);
    rmSync(half, { force: true });
  }
}

/** Makes a new name in a folder durable. Windows cannot open a folder and needs no such step. */
export function syncFolder(dir: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
