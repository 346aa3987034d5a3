/** The store comes in; its people as they are carried go out, and back into records, with what is this station's own left as it is. */
import type { BadgeId, SubscriberId } from '../../core/types.ts';
import type { BadgeProof } from '../proofs/record.ts';
import type { BadgeRecord, PinRecord, SubscriberRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Carried, CarriedBadge, CarriedPerson, CarriedPin } from './carried.ts';

export const personOf = ({ id, revision = 0, given, initial, language, role, number, account, revoked }: SubscriberRecord): CarriedPerson => ({
  id,
  revision,
  given,
  initial,
  language,
  role,
  number: number?.digits ?? null,
  account,
  revoked,
});
export const badgeOf = ({ id, subscriber, revision = 0, life = 0, revoked, proof, index, indexKey, lastUsed }: BadgeRecord): CarriedBadge => ({
  id,
  subscriber,
  revision,
  life,
  revoked,
  proof: carriedProof(proof),
  index,
  indexKey,
  lastUsed,
});
export const pinOf = ({ id, revision = 0, resets = 0, length, pepper, cost, salt, hash, failures, keyFailures = 0 }: PinRecord): CarriedPin => ({
  subscriber: id,
  revision,
  resets,
  length,
  pepper,
  cost,
  salt,
  hash,
  failures,
  keyFailures,
});

/** What a security key unlocks here it does not unlock elsewhere. */
function carriedProof(proof: BadgeProof): BadgeProof {
  if (proof.kind !== 'fido') return proof;
  const { share: _, ...rest } = proof;
  return rest;
}

/** null: nobody has this id. A badge that is only lent stays here. */
export function readPerson(store: Store, id: SubscriberId): Carried | null {
  const record = store.subscriber(id);
  if (record === null) return null;
  const badges = record.badges.flatMap((badge) => store.badge(badge) ?? []).filter(({ spare, subscriber }) => spare === null && subscriber === id);
  const pin = record.revoked ? null : store.pin(id);
  return { person: personOf(record), badges: badges.map(badgeOf), pin: pin && pinOf(pin) };
}

/** `badges`: hers, as merged; those she has keep their order. */
export function subscriberRecord(
  store: Store,
  { id, revision, given, initial, language, role, number, account, revoked }: CarriedPerson,
  was: SubscriberRecord | null,
  badges: readonly BadgeId[],
): SubscriberRecord {
  const before = was?.badges ?? [];
  const ordered = [...before.filter((badge) => badges.includes(badge)), ...badges.filter((badge) => !before.includes(badge))];
  const same = was !== null && was.number?.digits === number;
  return {
    kind: 'subscriber',
    id,
    given,
    initial,
    language,
    revoked,
    badges: ordered,
    role,
    account,
    revision,
    number: number === null ? null : same ? was.number : store.numbered(number),
    lent: was?.lent ?? [],
    vouched: was?.vouched ?? [],
  };
}

/** What a security key unlocks stays with the same key; a badge that was lent is no spare once it is somebody's. */
export function badgeRecord(badge: CarriedBadge, was: BadgeRecord | null): BadgeRecord {
  const share = was?.proof.kind === 'fido' && badge.proof.kind === 'fido' && was.proof.credential.id === badge.proof.credential.id ? was.proof.share : undefined;
  const proof = badge.proof.kind === 'fido' && share !== undefined && !badge.revoked ? { ...badge.proof, share } : badge.proof;
  const isSpare = was?.spare != null && was.subscriber === badge.subscriber && (was.life ?? 0) === badge.life;
  return { kind: 'badge', ...badge, proof, spare: isSpare ? was.spare : null };
}

export const pinRecord = ({ subscriber, keyFailures, ...rest }: CarriedPin): PinRecord => ({ kind: 'pin', id: subscriber, ...rest, ...(keyFailures > 0 && { keyFailures }) });
