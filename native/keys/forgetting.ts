/** A folder comes in; its machine key, however it was kept, and its counter are gone for good. */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from './new-file.ts';
import { forgetTpmCounter, tpmCounter, tpmCounts } from './tpm-counter.ts';

/** One sentence where something of it is still there. */
export function forgetKeys(dir: string): string | null {
  if (!existsSync(dir)) return null;
  for (const name of ['machine.key', 'machine.cred', 'machine.dpapi', 'counter']) {
    const path = join(dir, name);
    rmSync(`${path}.new`, { force: true });
    if (!existsSync(path)) continue;
    // An image of this disk holds what lies in its free blocks too.
    overwrite(path);
    rmSync(path);
  }
  syncFolder(dir);
  return process.platform !== 'win32' && tpmCounts() && tpmCounter().read().kind === 'value' ? forgetTpmCounter() : null;
}

function overwrite(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    writeSync(fd, Buffer.alloc(statSync(path).size), 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
