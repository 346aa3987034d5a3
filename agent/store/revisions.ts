/** What is there of a record and what is to be written come in; the new one goes out with its revision: how stations of a group that each changed it find the later change, whatever their clocks say. */
import { isDeepStrictEqual } from 'node:util';
import type { BadgeProof } from '../proofs/record.ts';
import type { BadgeRecord, StoreRecord, SubscriberRecord } from './records.ts';

/** What of a person others are told: all that an administrator writes. */
export const toldOfPerson = ({ given, initial, language, role, number, account, revoked }: SubscriberRecord) => ({
  given,
  initial,
  language,
  role,
  number: number?.digits ?? null,
  account,
  revoked,
});

/** The same of a badge. */
export const toldOfBadge = ({ subscriber, proof, revoked, index, indexKey }: BadgeRecord) => ({ subscriber, proof: toldOfProof(proof), revoked, index, indexKey });

/** Without what her security key unlocks, which is this station's own record, and without its counter, which rises with every use. */
export function toldOfProof(proof: BadgeProof): object {
  if (proof?.kind !== 'fido') return proof;
  const {
    share: _,
    credential: { counter: __, ...credential },
    ...rest
  } = proof;
  return { ...rest, credential };
}

/**
 * `revision` rises with every change that others are told of (Lamport 1978: one above the highest that was seen).
 * `life` rises where a badge that was revoked, or another's, is handed out: a revocation that did not know of it counts for the life before.
 */
export function revised(before: StoreRecord | null, after: StoreRecord): StoreRecord {
  if (after.kind === 'subscriber') {
    const was = before?.kind === 'subscriber' ? before : null;
    return { ...after, revision: (was?.revision ?? 0) + (was !== null && isDeepStrictEqual(toldOfPerson(was), toldOfPerson(after)) ? 0 : 1) };
  }
  if (after.kind !== 'badge') return after;
  const was = before?.kind === 'badge' ? before : null;
  const isHandedOut = was !== null && ((was.revoked && !after.revoked) || was.subscriber !== after.subscriber);
  const isTold = was === null || !isDeepStrictEqual(toldOfBadge(was), toldOfBadge(after));
  return { ...after, revision: (was?.revision ?? 0) + (isTold ? 1 : 0), life: (was?.life ?? 0) + (isHandedOut ? 1 : 0) };
}
