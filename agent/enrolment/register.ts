/** The store comes in; who is enrolled with which badges, as an administrator may know it, goes out. */
import type { Policy } from '../../core/policy.ts';
import { throttle } from '../../core/throttle.ts';
import type { BadgeId, Grade, Subscriber } from '../../core/types.ts';
import { accountOf, type BadgeAccount } from '../proofs/account.ts';
import { gradeOf } from '../proofs/record.ts';
import { publicPart } from '../store/person.ts';
import type { PinRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

export type Person = {
  readonly subscriber: Subscriber;
  readonly revoked: boolean;
  readonly number: string | null;
  readonly account: string | null;
  readonly badges: readonly { readonly id: BadgeId; readonly grade: Grade; readonly revoked: boolean; readonly spare: boolean }[];
  /** `short`: the policy asks for more digits than this PIN has. */
  readonly pin: 'set' | 'short' | 'blocked' | 'none';
};

export type Register = {
  readonly people: () => readonly Person[];
  /** In the order of people, each one's badges in the order she got them. */
  readonly badges: () => readonly BadgeAccount[];
  /** The badge that is found by this number, unless it or its person was revoked. */
  readonly badgeOf: (number: Uint8Array) => BadgeAccount | null;
};

export function createRegister(store: Store, policy: () => Policy): Register {
  return {
    people: () =>
      store.subscribers().map((subscriber) => {
        const { revoked, number, account } = subscriber;
        const badges = subscriber.badges
          .flatMap((b) => store.badge(b) ?? [])
          .map((badge) => ({ id: badge.id, grade: gradeOf(badge.proof), revoked: badge.revoked, spare: badge.spare !== null }));
        return { subscriber: publicPart(subscriber), revoked, number: number?.digits ?? null, account, badges, pin: pinState(store.pin(subscriber.id), policy()) };
      }),
    badges: () =>
      store
        .subscribers()
        .flatMap((subscriber) => subscriber.badges.flatMap((b) => store.badge(b) ?? []).map((badge) => accountOf(badge, publicPart(subscriber), subscriber.revoked))),
    badgeOf: (number) => {
      const holder = store.findByBadge(number);
      const badge = holder === null || holder.revoked ? null : store.badge(holder.badge);
      return holder === null || badge === null ? null : accountOf(badge, holder.subscriber, false);
    },
  };
}

function pinState(pin: PinRecord | null, policy: Policy): Person['pin'] {
  if (pin === null) return 'none';
  if (throttle(pin.failures, policy).kind === 'blocked') return 'blocked';
  return pin.length < policy.pinLength ? 'short' : 'set';
}
