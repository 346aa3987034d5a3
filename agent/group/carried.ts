/** The shapes in which people travel between the stations of a group: what a person, her badges and her PIN are wherever she is known. What is one station's own (windows, codes, spare badges, what a security key unlocks there) is in none of them. */
import type { BadgeId, Language, Role, SubscriberId } from '../../core/types.ts';
import type { BadgeProof } from '../proofs/record.ts';
import type { Cost } from '../store/records.ts';

/** `revision`: see store/revisions.ts. */
export type CarriedPerson = {
  readonly id: SubscriberId;
  readonly revision: number;
  readonly given: string;
  readonly initial: string;
  readonly language: Language | null;
  readonly role: Role | null;
  readonly number: string | null;
  readonly account: string | null;
  /** For good: nobody who was revoked comes back under the same id. */
  readonly revoked: boolean;
};
export type CarriedBadge = {
  readonly id: BadgeId;
  readonly subscriber: SubscriberId;
  readonly revision: number;
  /** How often it was handed out again. */
  readonly life: number;
  readonly revoked: boolean;
  readonly proof: BadgeProof;
  readonly index: string;
  readonly indexKey: string;
  readonly lastUsed: string | null;
};
export type CarriedPin = {
  readonly subscriber: SubscriberId;
  /** How many PINs she has had, and how many of them came with new tries from the help desk. */
  readonly revision: number;
  readonly resets: number;
  readonly length: number;
  readonly pepper: string;
  readonly cost: Cost;
  readonly salt: string;
  readonly hash: string;
  /** Wrong ones in a row, of this PIN and of her security keys' own. */
  readonly failures: number;
  readonly keyFailures: number;
};
/** Of one person; a badge of hers may be another's by the time it is merged. */
export type Carried = { readonly person: CarriedPerson; readonly badges: readonly CarriedBadge[]; readonly pin: CarriedPin | null };
