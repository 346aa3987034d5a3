/** Entries of the ledger with their wall time come in, oldest first; who and which reader struggles, and the one hint that fits her, go out. It decides nothing about opening. */
import type { Entry } from './entry.ts';
import type { AttemptId, Hint, ReaderName, SubscriberId } from './types.ts';

/** Unix milliseconds: what is noticed here spans days and restarts, and opens nothing. */
type Wall = number;
const second = 1_000;
const hour = 3_600_000;
const day = 24 * hour;

/** Older than this is forgotten. */
export const remembered: Wall = 14 * day;
/** A failed tap belongs to whoever is read on the same reader this soon after. */
const belongs: Wall = 15 * second;
/** Wrong PINs after a change count as the old PIN this long. */
const oldPinFor: Wall = 3 * day;
/** So many failed taps, or sign-ins in a row that began with a wrong PIN, are worth a hint. */
const often = 3;
/** Wrong PINs in a row within less are one bad moment, not a pattern. */
const overDays: Wall = 12 * hour;
/** A hint that was shown is not shown again for this long. */
const quietFor: Wall = day;
/** Bounds on what is kept, the least lately seen go first. */
const mostPeople = 2_000;
const mostReaders = 64;
const mostMoments = 20;

type FailedTap = 'tooShort' | 'wrongSide';
type Struggle = {
  readonly tooShort: readonly Wall[];
  readonly wrongSide: readonly Wall[];
  /** Sign-ins in a row that began with a wrong PIN, each by its first. */
  readonly wrong: readonly Wall[];
  readonly attempt: AttemptId | null;
  readonly oldPin: Wall | null;
  readonly changed: Wall | null;
  readonly told: Wall | null;
};
type ReaderStruggle = { readonly failed: readonly Wall[]; readonly read: number; readonly waiting: readonly { readonly what: FailedTap; readonly wall: Wall }[] };
export type Trouble = { readonly people: ReadonlyMap<SubscriberId, Struggle>; readonly readers: ReadonlyMap<ReaderName, ReaderStruggle> };

export const noTrouble: Trouble = { people: new Map(), readers: new Map() };
const unknown: Struggle = { tooShort: [], wrongSide: [], wrong: [], attempt: null, oldPin: null, changed: null, told: null };

/** Entries that say nothing about trouble leave it as it is, by identity. */
export function noteTrouble(trouble: Trouble, entry: Entry, wall: Wall): Trouble {
  switch (entry.kind) {
    case 'tap':
      return tapped(trouble, entry, wall);
    case 'verdict':
      if (entry.verdict === 'accepted')
        return amend(trouble, entry.subscriber, (p) => (p.attempt === entry.attempt ? { ...p, attempt: null, oldPin: null } : { ...p, wrong: [], attempt: null, oldPin: null }));
      if (entry.verdict !== 'refused') return trouble;
      return amend(trouble, entry.subscriber, (p) => {
        if (p.attempt === entry.attempt) return p;
        const old = p.changed !== null && wall - p.changed < oldPinFor;
        return { ...p, attempt: entry.attempt, wrong: last(p.wrong, wall), oldPin: old ? wall : p.oldPin };
      });
    case 'pinChanged':
    case 'pinReset':
      return amend(trouble, entry.subscriber, (p) => ({ ...p, wrong: [], attempt: null, oldPin: null, changed: wall }));
    case 'revoked':
      return { ...trouble, people: without(trouble.people, entry.subscriber) };
    default:
      return trouble;
  }
}

function tapped(trouble: Trouble, { reader, reason, subscriber }: Extract<Entry, { kind: 'tap' }>, wall: Wall): Trouble {
  const before = trouble.readers.get(reader) ?? { failed: [], read: 0, waiting: [] };
  const failed: FailedTap | null = reason === 'goneTooSoon' ? 'tooShort' : reason === 'unreadable' ? 'wrongSide' : null;
  if (failed !== null) {
    return {
      ...trouble,
      readers: put(
        trouble.readers,
        reader,
        { ...before, failed: last(before.failed, wall), waiting: [...before.waiting, { what: failed, wall }].slice(-mostMoments) },
        mostReaders,
      ),
    };
  }
  const hers = subscriber === null ? [] : before.waiting.filter((w) => wall - w.wall < belongs && wall >= w.wall);
  const read: Trouble = { ...trouble, readers: put(trouble.readers, reader, { ...before, read: before.read + 1, waiting: [] }, mostReaders) };
  if (subscriber === null || hers.length === 0) return read;
  const walls = (what: FailedTap): readonly Wall[] => hers.filter((w) => w.what === what).map((w) => w.wall);
  return amend(read, subscriber, (p) => ({
    ...p,
    tooShort: [...p.tooShort, ...walls('tooShort')].slice(-mostMoments),
    wrongSide: [...p.wrongSide, ...walls('wrongSide')].slice(-mostMoments),
  }));
}

