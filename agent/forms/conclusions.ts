/** A form whose every step was right comes in; what it was for is durable and in the ledger, or the reason why it may not be goes out. */
import { isAtLeast } from '../../core/assurance.ts';
import type { Entry } from '../../core/entry.ts';
import { forRole, type Policy } from '../../core/policy.ts';
import type { Clock, Ledger } from '../../core/ports.ts';
import type { FormRefusal, Subscriber, SubscriberId } from '../../core/types.ts';
import { type Allotment, withBadge } from '../enrolment/allotment.ts';
import type { Refusal } from '../enrolment/refusal.ts';
import { lastWeek } from '../enrolment/wall.ts';
import type { UnknownCard } from '../intake.ts';
import { gradeOf } from '../proofs/record.ts';
import { Broken } from '../queue.ts';
import { publicPart } from '../store/person.ts';
import type { CodeRecord, PinRecord, StoreRecord, SubscriberRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { mayBeEnrolled } from './card-ranges.ts';
import type { Codes } from './codes.ts';
import type { Kept } from './kept.ts';

export type Concluded = { readonly kind: 'concluded'; readonly subscriber: Subscriber } | { readonly kind: 'refused'; readonly because: FormRefusal };
export type Conclusions = {
  /** Whether this card may be added here at all. */
  readonly mayAdd: (card: UnknownCard) => boolean;
  /** Whether she may be lent one more badge, or vouch once more, this week. */
  readonly mayHave: (subscriber: SubscriberRecord, what: 'lent' | 'vouched') => boolean;
  /** The unknown badge is hers, the code is used up, and her first PIN is set where she chose one. */
  readonly enrol: (kept: Kept) => Promise<Concluded>;
  /** Her new PIN; by a code, which is used up. */
  readonly changePin: (kept: Kept) => Promise<Concluded>;
  /** The unknown badge is hers for a while, on this colleague's word. */
  readonly lend: (kept: Kept, voucher: SubscriberId) => Concluded;
};
export type ConclusionParts = {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly codes: Codes;
  readonly allotment: Allotment;
  readonly policy: () => Policy;
  readonly clock: Clock;
  /** Unix milliseconds. */
  readonly wall: () => number;
  /** What this person's old PIN began is over. */
  readonly pinChanged: (subscriber: SubscriberId) => void;
};

const refused = (because: FormRefusal): Concluded => ({ kind: 'refused', because });
const refusedBy = ({ kind }: Refusal): Concluded => refused(kind === 'badgeTaken' || kind === 'downgrade' ? 'taken' : 'notAllowed');
/** As the ledger names what was done at the station itself. */
const actor = 'screen';

export function createConclusions({ store, ledger, codes, allotment, policy, clock, wall, pinChanged }: ConclusionParts): Conclusions {
  const record = (entry: Entry): void => {
    try {
      ledger.append(entry);
    } catch (why) {
      throw new Broken('ledgerUnwritable', why);
    }
  };
  const active = (id: SubscriberId | null): SubscriberRecord | null => {
    const subscriber = id === null ? null : store.subscriber(id);
    return subscriber === null || subscriber.revoked ? null : subscriber;
  };
  /** Overwrites the badge number it was given; the card's own UID stays. */
  const badgeFor = ({ uid, proof }: UnknownCard, subscriber: SubscriberId): ReturnType<Allotment['badgeFor']> => {
    const number = Uint8Array.from(uid);
    try {
      return proof === null ? { kind: 'noBadge' } : allotment.badgeFor({ number, proof }, subscriber);
    } finally {
      number.fill(0);
    }
  };
  const used = (code: CodeRecord | null): readonly StoreRecord[] => (code === null ? [] : [{ ...code, spent: true }]);
  const mayHave = (subscriber: SubscriberRecord, what: 'lent' | 'vouched'): boolean =>
    lastWeek(subscriber[what], wall()).length < forRole(policy(), subscriber.role).vouchesPerWeek;
  /** null: none was chosen. Wrong PINs of her security keys stay counted. */
  const chosenPin = async ({ newPin, code }: Kept, id: SubscriberId): Promise<PinRecord | null> => {
    if (newPin.digits.length === 0) return null;
    const secret = await allotment.newPin(id, newPin.digits, code === null ? 'herself' : 'desk');
    const { keyFailures = 0 } = store.pin(id) ?? {};
    return keyFailures === 0 ? secret : { ...secret, keyFailures };
  };

  return {
    mayHave,
    mayAdd: (card) => card.proof !== null && isAtLeast(gradeOf(card.proof), policy().leastGrade) && mayBeEnrolled(card, policy()),

    enrol: async (kept) => {
      const pin = kept.subject === null ? null : await chosenPin(kept, kept.subject);
      // After the wait: whatever changed meanwhile counts.
      const { card, code } = kept;
      const subscriber = active(kept.subject);
      if (subscriber === null || card === null || code === null || codes.goodUntil(code) === null) return refused('unreachable');
      const found = badgeFor(card, subscriber.id);
      if (found.kind !== 'free') return refusedBy(found);
      const { badge, former } = found;
      // First said, then done; badge, PIN and the end of the code are one write.
      record({ kind: 'enrolled', subscriber: subscriber.id, badge: badge.id, actor, grade: gradeOf(badge.proof) });
      store.write([...former, withBadge(subscriber, badge.id), badge, ...(pin === null ? [] : [pin]), ...used(code)], 'counted', [badge.id]);
      return { kind: 'concluded', subscriber: publicPart(subscriber) };
    },

    changePin: async (kept) => {
      const pin = kept.subject === null ? null : await chosenPin(kept, kept.subject);
      const { code } = kept;
      const subscriber = active(kept.subject);
      if (subscriber === null || pin === null || (code !== null && codes.goodUntil(code) === null)) return refused('unreachable');
      record({ kind: 'pinChanged', subscriber: subscriber.id });
      store.write([pin, ...used(code)], 'counted');
      pinChanged(subscriber.id);
      return { kind: 'concluded', subscriber: publicPart(subscriber) };
    },

    lend: (kept, by) => {
      const { card } = kept;
      const [subscriber, voucher] = [active(kept.subject), active(by)];
      if (subscriber === null || voucher === null || card === null) return refused('unreachable');
      if (subscriber.id === voucher.id || forRole(policy(), voucher.role).vouching === 'off') return refused('notAllowed');
      if (!mayHave(subscriber, 'lent') || !mayHave(voucher, 'vouched')) return refused('limit');
      const found = badgeFor(card, subscriber.id);
      if (found.kind !== 'free') return refusedBy(found);
      const lifetime = { wall: wall(), at: clock.now(), lasts: forRole(policy(), subscriber.role).vouchLasts };
      const people = new Map([voucher, ...found.former].map((one) => [one.id, one]));
      people.set(voucher.id, { ...(people.get(voucher.id) ?? voucher), vouched: [...lastWeek(voucher.vouched, lifetime.wall), lifetime.wall] });
      people.set(subscriber.id, { ...withBadge(subscriber, found.badge.id), lent: [...lastWeek(subscriber.lent, lifetime.wall), lifetime.wall] });
      record({ kind: 'vouched', subscriber: subscriber.id, voucher: voucher.id, until: lifetime.wall + lifetime.lasts });
      store.write([...people.values(), { ...found.badge, spare: { ...lifetime, voucher: voucher.id } }], 'counted', [found.badge.id]);
      return { kind: 'concluded', subscriber: publicPart(subscriber) };
    },
  };
}
