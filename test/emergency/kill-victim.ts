/** A folder comes in as the one argument; entries are appended to its reserve until this is killed, and each acknowledged number goes out on a line. */
import { createSecretKey } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openReserve } from '../../agent/emergency/reserve.ts';

const opened = openReserve({ dir: process.argv[2] ?? '', key: createSecretKey(Buffer.alloc(32, 7)), clock: { now: () => 0 } });
if (opened.kind === 'none') throw new Error(opened.why);
for (;;) {
  const number = opened.reserve.append({ kind: 'emergency', grant: 'g1', attempt: 1, claimant: { kind: 'claimed', number: '123456' }, reason: 'life', minutes: 30 });
  writeSync(1, `${number}\n`);
  // Slow enough that it is killed before the file is full.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
}
