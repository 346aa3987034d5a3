/** All that may open a station, in one union; a claim and a verdict come in, an Entitlement or nothing goes out. */
import type { AttemptId, Claim, Factor, Reached, SubscriberId, Verdict } from './types.ts';

/** Later kinds (window, undo, code, vouch, emergency) join here and nowhere else. */
export type Entitlement = {
  readonly kind: 'verdict';
  readonly attempt: AttemptId;
  readonly subscriber: SubscriberId;
  readonly factors: readonly Factor[];
  readonly reached: Reached;
};

/** The Entitlement an accepted verdict gives to the claim it was asked for; null for an older attempt or any other answer (invariants 1 and 2). */
export function entitle(claim: Claim, attempt: AttemptId, verdict: Verdict): Entitlement | null {
  if (claim.kind !== 'verifying' || claim.tap.attempt !== attempt || verdict.kind !== 'accepted') return null;
  return { kind: 'verdict', attempt, subscriber: claim.tap.subscriber.id, factors: verdict.factors, reached: verdict.reached };
}
