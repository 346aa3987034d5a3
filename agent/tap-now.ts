/** An agent and somebody's badge come in; the rule that a tap with it would meet at this moment goes out: by the very rules, on a state that nobody keeps. */
import { step } from '../core/step.ts';
import type { BadgeId, TapReason } from '../core/types.ts';
import type { Agent } from './agent.ts';
import { gradeOf } from './proofs/record.ts';
import { publicPart } from './store/person.ts';

/** No real reader or presentation is called this. */
const [reader, presentation] = ['', Number.MAX_SAFE_INTEGER];

/** null: no such badge, or a station that looks nobody up. The card is taken for genuine, and its age for young enough: what the record alone says is said of it elsewhere. */
export function tapNow({ durable: { store }, queue, intake, clock, policy }: Agent, id: BadgeId): TapReason | null {
  const badge = store?.badge(id) ?? null;
  const owner = badge === null ? null : (store?.subscriber(badge.subscriber) ?? null);
  if (badge === null || owner === null) return null;
  const at = clock.now();
  const holder = { badge: id, grade: gradeOf(badge.proof), subscriber: publicPart(owner), revoked: badge.revoked || owner.revoked };
  const card = intake.wouldSee(holder, badge.spare === null ? null : at + badge.spare.lasts);
  const arrived = step(queue.state(), { kind: 'cardArrived', reader, presentation, at }, policy());
  const { lastTap } = step(arrived.state, { kind: 'cardRead', reader, presentation, card, at }, policy()).state;
  return lastTap?.presentation === presentation ? lastTap.reason : null;
}
