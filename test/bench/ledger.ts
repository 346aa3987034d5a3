/** Appends a second to the ledger, against the bare system calls on the same file system: the same bytes written at the end of a file and synced, one by one. Rounds are taken in turn. */
import { createSecretKey } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createLedger, openLedger } from '../../agent/ledger/opening.ts';
import { segmentPath } from '../../agent/ledger/segments.ts';
import type { Entry } from '../../core/entry.ts';
import { type Measurement, percentile, row } from './row.ts';

const rounds = 31;
const perRound = 200;

const entry = (n: number): Entry => ({
  kind: 'tap',
  tap: n,
  reader: 'ACS ACR122U PICC Interface 00 00',
  subscriber: 'a14e7dc06e64b148',
  reason: 'asked',
  stages: { read: 31.4, pin: 2_140, check: 24.7, open: 12.3 },
});

/** How often a second `once` can be done. */
function rate(once: (n: number) => void): number {
  const began = process.hrtime.bigint();
  for (let n = 0; n < perRound; n++) once(n);
  return perRound / (Number(process.hrtime.bigint() - began) / 1e9);
}

export const measurement: Measurement = {
  ids: ['ledger'],
  run: (progress) => {
    // Beside the clone: the system's folder for temporary files may be in memory, where a sync costs nothing.
    const cache = join(import.meta.dirname, '..', '..', '.cache');
    mkdirSync(cache, { recursive: true });
    const dir = mkdtempSync(join(cache, 'bench-ledger-'));
    try {
      const place = { dir: join(dir, 'ledger'), wrap: createSecretKey(Buffer.alloc(32, 1)), clock: { now: () => performance.now() } };
      createLedger(place);
      const opened = openLedger(place);
      if (opened.kind !== 'open') throw new Error('The ledger did not open.');
      const { ledger } = opened;
      const appended = openSync(join(dir, 'appended'), 'a');
      const overwritten = openSync(join(dir, 'overwritten'), 'w');
      const before = statSync(segmentPath(place.dir, 1)).size;
      const ours: number[] = [];
      const append: number[] = [];
      const overwrite: number[] = [];
      const line = Buffer.alloc(sizeOfLine(entry(rounds * perRound)), 0x41);
      writeSync(overwritten, Buffer.alloc((rounds + 1) * perRound * line.length));
      fdatasyncSync(overwritten);
      progress(`${rounds} rounds of ${perRound} entries of ${line.length} bytes, in turn with the bare calls`);
      for (let round = 0; round <= rounds; round++) {
        const taken = [
          rate((n) => ledger.append(entry(round * perRound + n))),
          rate(() => {
            writeSync(appended, line);
            fdatasyncSync(appended);
          }),
          rate((n) => {
            writeSync(overwritten, line, 0, line.length, (round * perRound + n) * line.length);
            fdatasyncSync(overwritten);
          }),
        ];
        // The first round warms up.
        if (round > 0) for (const [i, list] of [ours, append, overwrite].entries()) list.push(taken[i] ?? 0);
      }
      if (ledger.count !== (rounds + 1) * perRound || statSync(segmentPath(place.dir, 1)).size <= before) throw new Error('The entries are not in the ledger.');
      ledger[Symbol.dispose]();
      for (const fd of [appended, overwritten]) closeSync(fd);
      const median = (rates: readonly number[]): number => percentile(rates, 50);
      return Promise.resolve([
        row('ledger', 'appends/s', ours, {
          'append + fdatasync': median(ours) / median(append),
          'overwrite + fdatasync': median(ours) / median(overwrite),
        }),
      ]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

/** A line carries numbers, two hashes and names beside the entry. */
const sizeOfLine = (e: Entry): number => JSON.stringify({ seq: 0, wall: Date.now(), at: 0, prev: 'x'.repeat(43), entry: e, mac: 'x'.repeat(43) }).length + 1;
