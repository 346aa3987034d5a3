/** A card's type and UID, and the policy's ranges, come in; whether it may be enrolled at the station goes out. */
import type { CardRange, Policy } from '../../core/policy.ts';

type Card = { readonly uid: Uint8Array; readonly type: string | null };

/** A denied card is denied whatever else allows it; where some are allowed, no other is. */
export const mayBeEnrolled = (card: Card, { allowedCards, deniedCards }: Pick<Policy, 'allowedCards' | 'deniedCards'>): boolean =>
  !deniedCards.some((range) => isWithin(card, range)) && (allowedCards.length === 0 || allowedCards.some((range) => isWithin(card, range)));

/** UIDs of one length compare as numbers. */
function isWithin({ uid, type }: Card, range: CardRange): boolean {
  const [from, to] = [Buffer.from(range.from, 'hex'), Buffer.from(range.to, 'hex')];
  return (range.type === null || range.type === type) && uid.length === from.length && Buffer.compare(uid, from) >= 0 && Buffer.compare(uid, to) <= 0;
}
