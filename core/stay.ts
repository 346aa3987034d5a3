/** Whether the badge that opened the desk still rests on a reader comes in; when the work closes because it was lifted goes out (policy `badgeMode: stay`). */
import { forRole, type Policy } from './policy.ts';
import type { BadgeTag, Millis, Role, State } from './types.ts';

const rests = ({ field }: State, tag: BadgeTag): boolean => field.some((c) => c.tag === tag);

/** For a desk that opens now: null where the badge rests, need not, or none was shown (a security key, a code). */
export const liftedNow = (state: State, tag: BadgeTag | null, role: Role | null, at: Millis, policy: Policy): Millis | null =>
  tag !== null && forRole(policy, role).badgeMode === 'stay' && !rests(state, tag) ? at : null;

/** A card left the field, or was read: the moment of lifting is kept while the badge stays away. */
export function settleLifted(state: State, at: Millis, policy: Policy): State {
  const { desk } = state;
  if (desk.kind !== 'open') return state;
  const now = liftedNow(state, desk.by.tag, desk.subscriber.role, at, policy);
  const lifted = now === null ? null : (desk.lifted ?? now);
  return lifted === desk.lifted ? state : { ...state, desk: { ...desk, lifted } };
}

/** The owner's badge was put back, or lies there: it keeps, and nothing else. */
export const staying = ({ desk }: State, tag: BadgeTag, policy: Policy): boolean =>
  desk.kind === 'open' && desk.by.tag === tag && forRole(policy, desk.subscriber.role).badgeMode === 'stay';
