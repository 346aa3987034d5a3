/** A badge that was held to a reader, or a security key that answered the face, comes in; whether it still counts goes out: a lent one until it is due, one that nobody used for long not at all where the policy says so. The day of its use is kept, off the way of the tap. */
import type { Policy } from '../core/policy.ts';
import type { Clock, Holder, Ledger } from '../core/ports.ts';
import type { BadgeId, Millis } from '../core/types.ts';
import type { SecurityKeys } from './effects.ts';
import { dayOf, endOf } from './enrolment/wall.ts';
import { isStale } from './enrolment.ts';
import { Broken } from './queue.ts';
import type { Store } from './store/store.ts';

export type BadgeLives = {
  /** null: a lent badge that is due, at a station where it may be lent again: nobody's. */
  readonly asOfNow: (holder: Holder) => { readonly holder: Holder; readonly spareUntil: Millis | null } | null;
  /** It was counted as somebody's: written down soon, once a day. */
  readonly used: (badge: BadgeId) => void;
  /** Writes down what waits. */
  readonly flush: () => void;
};
export type BadgeLivesParts = {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly policy: () => Policy;
  readonly clock: Clock;
  /** Unix milliseconds. */
  readonly wall: () => number;
  /** A day could not be written down. */
  readonly diagnose: (why: unknown) => void;
};

/** After a tap there are more urgent things. */
const writtenAfter = 5_000;

export function createBadgeLives({ store, ledger, policy, clock, wall, diagnose }: BadgeLivesParts): BadgeLives {
  const waiting = new Set<BadgeId>();
  const told = new Set<BadgeId>();
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const today = dayOf(wall());
    const badges = [...waiting].flatMap((id) => store.badge(id) ?? []).filter(({ lastUsed }) => lastUsed !== today);
    waiting.clear();
    try {
      // To undo it only makes a badge look older.
      if (badges.length > 0)
        store.write(
          badges.map((badge) => ({ ...badge, lastUsed: today })),
          'uncounted',
        );
    } catch (why) {
      diagnose(why);
    }
  };
  /** Its record stays as it is: a clock that ran ahead for an hour must not take everybody's badge for good. */
  const retired = (id: BadgeId, holder: Holder): Holder => {
    try {
      if (!told.has(id)) ledger.append({ kind: 'retired', subscriber: holder.subscriber.id, badge: id, actor: 'policy' });
    } catch (why) {
      throw new Broken('ledgerUnwritable', why);
    }
    told.add(id);
    return { ...holder, revoked: true };
  };

  return {
    asOfNow: (holder) => {
      const badge = store.badge(holder.badge);
      if (badge === null || holder.revoked) return { holder, spareUntil: null };
      const { spare } = badge;
      const now = { wall: wall(), at: clock.now() };
      // Lent on a word that no longer counts.
      const isWithdrawn = spare !== null && store.subscriber(spare.voucher)?.revoked !== false;
      const spareUntil = spare === null ? null : isWithdrawn ? now.at : endOf(spare, now);
      if (spareUntil !== null && now.at >= spareUntil) return policy().vouching === 'on' ? null : { holder: { ...holder, revoked: true }, spareUntil };
      const stale = policy().staleBadges === 'retire' && isStale(badge, policy(), wall());
      return { holder: stale ? retired(badge.id, holder) : holder, spareUntil };
    },
    used: (badge) => {
      waiting.add(badge);
      timer ??= setTimeout(flush, writtenAfter).unref();
    },
    flush,
  };
}

/** Security keys at the face, held to the same: used ones stay alive, and one that nobody used for long opens nothing where the policy says so. */
export const withLives = (keys: SecurityKeys, lives: BadgeLives): SecurityKeys => ({
  ...keys,
  ask: async (attempt, subscriber) => {
    const answer = await keys.ask(attempt, subscriber);
    if (answer.kind !== 'proved') return answer;
    const now = lives.asOfNow({ badge: answer.badge, grade: 'fido', subscriber: answer.subscriber, revoked: false });
    if (now === null || now.holder.revoked) return { kind: 'unproved', subscriber: answer.subscriber.id, because: 'withdrawn' };
    lives.used(answer.badge);
    return answer;
  },
});
