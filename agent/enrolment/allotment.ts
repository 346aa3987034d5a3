/** A badge's number or a PIN's digits come in; the record that makes it somebody's goes out, or why it cannot be. Nothing is written. */
import { randomBytes } from 'node:crypto';
import { isAtLeast } from '../../core/assurance.ts';
import { judgePin } from '../../core/pin-rules.ts';
import type { Policy } from '../../core/policy.ts';
import type { Holder } from '../../core/ports.ts';
import type { BadgeId, SubscriberId } from '../../core/types.ts';
import { type BadgeProof, gradeOf } from '../proofs/record.ts';
import { defaultCost, hashPin, peppered } from '../store/pin-hash.ts';
import type { BadgeRecord, Cost, PinRecord, SubscriberRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Refusal } from './refusal.ts';
import { dayOf } from './wall.ts';

/** What a badge is found by, and what it will have to prove. */
export type NewBadge = {
  /** Its UID, as core/card.ts identified it; where that changes with every tap, the badge number or credential ID. Overwritten before the answer. */
  readonly number: Uint8Array;
  readonly proof: BadgeProof;
};
/** A badge by its UID alone, which proves nothing. */
export const byUid = (uid: Uint8Array): NewBadge => ({ number: uid, proof: { kind: 'uid' } });

export const newId = (): string => randomBytes(8).toString('hex');

/** `former`: who had it before, without it. */
export type Free = { readonly kind: 'free'; readonly badge: BadgeRecord; readonly former: readonly SubscriberRecord[] };
export type Allotment = {
  /** Hers from now on. A badge that was revoked, or whose person was, or that was lent and is due, may be handed out again; its former person loses it for good. */
  readonly badgeFor: (badge: NewBadge, subscriber: SubscriberId) => Free | Refusal;
  /** null: it will do. `pin`: values 0–9. */
  readonly pinRefusal: (pin: Uint8Array) => Refusal | null;
  /** `pin` is the caller's to overwrite, and not needed once this has returned. `by`: whether the help desk gave it or let her choose it, or she did by herself. */
  readonly newPin: (subscriber: SubscriberId, pin: Uint8Array, by: 'desk' | 'herself') => Promise<PinRecord>;
};
export type AllotmentParts = {
  readonly store: Store;
  readonly policy: () => Policy;
  /** Unix milliseconds. */
  readonly wall: () => number;
  /** Whether this lent badge is due back. */
  readonly isDue: (badge: BadgeRecord) => boolean;
  readonly cost?: Cost | undefined;
};

export function createAllotment({ store, policy, wall, isDue, cost = defaultCost }: AllotmentParts): Allotment {
  /** A badge that shows random UIDs from now on is known by its fixed one still, which anybody could have copied: that record must not live on. */
  const knownAs = (number: Uint8Array, proof: BadgeProof): Holder | null =>
    store.findByBadge(number) ?? (proof.kind === 'aes' ? store.findByBadge(Buffer.from(proof.uid, 'base64')) : null);
  /** Her badge with this chip, whose number may have been another under an earlier site key. */
  const sameChip = (subscriber: SubscriberId, proof: BadgeProof): BadgeId | null =>
    store.subscriber(subscriber)?.badges.find((id) => {
      const known = store.badge(id)?.proof;
      return known?.kind === 'aes' && proof.kind === 'aes' && known.uid === proof.uid && known.uid !== '';
    }) ?? null;

  return {
    badgeFor: ({ number, proof }, subscriber) => {
      const { leastGrade } = policy();
      if (!isAtLeast(gradeOf(proof), leastGrade)) return { kind: 'tooWeak', least: leastGrade };
      const holder = knownAs(number, proof);
      const record = holder === null ? null : store.badge(holder.badge);
      const isHeld = holder !== null && !holder.revoked && record !== null && !isDue(record);
      if (isHeld && !isAtLeast(gradeOf(proof), holder.grade)) return { kind: 'downgrade', from: holder.grade };
      const another = holder !== null && holder.subscriber.id !== subscriber;
      if (another && isHeld) return { kind: 'badgeTaken', by: holder.subscriber.id };
      const id = holder?.badge ?? sameChip(subscriber, proof) ?? newId();
      const badge: BadgeRecord = { kind: 'badge', id, subscriber, proof, revoked: false, ...store.indexOf(number), lastUsed: dayOf(wall()), spare: null };
      const former = another ? store.subscriber(holder.subscriber.id) : null;
      return { kind: 'free', badge, former: former === null ? [] : [{ ...former, badges: former.badges.filter((b) => b !== badge.id) }] };
    },
    pinRefusal: (pin) => {
      const opinion = judgePin(pin, policy().pinLength);
      if (opinion.kind === 'good') return null;
      return opinion.kind === 'length' ? { kind: 'pinLength', expected: opinion.expected } : opinion;
    },
    newPin: async (id, pin, by) => {
      const length = pin.length;
      const pepper = store.currentPepper;
      const keyed = peppered(pepper, id, pin);
      try {
        const secret = await hashPin(keyed, pepper.id, cost);
        const { revision = 0, resets = 0 } = store.pin(id) ?? {};
        return { kind: 'pin', id, length, failures: 0, revision: revision + 1, resets: resets + (by === 'desk' ? 1 : 0), ...secret };
      } finally {
        keyed.fill(0);
      }
    },
  };
}

/** With one more badge, or the same one again. */
export const withBadge = (subscriber: SubscriberRecord, badge: BadgeId): SubscriberRecord => ({ ...subscriber, badges: [...subscriber.badges.filter((b) => b !== badge), badge] });
