/** A ledger's folder comes in; its entries, newest last, go out for people to read. Nothing is proved here: that is verification.ts. */
import type { Entry } from '../../core/entry.ts';
import type { Millis } from '../../core/types.ts';
import { lines, takeApart } from './line.ts';
import { readSegment, segmentsIn } from './segments.ts';

/** `wall`: Unix milliseconds; `at`: station time. */
export type Recorded = { readonly seq: number; readonly wall: number; readonly at: Millis; readonly entry: Entry };

/** One file of it at a time, newest first, each with its entries in order: for whoever must not hold up a tap. */
export function* segmentsBack(dir: string): Generator<readonly Recorded[]> {
  for (const segment of segmentsIn(dir).toReversed()) yield entriesOf(dir, segment);
}

function entriesOf(dir: string, segment: number): Recorded[] {
  return [...lines(readSegment(dir, segment))].flatMap(({ line }) => {
    const read = takeApart(line)?.read;
    return read === undefined ? [] : [{ seq: read.seq, wall: read.wall, at: read.at, entry: read.entry }];
  });
}

/** At most the `last` entries; a line that cannot be read is left out. Throws where the folder or its files cannot be read. */
export function readEntries(dir: string, { last = Infinity }: { readonly last?: number } = {}): readonly Recorded[] {
  const found: Recorded[][] = [];
  let count = 0;
  for (const segment of segmentsIn(dir).toReversed()) {
    if (count >= last) break;
    const entries = entriesOf(dir, segment);
    found.unshift(entries);
    count += entries.length;
  }
  const all = found.flat();
  return last === Infinity ? all : all.slice(Math.max(0, all.length - last));
}
