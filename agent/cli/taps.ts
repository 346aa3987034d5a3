/** A ledger's entries come in; each tap with all that came of it goes out: the material of `why`. */
import type { Entitlement } from '../../core/entitlement.ts';
import type { Entry, Stages } from '../../core/entry.ts';
import type { Factor, Grade, OutcomeCode, Presentation, ProofFault, Reached, ReaderName, SubscriberId, TapReason } from '../../core/types.ts';
import { reference } from '../../core/view.ts';
import { type Recorded, readEntries } from '../ledger/reading.ts';

/** How a tap ended that has no last word of its own. */
export type Loose = 'underWay' | 'agentStopped' | 'outcomeUnknown';

export type TapAccount = {
  /** Unix milliseconds at which the badge was read. */
  readonly wall: number;
  readonly presentation: Presentation;
  /** The four digits a nurse reads out. */
  readonly reference: string;
  readonly reader: ReaderName;
  /** The rule that had the last word. */
  readonly reason: TapReason;
  readonly loose: Loose | null;
  readonly stages: Stages;
  readonly wrongPins: number;
  /** Why the system did not confirm an open that was permitted. */
  readonly outcome: OutcomeCode | null;
  readonly subscriber: SubscriberId | null;
  /** What a badge that was enrolled as provable came to, or why a card that should say by itself whose it is did not; null: it was not asked. */
  readonly proof: Grade | ProofFault | null;
  /** What the station was opened with, if it was. */
  readonly permit: { readonly factors: readonly Factor[]; readonly reached: Reached; readonly by: Entitlement['kind'] } | null;
};

/** Entries of one tap lie close together: so many are read for each tap that is asked for, and more when that was too few. */
const entriesPerTap = 16;

/** The last `wanted` taps, oldest first. Throws where the ledger cannot be read. */
export function lastTaps(dir: string, wanted: number): readonly TapAccount[] {
  for (let last = 256 + wanted * entriesPerTap; ; last *= 4) {
    const entries = readEntries(dir, { last });
    const taps = accountFor(entries);
    if (taps.length >= wanted || entries.length < last) return taps.slice(-wanted);
  }
}

/** The newest tap with these four digits; null: none. */
export const tapByReference = (dir: string, wanted: string): TapAccount | null => accountFor(readEntries(dir)).findLast((tap) => tap.reference === wanted) ?? null;

/** A security key that was asked for at the screen, told as a tap is. */
function ceremony(wall: number, { attempt, subscriber, result }: Extract<Entry, { kind: 'key' }>): TapAccount {
  const isProof = result === 'verified' || result === 'touched';
  return {
    wall,
    presentation: attempt,
    reference: reference(attempt),
    reader: 'security key at the screen',
    subscriber,
    reason: isProof ? 'asked' : result === 'none' ? 'timedOut' : 'unproved',
    loose: isProof ? 'underWay' : null,
    stages: {},
    wrongPins: 0,
    outcome: null,
    proof: isProof ? 'fido' : result === 'none' ? null : result,
    permit: null,
  };
}

const asksOn = (reason: TapReason): boolean => reason === 'asked' || reason === 'askedSwitch';

export function accountFor(entries: readonly Recorded[]): readonly TapAccount[] {
  const taps = new Map<Presentation, TapAccount>();
  /** Grant to the tap it was given for. */
  const permits = new Map<string, Presentation>();
  /** Stands before its tap, which is decided by it. */
  const proofs = new Map<Presentation, Grade | ProofFault>();
  const amend = (tap: Presentation | undefined, change: (known: TapAccount) => Partial<TapAccount>): void => {
    const known = tap === undefined ? undefined : taps.get(tap);
    if (known !== undefined) taps.set(known.presentation, { ...known, ...change(known) });
  };
  for (const { wall, entry } of entries) {
    switch (entry.kind) {
      case 'tap': {
        const { tap: presentation, reader, reason, stages, subscriber } = entry;
        // Taken out first: a Map keeps the place of a key it knows.
        taps.delete(presentation);
        taps.set(presentation, {
          wall,
          presentation,
          reference: reference(presentation),
          reader,
          reason,
          loose: asksOn(reason) ? 'underWay' : null,
          stages,
          wrongPins: 0,
          outcome: null,
          subscriber,
          proof: proofs.get(presentation) ?? null,
          permit: null,
        });
        break;
      }
      case 'tapEnded':
        amend(entry.tap, ({ stages }) => ({ reason: entry.reason, loose: null, stages: { ...stages, ...entry.stages } }));
        break;
      case 'proof':
        proofs.set(entry.tap, entry.result);
        amend(entry.tap, () => ({ proof: entry.result }));
        break;
      case 'key':
        // Beside a tap it is a part of that one; alone it is an attempt of its own.
        if (!taps.has(entry.attempt)) taps.set(entry.attempt, ceremony(wall, entry));
        break;
      case 'verdict':
        // A wrong PIN that brought a wait or the block is told by those.
        if (entry.verdict === 'refused') amend(entry.attempt, ({ wrongPins }) => ({ wrongPins: wrongPins + 1 }));
        break;
      case 'permit':
        permits.set(entry.grant, entry.attempt);
        amend(entry.attempt, () => ({ permit: { factors: entry.factors, reached: entry.reached, by: entry.by } }));
        break;
      case 'outcome': {
        const { result } = entry;
        if (result !== 'opened') amend(permits.get(entry.grant), () => ({ outcome: result }));
        break;
      }
      case 'outcomeUnknown':
        amend(permits.get(entry.grant), () => ({ loose: 'outcomeUnknown' }));
        break;
      case 'started':
        for (const [tap, { loose }] of taps) if (loose === 'underWay') amend(tap, () => ({ loose: 'agentStopped' }));
        break;
      default:
    }
  }
  return [...taps.values()];
}
