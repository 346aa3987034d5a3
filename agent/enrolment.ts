/** What an administrator asks for a person, a badge or a PIN comes in; it is durable and in the ledger, or one clear reason why not goes out. */
import { randomBytes } from 'node:crypto';
import type { Entry } from '../core/entry.ts';
import type { PinFault } from '../core/pin-rules.ts';
import { judgePin } from '../core/pin-rules.ts';
import type { Policy } from '../core/policy.ts';
import type { Holder, Ledger } from '../core/ports.ts';
import { isAtLeast } from '../core/assurance.ts';
import { throttle } from '../core/throttle.ts';
import { accountOf, type BadgeAccount } from './proofs/account.ts';
import { type BadgeProof, gradeOf } from './proofs/record.ts';
import type { BadgeId, Grade, Language, Subscriber, SubscriberId } from '../core/types.ts';
import { defaultCost, hashPin, peppered } from './store/pin-hash.ts';
import type { BadgeRecord, Cost, PinRecord, SubscriberRecord } from './store/records.ts';
import type { Store } from './store/store.ts';

/** Why something was not done; `refusalSentence` says each in words. */
export type Refusal =
  | { readonly kind: 'badgeTaken'; readonly by: SubscriberId }
  | { readonly kind: 'pinLength'; readonly expected: number }
  | { readonly kind: 'guessable'; readonly why: PinFault }
  /** The policy asks for badges that prove more. */
  | { readonly kind: 'tooWeak'; readonly least: Grade }
  /** It is enrolled as one that proves more. */
  | { readonly kind: 'downgrade'; readonly from: Grade }
  | { readonly kind: 'given' | 'initial' | 'noPerson' | 'noBadge' | 'revokedPerson' };

export type Enrolled = { readonly kind: 'enrolled'; readonly subscriber: Subscriber; readonly badge: BadgeId };
export type Done = { readonly kind: 'done' };
export type Person = {
  readonly subscriber: Subscriber;
  readonly revoked: boolean;
  readonly badges: readonly { readonly id: BadgeId; readonly grade: Grade; readonly revoked: boolean }[];
  /** `short`: the policy asks for more digits than this PIN has. */
  readonly pin: 'set' | 'short' | 'blocked' | 'none';
};
export type NewPerson = { readonly given: string; readonly initial: string; readonly language: Language | null };

/** What a badge is found by, and what it will have to prove. */
export type NewBadge = {
  /** Its UID, as core/card.ts identified it; where that changes with every tap, the badge number or credential ID. Overwritten before the answer. */
  readonly number: Uint8Array;
  readonly proof: BadgeProof;
};
/** A badge by its UID alone, which proves nothing. */
export const byUid = (uid: Uint8Array): NewBadge => ({ number: uid, proof: { kind: 'uid' } });

/** Every `pin` (values 0–9) and badge number is overwritten before the answer. */
export interface Enrolment {
  enrol(person: NewPerson, badge: NewBadge, pin: Uint8Array, actor: string): Promise<Enrolled | Refusal>;
  addBadge(subscriber: SubscriberId, badge: NewBadge, actor: string): Enrolled | Refusal;
  /** Takes effect at the next tap; idempotent. */
  revokeBadge(badge: BadgeId, actor: string): { readonly kind: 'done'; readonly subscriber: SubscriberId } | Refusal;
  revokePerson(subscriber: SubscriberId, actor: string): Done | Refusal;
  /** The administrator's reset: a new PIN and no failures (invariant 4). */
  resetPin(subscriber: SubscriberId, pin: Uint8Array, actor: string): Promise<Done | Refusal>;
  people(): readonly Person[];
  /** In the order of people, each one's badges in the order she got them. */
  badges(): readonly BadgeAccount[];
  /** The badge that is found by this number, unless it or its person was revoked. */
  badgeOf(number: Uint8Array): BadgeAccount | null;
}

export type EnrolmentParts = { readonly store: Store; readonly ledger: Ledger; readonly policy: () => Policy; readonly cost?: Cost };

const newId = (): string => randomBytes(8).toString('hex');
/** What the core knows of a person. */
export const publicPart = ({ id, given, initial, language }: SubscriberRecord): Subscriber => ({ id, given, initial, language });

type Name = Pick<NewPerson, 'given' | 'initial'>;
const tidyName = ({ given, initial }: Name): Name => ({ given: given.normalize('NFC').trim(), initial: initial.normalize('NFC').trim() });

