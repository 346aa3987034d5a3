/** A reserve with entries and a ledger that works again come in; the ledger holds them, marked as what they are, and the reserve is empty. */
import type { Entry } from '../../core/entry.ts';
import { readEntries } from '../ledger/reading.ts';
import type { Reserve } from './reserve.ts';

/** So many of the last entries are looked through for ones that an earlier run took over before it was cut off. */
const lookedThrough = 1_000;

/** How many were taken over. Throws where the ledger cannot be written: the reserve keeps them. `dir`: the ledger's folder. */
export function takeOver(reserve: Reserve, ledger: { append(entry: Entry): number }, dir: string): number {
  const { found } = reserve;
  if (found.length === 0) return 0;
  const there = new Set(readEntries(dir, { last: lookedThrough }).flatMap(({ entry }) => (entry.kind === 'fromReserve' ? [markOf(entry)] : [])));
  const missing = found.filter((each) => !there.has(markOf(each)));
  for (const each of missing) ledger.append({ kind: 'fromReserve', ...each });
  reserve.clear();
  return missing.length;
}

const markOf = ({ number, wall, entry }: { readonly number: number; readonly wall: number; readonly entry: Entry }): string => JSON.stringify([number, wall, entry]);