const last = (walls: readonly Wall[], wall: Wall): readonly Wall[] => [...walls, wall].slice(-mostMoments);
const lately = (walls: readonly Wall[], now: Wall): readonly Wall[] => walls.filter((wall) => now - wall < remembered);
const without = <K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> => new Map([...map].filter(([k]) => k !== key));

/** The newest at the end, at most so many. */
function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V, most: number): ReadonlyMap<K, V> {
  const next = new Map(map);
  next.delete(key);
  next.set(key, value);
  const [oldest] = next.keys();
  if (next.size > most && oldest !== undefined) next.delete(oldest);
  return next;
}

function amend(trouble: Trouble, subscriber: SubscriberId, change: (before: Struggle) => Struggle): Trouble {
  const before = trouble.people.get(subscriber);
  const after = change(before ?? unknown);
  // Somebody without trouble takes no room.
  if (after === before || (before === undefined && after.wrong.length + after.tooShort.length + after.wrongSide.length === 0 && after.changed === null)) return trouble;
  return { ...trouble, people: put(trouble.people, subscriber, after, mostPeople) };
}

/** What would help her now: the clearest first; null: nothing, or it was said not long ago. */
export function hintFor({ people }: Trouble, subscriber: SubscriberId, now: Wall): Hint | null {
  const p = people.get(subscriber);
  if (p === undefined || (p.told !== null && now - p.told < quietFor && now >= p.told)) return null;
  if (p.oldPin !== null && now - p.oldPin < oldPinFor) return 'oldPin';
  if (isPattern(lately(p.wrong, now))) return 'wrongPins';
  if (lately(p.wrongSide, now).length >= often) return 'wrongSide';
  return lately(p.tooShort, now).length >= often ? 'tooShort' : null;
}

const isPattern = (wrong: readonly Wall[]): boolean => wrong.length >= often && (wrong.at(-1) ?? 0) - (wrong[0] ?? 0) >= overDays;

/** She was told: what led to it is counted anew. */
export const told = (trouble: Trouble, subscriber: SubscriberId, now: Wall): Trouble =>
  trouble.people.has(subscriber) ? amend(trouble, subscriber, (p) => ({ ...p, tooShort: [], wrongSide: [], oldPin: null, told: now })) : trouble;

export type Struggling = {
  readonly people: readonly {
    readonly subscriber: SubscriberId;
    readonly tooShort: number;
    readonly wrongSide: number;
    readonly wrongPins: number;
    readonly oldPin: boolean;
    readonly last: Wall;
  }[];
  /** `failed` of `taps` were not read. */
  readonly readers: readonly { readonly reader: ReaderName; readonly failed: number; readonly taps: number; readonly last: Wall }[];
};

/** For IT: who and what to help before they call, the worst first. `since`: Unix milliseconds. */
export function struggling(trouble: Trouble, since: Wall): Struggling {
  const after = (walls: readonly Wall[]): readonly Wall[] => walls.filter((wall) => wall >= since);
  const people = [...trouble.people].map(([subscriber, p]) => {
    const [tooShort, wrongSide, wrong] = [after(p.tooShort), after(p.wrongSide), after(p.wrong)];
    return {
      subscriber,
      tooShort: tooShort.length,
      wrongSide: wrongSide.length,
      wrongPins: wrong.length,
      oldPin: p.oldPin !== null && p.oldPin >= since,
      last: Math.max(0, ...tooShort, ...wrongSide, ...wrong),
    };
  });
  const readers = [...trouble.readers].map(([reader, r]) => {
    const failed = after(r.failed);
    return { reader, failed: failed.length, taps: r.read + r.failed.length, last: Math.max(0, ...failed) };
  });
  const weight = (p: (typeof people)[number]): number => p.tooShort + p.wrongSide + p.wrongPins + (p.oldPin ? 1 : 0);
  return {
    people: people.filter((p) => weight(p) >= often || p.oldPin).toSorted((a, b) => weight(b) - weight(a)),
    readers: readers.filter((r) => r.failed >= often).toSorted((a, b) => b.failed / b.taps - a.failed / a.taps),
  };
}
