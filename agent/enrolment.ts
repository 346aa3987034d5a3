/** What an administrator asks for a person, a badge or a PIN comes in; it is durable and in the ledger, or one clear reason why not goes out. */
import type { ChangedDetail } from '../core/entry.ts';
import type { Policy } from '../core/policy.ts';
import type { Ledger } from '../core/ports.ts';
import type { BadgeId, Language, Subscriber, SubscriberId } from '../core/types.ts';
import { createAllotment, type NewBadge, newId, withBadge } from './enrolment/allotment.ts';
import { type Details, withDetails } from './enrolment/details.ts';
import { nameRefusal, type Refusal, tidyName } from './enrolment/refusal.ts';
import { createRegister, type Register } from './enrolment/register.ts';
import { dayOf, daysBetween, isOver } from './enrolment/wall.ts';
import { gradeOf } from './proofs/record.ts';
import { publicPart } from './store/person.ts';
import { type BadgeRecord, type Cost, noDetails, type SubscriberRecord } from './store/records.ts';
import type { Store } from './store/store.ts';

export { byUid, type NewBadge } from './enrolment/allotment.ts';
export type { Details } from './enrolment/details.ts';
export { nameRefusal, type Refusal, refusalSentence } from './enrolment/refusal.ts';
export type { Person } from './enrolment/register.ts';
export { publicPart } from './store/person.ts';

export type Enrolled = { readonly kind: 'enrolled'; readonly subscriber: Subscriber; readonly badge: BadgeId };
export type Done = { readonly kind: 'done' };
/** Whose record or badge it was. */
export type DoneFor = Done & { readonly subscriber: SubscriberId };
export type NewPerson = { readonly given: string; readonly initial: string; readonly language: Language | null } & Details;

/** Every `pin` (values 0–9) and badge number is overwritten before the answer. */
export type Enrolment = Register & {
  readonly enrol: (person: NewPerson, badge: NewBadge, pin: Uint8Array, actor: string) => Promise<Enrolled | Refusal>;
  /** Without badge and PIN: she gets both herself at a station, with a code. */
  readonly addPerson: (person: NewPerson, actor: string) => DoneFor | Refusal;
  readonly setDetails: (subscriber: SubscriberId, details: Details, actor: string) => (DoneFor & { readonly roleChanged: boolean }) | Refusal;
  readonly addBadge: (subscriber: SubscriberId, badge: NewBadge, actor: string) => Enrolled | Refusal;
  /** The new one hers, the old one revoked, in one write. */
  readonly replaceBadge: (old: BadgeId, badge: NewBadge, actor: string) => Enrolled | Refusal;
  /** Takes effect at the next tap; idempotent. */
  readonly revokeBadge: (badge: BadgeId, actor: string) => DoneFor | Refusal;
  readonly revokePerson: (subscriber: SubscriberId, actor: string) => Done | Refusal;
  /** Revokes all that nobody used for as long as the policy says. */
  readonly retireBadges: (actor: string) => readonly { readonly badge: BadgeId; readonly subscriber: SubscriberId }[];
  /** The administrator's reset: a new PIN and no failures (invariant 4). */
  readonly resetPin: (subscriber: SubscriberId, pin: Uint8Array, actor: string) => Promise<Done | Refusal>;
};

export type EnrolmentParts = {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly policy: () => Policy;
  readonly cost?: Cost;
  /** Station time; without it only the wall clock ends what lasts a while. */
  readonly at?: () => number;
  /** Unix milliseconds. */
  readonly wall?: () => number;
};

/** Whether nobody used this badge for so many days. */
export const isStale = ({ lastUsed }: Pick<BadgeRecord, 'lastUsed'>, { staleAfter }: Pick<Policy, 'staleAfter'>, wall: number): boolean =>
  lastUsed !== null && daysBetween(lastUsed, dayOf(wall)) >= staleAfter;

