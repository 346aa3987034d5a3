/** A ledger's entries come in; its emergencies go out with who has reviewed each, and a new review is judged: by somebody else, of one that is open, with a statement (45 CFR 164.308(a)(1)(ii)(D)). */
import type { Entry } from '../../core/entry.ts';
import type { SubscriberId } from '../../core/types.ts';
import { type Reply, refused } from '../admin/contract.ts';
import { type Recorded, readEntries } from '../ledger/reading.ts';
import { accountKey } from '../store/accounts.ts';
import { type Durable, ledgerDir } from '../store/durable.ts';
import { digitsOf } from '../store/person.ts';

type EmergencyEntry = Extract<Entry, { kind: 'emergency' }>;
export type EmergencyCase = {
  /** Of its entry in the ledger. */
  readonly number: number;
  /** When it was opened, Unix milliseconds. */
  readonly wall: number;
  readonly entry: EmergencyEntry;
  /** Taken over from the reserve without its proof. */
  readonly unproved: boolean;
  readonly review: { readonly wall: number; readonly actor: string; readonly statement: string; readonly compared: boolean } | null;
};

/** Oldest first. */
export function casesIn(entries: readonly Recorded[]): readonly EmergencyCase[] {
  const cases = new Map<number, EmergencyCase>();
  for (const { seq, wall, entry } of entries) {
    if (entry.kind === 'emergency') cases.set(seq, { number: seq, wall, entry, unproved: false, review: null });
    if (entry.kind === 'fromReserve' && entry.entry.kind === 'emergency')
      cases.set(seq, { number: seq, wall: entry.wall, entry: entry.entry, unproved: !entry.proved, review: null });
    if (entry.kind !== 'emergencyReviewed') continue;
    const reviewed = cases.get(entry.emergency);
    // The first review stands.
    if (reviewed?.review === null) cases.set(entry.emergency, { ...reviewed, review: { wall, actor: entry.actor, statement: entry.statement, compared: entry.compared ?? true } });
  }
  return [...cases.values()];
}

export type Review = { readonly number: number; readonly statement: string /** As the ledger names whoever asks: `anna`, `anna as root`. */; readonly actor: string };
/** Accounts of the operating system, by IT's own word; null: none is known. */
export type OpenersAccount = { readonly bySubscriber: (subscriber: SubscriberId) => string | null; readonly byNumber: (number: string) => string | null };

export type ReviewOutcome = { readonly kind: 'entry'; readonly entry: Extract<Entry, { kind: 'emergencyReviewed' }> } | { readonly kind: 'refused'; readonly why: string };

/** At least so many characters say something. */
export const leastStatement = 10;
export const mostStatement = 500;

export function judgeReview({ number, statement, actor }: Review, cases: readonly EmergencyCase[], accounts: OpenersAccount): ReviewOutcome {
  const no = (why: string): ReviewOutcome => ({ kind: 'refused', why });
  const said = statement.normalize('NFC').trim();
  if (said.length < leastStatement || said.length > mostStatement || /\p{C}/u.test(said))
    return no(`Say in one line of ${leastStatement} to ${mostStatement} characters what you found: --statement "…".`);
  const found = cases.find((each) => each.number === number);
  if (found === undefined) return no('No emergency has this number: look it up with `tapward emergency list`.');
  if (found.review !== null) return no('This emergency was reviewed already: `tapward emergency list` says by whom.');
  const { claimant } = found.entry;
  const account = claimant.kind === 'proved' ? accounts.bySubscriber(claimant.subscriber) : accounts.byNumber(claimant.number);
  // "anna as root": whoever logged in counts, and so does what she became.
  const reviewers = actor.split(' as ').map(accountKey);
  if (account !== null && reviewers.includes(accountKey(account))) return no('You opened this emergency yourself: somebody else has to review it.');
  return { kind: 'entry', entry: { kind: 'emergencyReviewed', emergency: number, actor, statement: said, ...(account === null && { compared: false }) } };
}

/** The review is in the ledger when this returns; throws where it could not be written. */
export function recordReview(review: Review, { dir, ledger, store }: Pick<Durable, 'dir' | 'ledger' | 'store'>): Reply {
  if (ledger === null || store === null) return refused('unavailable', 'The station is degraded: look with `tapward doctor`.');
  const judged = judgeReview(review, casesIn(readEntries(ledgerDir(dir))), {
    bySubscriber: (subscriber) => store.subscriber(subscriber)?.account ?? null,
    byNumber: (number) => store.findByNumber(digitsOf(number))?.account ?? null,
  });
  return judged.kind === 'refused' ? refused('refused', judged.why) : { kind: 'reviewed', entry: ledger.append(judged.entry) };
}
