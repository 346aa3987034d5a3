/** A folder comes in; a KeyHolder that keeps the machine key in a file only its owner may read goes out. For evaluation: whoever copies the disk has the key. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldKey, KeyHolder } from '../../core/ports.ts';
import { writeNew } from './new-file.ts';

const keyBytes = 32;

export function fileKeyHolder(dir: string): KeyHolder {
  const path = join(dir, 'machine.key');
  const load = (): HeldKey => {
    let key: Buffer;
    try {
      key = readFileSync(path);
      // Windows has no such bits: there the folder's own permissions protect it.
      if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) return { kind: 'unreadable', why: `Others may read ${path}: run chmod 600 on it.` };
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
      return { kind: 'unreadable', why: `${path} cannot be read (${(e as NodeJS.ErrnoException).code ?? 'unknown'}): give this account the right to read it.` };
    }
    if (key.length === keyBytes) return { kind: 'held', key };
    return { kind: 'unreadable', why: `${path} holds ${key.length} bytes instead of ${keyBytes}: restore it from its copy.` };
  };
  return {
    grade: () => 'file',
    load,
    create: () => {
      const fault = writeNew(path, randomBytes(keyBytes));
      return fault === null ? load() : { kind: 'unreadable', why: fault };
    },
  };
}
