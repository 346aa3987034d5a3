/** Run in a mount namespace of its own with a small file system on argv[2]: fills it, and prints one JSON object of what the ledger did. */
import { createSecretKey } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { FileLedger } from '../../agent/ledger/ledger.ts';
import { createLedger, openLedger } from '../../agent/ledger/opening.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { verifyLedger } from '../../agent/ledger/verification.ts';

const [, , disk = ''] = process.argv;
const place = { dir: join(disk, 'ledger'), wrap: createSecretKey(Buffer.alloc(32, 1)), clock: { now: () => 0 } };
const stuffing = join(disk, 'stuffing');

/** Takes every byte that is left. */
function stuff(): void {
  const fd = openSync(stuffing, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(4_096));
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOSPC') throw e;
  } finally {
    closeSync(fd);
  }
}

/** Appends until it fails or `most` are in. */
function appendTo(ledger: FileLedger, most: number, from: 'tail' | 'reserve'): { readonly count: number; readonly code: string | null } {
  for (let count = 0; count < most; count++) {
    try {
      ledger.append({ kind: 'reader', reader: 'R', change: 'found' }, from);
    } catch (e) {
      return { count, code: (e as NodeJS.ErrnoException).code ?? String(e) };
    }
  }
  return { count: most, code: null };
}

const open = (): FileLedger => {
  const opened = openLedger(place);
  if (opened.kind !== 'open') throw new Error(opened.kind === 'degraded' ? opened.detail : opened.kind);
  return opened.ledger;
};

const created = createLedger(place);
const startKey = created.kind === 'created' ? Buffer.from(created.startKey) : undefined;
const ledger = open();
stuff();
const filled = appendTo(ledger, 10_000, 'tail');
const still = appendTo(ledger, 1, 'tail');
const emergency = appendTo(ledger, 100, 'reserve');
const verified = verifyLedger({ dir: place.dir, startKey });
ledger[Symbol.dispose]();
const reopened = open();
rmSync(stuffing);
const again = appendTo(reopened, 1_000, 'tail');
process.stdout.write(JSON.stringify({ filled, still, emergency, verified: verified.kind, again, entries: readEntries(place.dir).length }));

// A new ledger on a disk without room for it.
rmSync(place.dir, { recursive: true });
stuff();
const none = createLedger(place);
process.stdout.write(`\n${JSON.stringify({ kind: none.kind, cause: none.kind === 'degraded' ? none.cause : null })}`);
