/** A path comes in; a new file for this account alone, written whole or not at all, goes out, or one sentence why not. A file that is there is never replaced. */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeAll } from '../ledger/segments.ts';
import { plain } from './answer.ts';

export type PrivateFile = {
  readonly path: string;
  /** On the disk when it returns. Once. */
  readonly write: (bytes: Uint8Array) => void;
  /** Takes the file away again, unless it was written. */
  readonly drop: () => void;
};

/** Made before the work whose outcome it takes, so that this cannot be lost for want of a place; `room`: nor of so many bytes. */
export function newPrivateFile(name: string, room = 0): PrivateFile | { readonly kind: 'refused'; readonly why: string } {
  const path = resolve(name);
  let fd: number | null = null;
  const close = (): void => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };
  const drop = (): void => {
    if (fd === null) return;
    close();
    rmSync(path, { force: true });
  };
  const put = (bytes: Uint8Array): void => {
    if (fd === null) throw new Error('The file is written once.');
    writeAll(fd, bytes, 0);
    fsyncSync(fd);
  };
  try {
    fd = openSync(path, 'wx', 0o600);
    if (room > 0) put(Buffer.alloc(room, ' '));
  } catch (e) {
    drop();
    const { code } = e as NodeJS.ErrnoException;
    return {
      kind: 'refused',
      why:
        code === 'EEXIST'
          ? `${plain(path)} is there already and was left as it is: name another file.`
          : `${plain(path)} cannot be written (${code ?? 'unknown'}): name a place with room where this account may write.`,
    };
  }
  return {
    path,
    drop,
    write: (bytes) => {
      put(bytes);
      close();
    },
  };
}
