/** A ledger's entries and whether it holds come in; its statistics, its last entries and how long taps took go out as Facts. */

import type { Stages } from '../../core/entry.ts';
import type { Recorded } from '../ledger/reading.ts';
import type { verifyLedger } from '../ledger/verification.ts';
import type { EntryFacts } from './entries.ts';
import { both, counts, digest, type Fact, fixed, moment, type Word, whole } from './fact.ts';

/** Entries that are shown one by one. */
const most = 200;

export function ledgerFacts(entries: readonly Recorded[], found: ReturnType<typeof verifyLedger> | null, facts: EntryFacts): Fact {
  const shown = entries.map((recorded) => facts.of(recorded));
  const of = (detail: string): readonly Word[] =>
    shown.flatMap((fact) => {
      const [kind, told] = [fact['kind'], fact[detail]];
      return typeof kind === 'string' && typeof told === 'string' ? [detail === 'kind' ? kind : both(kind, told)] : [];
    });
  return {
    chain: found === null ? fixed`not there` : found.kind === 'sound' ? fixed`holds` : fixed`does not hold`,
    firstBad: found?.kind === 'bad' ? whole(found.seq) : null,
    entries: whole(found?.kind === 'sound' ? found.entries : entries.length),
    signatures: found?.kind === 'sound' ? whole(found.signatures) : null,
    head: found?.kind === 'sound' ? digest(found.head) : null,
    first: moment(entries[0]?.wall),
    last: moment(entries.at(-1)?.wall),
    kinds: counts(of('kind')),
    reasons: counts(of('reason')),
    results: counts(of('result')),
    verdicts: counts(of('verdict')),
    locks: counts(of('why')),
    lastEntries: shown.slice(-most),
  };
}

const stages = ['read', 'pin', 'check', 'open'] as const satisfies readonly (keyof Stages)[];

/** Milliseconds of each stage of a tap, over the whole ledger. */
export const timingFacts = (entries: readonly Recorded[]): Fact =>
  Object.fromEntries(
    stages.map((stage) => {
      const times = entries
        .flatMap(({ entry }) => {
          const time = entry.kind === 'tap' || entry.kind === 'tapEnded' ? entry.stages?.[stage] : undefined;
          return typeof time === 'number' ? [time] : [];
        })
        .toSorted((a, b) => a - b);
      const at = (share: number): number | null => whole(times[Math.min(times.length - 1, Math.floor(share * times.length))]);
      return [stage, { taps: times.length, half: at(0.5), nineteenOf20: at(0.95), worst: at(1) }];
    }),
  );