/** What is wrong with a name that is to be shown on the screen: words of at most 24 letters, no control or direction characters. null: nothing. */
export function nameRefusal(name: Name): Refusal | null {
  const { given, initial } = tidyName(name);
  if (!/^[\p{L}\p{M}][\p{L}\p{M}\p{Zs}'’.-]{0,23}$/u.test(given)) return { kind: 'given' };
  return /^\p{L}\p{M}{0,2}$/u.test(initial) ? null : { kind: 'initial' };
}

/** Every method throws where store or ledger could not be written: the agent degrades on it. */
export function createEnrolment({ store, ledger, policy, cost = defaultCost }: EnrolmentParts): Enrolment {
  const record = (kind: Exclude<Extract<Entry, { actor: string }>['kind'], 'enrolled'>, subscriber: SubscriberId, actor: string): void => {
    ledger.append({ kind, subscriber, actor });
  };
  /** A badge that shows random UIDs from now on is known by its fixed one still, which anybody could have copied: that record must not live on. */
  const knownAs = (number: Uint8Array, proof: BadgeProof): Holder | null =>
    store.findByBadge(number) ?? (proof.kind === 'aes' ? store.findByBadge(Buffer.from(proof.uid, 'base64')) : null);
  /** Her badge with this chip, whose number may have been another under an earlier site key. */
  const sameChip = (subscriber: SubscriberId, proof: BadgeProof): BadgeId | null =>
    store.subscriber(subscriber)?.badges.find((id) => {
      const known = store.badge(id)?.proof;
      return known?.kind === 'aes' && proof.kind === 'aes' && known.uid === proof.uid && known.uid !== '';
    }) ?? null;
  /** A badge that was revoked, or whose person was, may be handed out again; its former person loses it for good. */
  const badgeFor = ({ number, proof }: NewBadge, subscriber: SubscriberId): { readonly kind: 'free'; readonly badge: BadgeRecord; readonly former: readonly SubscriberRecord[] } | Refusal => {
    const { leastGrade } = policy();
    if (!isAtLeast(gradeOf(proof), leastGrade)) return { kind: 'tooWeak', least: leastGrade };
    const holder = knownAs(number, proof);
    if (holder !== null && !holder.revoked && !isAtLeast(gradeOf(proof), holder.grade)) return { kind: 'downgrade', from: holder.grade };
    const another = holder !== null && holder.subscriber.id !== subscriber;
    if (another && !holder.revoked) return { kind: 'badgeTaken', by: holder.subscriber.id };
    const badge: BadgeRecord = { kind: 'badge', id: holder?.badge ?? sameChip(subscriber, proof) ?? newId(), subscriber, proof, revoked: false, ...store.indexOf(number) };
    const former = another ? store.subscriber(holder.subscriber.id) : null;
    return { kind: 'free', badge, former: former === null ? [] : [{ ...former, badges: former.badges.filter((b) => b !== badge.id) }] };
  };
  const newPin = async (id: SubscriberId, pin: Uint8Array): Promise<PinRecord> => {
    const length = pin.length;
    const pepper = store.currentPepper;
    const keyed = peppered(pepper, id, pin);
    try {
      return { kind: 'pin', id, length, failures: 0, ...(await hashPin(keyed, pepper.id, cost)) };
    } finally {
      keyed.fill(0);
    }
  };
  const pinRefusal = (pin: Uint8Array): Refusal | null => {
    const opinion = judgePin(pin, policy().pinLength);
    if (opinion.kind === 'good') return null;
    return opinion.kind === 'length' ? { kind: 'pinLength', expected: opinion.expected } : opinion;
  };

  return {
    async enrol(person, newBadge, pin, actor) {
      try {
        const { given, initial } = tidyName(person);
        const misnamed = nameRefusal(person);
        if (misnamed !== null) return misnamed;
        const refused = pinRefusal(pin);
        if (refused !== null) return refused;
        const id = newId();
        const secret = await newPin(id, pin);
        // After the wait: two enrolments of one badge at the same time must not both find it free.
        const found = badgeFor(newBadge, id);
        if (found.kind !== 'free') return found;
        const { badge, former } = found;
        const subscriber: SubscriberRecord = { kind: 'subscriber', id, given, initial, language: person.language, revoked: false, badges: [badge.id] };
        // First said, then done: nobody can be enrolled without an entry, whatever breaks in between.
        ledger.append({ kind: 'enrolled', subscriber: id, actor, grade: gradeOf(badge.proof) });
        store.write([subscriber, badge, secret, ...former], 'counted', [badge.id]);
        return { kind: 'enrolled', subscriber: publicPart(subscriber), badge: badge.id };
      } finally {
        newBadge.number.fill(0);
        pin.fill(0);
      }
    },

    addBadge(id, newBadge, actor) {
      try {
        const subscriber = store.subscriber(id);
        if (subscriber === null) return { kind: 'noPerson' };
        if (subscriber.revoked) return { kind: 'revokedPerson' };
        const found = badgeFor(newBadge, id);
        if (found.kind !== 'free') return found;
        const { badge, former } = found;
        ledger.append({ kind: 'enrolled', subscriber: id, actor, grade: gradeOf(badge.proof) });
        store.write([{ ...subscriber, badges: [...subscriber.badges.filter((b) => b !== badge.id), badge.id] }, badge, ...former], 'counted', [badge.id]);
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
      record('revoked', badge.subscriber, actor);
      return { kind: 'done', subscriber: badge.subscriber };
    },

    revokePerson(id, actor) {
      const subscriber = store.subscriber(id);
      if (subscriber === null) return { kind: 'noPerson' };
      store.write([{ ...subscriber, revoked: true }], 'counted', subscriber.badges);
      record('revoked', id, actor);
      return { kind: 'done' };
    },

    async resetPin(id, pin, actor) {
      try {
        const subscriber = store.subscriber(id);
        if (subscriber === null) return { kind: 'noPerson' };
        if (subscriber.revoked) return { kind: 'revokedPerson' };
        const refused = pinRefusal(pin);
        if (refused !== null) return refused;
        const secret = await newPin(id, pin);
        record('pinReset', id, actor);
        store.write([secret], 'counted');
        return { kind: 'done' };
      } finally {
        pin.fill(0);
      }
    },

    badges() {
      return store.subscribers().flatMap((subscriber) =>
        subscriber.badges.flatMap((b) => store.badge(b) ?? []).map((badge) => accountOf(badge, publicPart(subscriber), subscriber.revoked)),
      );
    },

    badgeOf(number) {
      const holder = store.findByBadge(number);
      const badge = holder === null || holder.revoked ? null : store.badge(holder.badge);
      return holder === null || badge === null ? null : accountOf(badge, holder.subscriber, false);
    },

    people() {
      return store.subscribers().map((subscriber) => {
        const pin = store.pin(subscriber.id);
        const badges = subscriber.badges.flatMap((b) => store.badge(b) ?? []).map(({ id, proof, revoked }) => ({ id, grade: gradeOf(proof), revoked }));
        return { subscriber: publicPart(subscriber), revoked: subscriber.revoked, badges, pin: pinState(pin, policy()) };
      });
    },
  };
}

function pinState(pin: PinRecord | null, policy: Policy): Person['pin'] {
  if (pin === null) return 'none';
  if (throttle(pin.failures, policy).kind === 'blocked') return 'blocked';
  return pin.length < policy.pinLength ? 'short' : 'set';
}

const faultWords: Readonly<Record<PinFault, string>> = {
  repeat: 'it repeats itself',
  run: 'it counts up or down',
  pairs: 'it has too few different digits',
  date: 'it reads as a date or a year',
  keypad: 'it is a line on the keypad',
  mirror: 'it reads the same backwards',
  common: 'it is among the first that are tried',
};

/** One clear sentence saying what to do. */
export function refusalSentence(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'badgeTaken':
      return `This badge belongs to ${refusal.by}: take another badge.`;
    case 'pinLength':
      return `The PIN has the wrong length: choose exactly ${refusal.expected} digits.`;
    case 'guessable':
      return `This PIN is easy to guess, because ${faultWords[refusal.why]}: choose another one.`;
    case 'tooWeak':
      return `The policy asks for badges of grade ${refusal.least} or higher: take another badge, or have this one prove more (\`tapward badge personalise\`).`;
    case 'downgrade':
      return `This badge is enrolled as one that proves more (${refusal.from}): revoke it first if it shall count for less.`;
    case 'given':
      return 'Give the first name in letters, at most 24.';
    case 'initial':
      return 'Give the initial of the last name as one letter.';
    case 'noPerson':
      return 'Nobody has this number: look it up with `tapward people`.';
    case 'noBadge':
      return 'No badge has this number: look it up with `tapward people`.';
    case 'revokedPerson':
      return 'This person was revoked: enrol her anew.';
    default:
      return refusal satisfies never;
  }
}
