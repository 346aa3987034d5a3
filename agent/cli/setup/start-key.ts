/** A path comes in; a new file that only its owner may read goes out, empty until the ledger's start key is written there, and gone again if it never is. */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';

export type StartKeyFile = { readonly path: string; /** Durable when it returns. */ readonly write: (text: string) => void; readonly close: () => void };

/** One sentence where there is a file already, or none can be made: before anything else is. */
export function reserveKeyFile(named: string): StartKeyFile | string {
  const path = resolve(named);
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o600);
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    return code === 'EEXIST' ? `${path} is there already and was left as it is: name another file.` : `${path} cannot be written (${code ?? 'unknown'}): name another file.`;
  }
  let written = false;
  return {
    path,
    write: (text) => {
      writeSync(fd, `${text}\n`);
      fsyncSync(fd);
      written = true;
    },
    close: () => {
      closeSync(fd);
      if (!written) rmSync(path);
    },
  };
}