/** Every method throws where store or ledger could not be written: the agent degrades on it. */
export function createEnrolment({ store, ledger, policy, cost, at = () => 0, wall = Date.now }: EnrolmentParts): Enrolment {
  const isDue = ({ spare }: BadgeRecord): boolean => spare !== null && isOver(spare, { wall: wall(), at: at() });
  const { badgeFor, pinRefusal, newPin } = createAllotment({ store, policy, wall, isDue, cost });
  const recordBadge = (kind: 'revoked' | 'retired' | 'replaced', badge: BadgeRecord, actor: string): void =>
    void ledger.append({ kind, subscriber: badge.subscriber, badge: badge.id, actor });
  const recordEnrolled = (subscriber: SubscriberId, { id, proof }: BadgeRecord, actor: string): void =>
    void ledger.append({ kind: 'enrolled', subscriber, badge: id, actor, grade: gradeOf(proof) });
  const newSubscriber = (person: NewPerson, badges: readonly BadgeId[]): ReturnType<typeof withDetails> => {
    const { given, initial } = tidyName(person);
    const plain: SubscriberRecord = { kind: 'subscriber', id: newId(), given, initial, language: person.language, revoked: false, badges, ...noDetails };
    return nameRefusal(person) ?? withDetails(store, policy(), plain, person);
  };
  /** One who may be given something. */
  const active = (id: SubscriberId): SubscriberRecord | Refusal => {
    const subscriber = store.subscriber(id);
    if (subscriber === null) return { kind: 'noPerson' };
    return subscriber.revoked ? { kind: 'revokedPerson' } : subscriber;
  };

  return {
    ...createRegister(store, policy),

    async enrol(person, newBadge, pin, actor) {
      try {
        const found = newSubscriber(person, []);
        if (found.kind !== 'with') return found;
        const refused = pinRefusal(pin);
        if (refused !== null) return refused;
        const { id } = found.subscriber;
        const secret = await newPin(id, pin, 'desk');
        // After the wait: two enrolments of one badge or number at the same time must not both find it free.
        const now = withDetails(store, policy(), found.subscriber, person);
        if (now.kind !== 'with') return now;
        const free = badgeFor(newBadge, id);
        if (free.kind !== 'free') return free;
        const { badge, former } = free;
        const subscriber = withBadge(now.subscriber, badge.id);
        // First said, then done: nobody can be enrolled without an entry, whatever breaks in between.
        recordEnrolled(id, badge, actor);
        store.write([...merged(now.former, former), subscriber, badge, secret], 'counted', [badge.id]);
        return { kind: 'enrolled', subscriber: publicPart(subscriber), badge: badge.id };
      } finally {
        newBadge.number.fill(0);
        pin.fill(0);
      }
    },

    addPerson(person, actor) {
      const found = newSubscriber(person, []);
      if (found.kind !== 'with') return found;
      const { subscriber, former } = found;
      ledger.append({ kind: 'changed', subscriber: subscriber.id, what: ['added'], actor });
      store.write([...former, subscriber], 'counted');
      return { kind: 'done', subscriber: subscriber.id };
    },

    setDetails(id, details, actor) {
      const before = active(id);
      if (before.kind !== 'subscriber') return before;
      const found = withDetails(store, policy(), before, details);
      if (found.kind !== 'with') return found;
      ledger.append({ kind: 'changed', subscriber: id, what: changesOf(before, found.subscriber), actor });
      store.write([...found.former, found.subscriber], 'counted');
      return { kind: 'done', subscriber: id, roleChanged: found.subscriber.role !== before.role };
    },

    addBadge(id, newBadge, actor) {
      try {
        const subscriber = active(id);
        if (subscriber.kind !== 'subscriber') return subscriber;
        const found = badgeFor(newBadge, id);
        if (found.kind !== 'free') return found;
        const { badge, former } = found;
        recordEnrolled(id, badge, actor);
        store.write([withBadge(subscriber, badge.id), badge, ...former], 'counted', [badge.id]);
        return { kind: 'enrolled', subscriber: publicPart(subscriber), badge: badge.id };
      } finally {
        newBadge.number.fill(0);
      }
    },

    replaceBadge(old, newBadge, actor) {
      try {
        const lost = store.badge(old);
        if (lost === null) return { kind: 'noBadge' };
        if (lost.revoked) return { kind: 'revokedBadge' };
        const subscriber = active(lost.subscriber);
        if (subscriber.kind !== 'subscriber') return subscriber;
        const found = badgeFor(newBadge, subscriber.id);
        if (found.kind !== 'free') return found;
        const { badge, former } = found;
        if (badge.id === old) return { kind: 'sameBadge' };
        recordEnrolled(subscriber.id, badge, actor);
        recordBadge('replaced', lost, actor);
        store.write([withBadge(subscriber, badge.id), badge, ...former, { ...lost, revoked: true }], 'counted', [badge.id, old]);
        return { kind: 'enrolled', subscriber: publicPart(subscriber), badge: badge.id };
      } finally {
        newBadge.number.fill(0);
      }
    },

    revokeBadge(id, actor) {
      const badge = store.badge(id);
      if (badge === null) return { kind: 'noBadge' };
      // First done, then said: a full ledger must not keep a lost badge alive (SP 800-63B-4 §4.3: invalidate promptly).
      const holder = store.subscriber(badge.subscriber);
      store.write([{ ...badge, revoked: true }, ...(holder === null ? [] : [holder])], 'counted', [badge.id]);
      recordBadge('revoked', badge, actor);
      return { kind: 'done', subscriber: badge.subscriber };
    },

    revokePerson(id, actor) {
      const subscriber = store.subscriber(id);
      if (subscriber === null) return { kind: 'noPerson' };
      store.write([{ ...subscriber, revoked: true }], 'counted', subscriber.badges);
      ledger.append({ kind: 'revoked', subscriber: id, actor });
      return { kind: 'done' };
    },

    retireBadges(actor) {
      const stale = store.badges().filter((badge) => !badge.revoked && isStale(badge, policy(), wall()));
      const holders = new Map(stale.flatMap(({ subscriber }) => store.subscriber(subscriber) ?? []).map((s) => [s.id, s]));
      // Nobody waits for these: they are said first, so that none goes unsaid.
      for (const badge of stale) recordBadge('retired', badge, actor);
      if (stale.length > 0)
        store.write(
          [...stale.map((badge) => ({ ...badge, revoked: true })), ...holders.values()],
          'counted',
          stale.map(({ id }) => id),
        );
      return stale.map(({ id, subscriber }) => ({ badge: id, subscriber }));
    },

    async resetPin(id, pin, actor) {
      try {
        const subscriber = active(id);
        if (subscriber.kind !== 'subscriber') return subscriber;
        const refused = pinRefusal(pin);
        if (refused !== null) return refused;
        const secret = await newPin(id, pin, 'desk');
        ledger.append({ kind: 'pinReset', subscriber: id, actor });
        store.write([secret], 'counted');
        return { kind: 'done' };
      } finally {
        pin.fill(0);
      }
    },
  };
}

const changesOf = (before: SubscriberRecord, after: SubscriberRecord): readonly ChangedDetail[] => [
  ...(before.role === after.role ? [] : (['role'] as const)),
  ...(before.number?.digits === after.number?.digits ? [] : (['number'] as const)),
  ...(before.account === after.account ? [] : (['account'] as const)),
];

/** Both people's changes where they are one person. */
const merged = (details: readonly SubscriberRecord[], badges: readonly SubscriberRecord[]): readonly SubscriberRecord[] => [
  ...details.map((one) => ({ ...one, badges: badges.find(({ id }) => id === one.id)?.badges ?? one.badges })),
  ...badges.filter(({ id }) => details.every((one) => one.id !== id)),
];
