/** Wrong emergency codes are counted here; the number is on the disk, in bytes that were there before, when `write` returns. Works without a store and on a full disk. */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAll } from '../ledger/segments.ts';

export const triesPath = (dir: string): string => join(dir, 'emergency.tries');

const digits = 6;
const line = (failures: number): Buffer => Buffer.from(`${String(failures).padStart(digits, '0')}\n`);

/** At set-up only: a file that goes missing later is no new beginning. */
export const createTries = (dir: string): void => writeFileSync(triesPath(dir), line(0), { mode: 0o600, flush: true });

/** null: missing, or not what was written. */
export function readTries(dir: string): number | null {
  try {
    const text = readFileSync(triesPath(dir), 'latin1');
    return /^\d{6}\n$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

/** Throws where it could not be made durable. */
export function writeTries(dir: string, failures: number): void {
  const fd = openSync(triesPath(dir), 'r+');
  try {
    writeAll(fd, line(failures), 0);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
