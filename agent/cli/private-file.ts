/** A path comes in; a new file for this account alone, written whole or not at all, goes out, or one sentence why not. A file that is there is never replaced. */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';

export type PrivateFile = {
  readonly path: string;
  /** On the disk when it returns. Once. */
  readonly write: (bytes: Uint8Array) => void;
  /** Takes the file away again, unless it was written. */
  readonly drop: () => void;
};

/** Made before the work whose outcome it takes, so that this cannot be lost for want of a place. */
export function newPrivateFile(name: string): PrivateFile | { readonly kind: 'refused'; readonly why: string } {
  const path = resolve(name);
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o600);
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    return { kind: 'refused', why: code === 'EEXIST' ? 'The file to be written is there already: name another one, or take it away first.' : `The file cannot be written (${code ?? 'unknown'}): name a place where this account may write.` };
  }
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  return {
    path,
    write: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
      close();
    },
    drop: () => {
      if (!isOpen) return;
      close();
      rmSync(path, { force: true });
    },
  };
}
