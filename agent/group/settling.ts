/** Everybody as merged comes in; who must give up a badge, a staff number or an account that another has too goes out: what two stations gave away without knowing of each other. Each conflict costs the people it is about, and nobody else. */
import { createHash } from 'node:crypto';
import type { BadgeId } from '../../core/types.ts';
import { accountKey } from '../store/accounts.ts';
import type { CarriedBadge, CarriedPerson } from './carried.ts';

/** `spares`: those that are only lent; they give way. */
export type Everybody = { readonly people: readonly CarriedPerson[]; readonly badges: readonly CarriedBadge[]; readonly spares: ReadonlySet<BadgeId> };
/** Whoever changed, as they are now; `conflicts`: how many live people or badges lost something. */
export type Settled = { readonly people: readonly CarriedPerson[]; readonly badges: readonly CarriedBadge[]; readonly conflicts: number };

export function settle({ people, badges, spares }: Everybody): Settled {
  const numbered = giveUp(
    people,
    ({ number }) => number,
    (one) => ({ ...one, number: null }),
  );
  const accounted = giveUp(
    numbered.all,
    ({ account }) => account && accountKey(account),
    (one) => ({ ...one, account: null }),
  );
  const chips = settleBadges(badges, spares);
  const lost = new Set([...numbered.lost, ...accounted.lost]);
  const byId = new Map(people.map((one) => [one.id, one]));
  return {
    people: accounted.all.filter((one) => byId.get(one.id) !== one),
    badges: chips.changed,
    conflicts: [...lost].filter((id) => byId.get(id)?.revoked === false).length + chips.conflicts,
  };
}

/** One who is revoked gives way to one who is not; among equals the smaller id keeps it, which every station sees alike. */
function giveUp(
  people: readonly CarriedPerson[],
  of: (one: CarriedPerson) => string | null,
  without: (one: CarriedPerson) => CarriedPerson,
): { readonly all: readonly CarriedPerson[]; readonly lost: readonly string[] } {
  const groups = groupBy(people, of);
  const lost = new Set(
    [...groups.values()].flatMap((group) => group.toSorted((a, b) => Number(a.revoked) - Number(b.revoked) || (a.id < b.id ? -1 : 1)).slice(1)).map(({ id }) => id),
  );
  return { all: lost.size === 0 ? people : people.map((one) => (lost.has(one.id) ? without(one) : one)), lost: [...lost] };
}

/**
 * The same chip under two ids: the one handed out last counts, and keeps being found. Where it was revoked, or is two people's, it opens nobody until it is handed out again.
 * The other is revoked for good and found by nothing.
 */
function settleBadges(badges: readonly CarriedBadge[], spares: ReadonlySet<BadgeId>): { readonly changed: readonly CarriedBadge[]; readonly conflicts: number } {
  const changed: CarriedBadge[] = [];
  let conflicts = 0;
  for (const group of groupBy(badges, ({ index }) => index).values()) {
    const own = group.filter(({ id }) => !spares.has(id));
    const life = Math.max(...own.map((badge) => badge.life));
    const [kept, ...rivals] = own.filter((badge) => badge.life === life).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    if (kept === undefined) continue;
    const revoked = [kept, ...rivals].some((badge) => badge.revoked || badge.subscriber !== kept.subscriber);
    if (revoked !== kept.revoked) changed.push({ ...kept, revoked });
    if (revoked && [kept, ...rivals].some((badge) => !badge.revoked)) conflicts++;
    changed.push(...group.filter((badge) => badge !== kept).map((badge) => ({ ...badge, revoked: true, index: foundByNothing(badge.id) })));
  }
  return { changed, conflicts };
}

/** Smaller than any index that a number makes, so that it also counts when two revisions are equal (merge.ts). */
const foundByNothing = (id: BadgeId): string => '0'.repeat(16) + createHash('sha256').update('tapward badge found by nothing').update(id).digest('hex').slice(16);

/** Only groups of more than one. */
function groupBy<T>(all: readonly T[], of: (one: T) => string | null): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = of(one);
    if (key === null || key === '') continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return new Map([...groups].filter(([, group]) => group.length > 1));
}
