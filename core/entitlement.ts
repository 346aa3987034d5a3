/** All that may open a station, in one union; a claim and what answers it come in, an Entitlement or nothing goes out. */
import { reach } from './assurance.ts';
import type { Policy } from './policy.ts';
import type { AttemptId, Claim, Factor, Millis, Reached, State, SubscriberId, Tap, Verdict } from './types.ts';
import { liveWindow } from './window.ts';

/** Later kinds (undo, code, vouch, emergency) join here and nowhere else. */
export type Entitlement = {
  /** `verdict`: factors that were checked for this attempt. `window`: a tap alone, inside the time that an earlier verdict began. */
  readonly kind: 'verdict' | 'window';
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

/** The Entitlement of a tap inside her live window. It says what this tap alone has proved, which is below AAL2 (SP 800-63B-4 §2.2.3). */
export function byWindow(state: State, tap: Tap, at: Millis, policy: Policy): Entitlement | null {
  const window = liveWindow(state, tap.badge, tap.grade, at, policy);
  if (window === null || window.subscriber !== tap.subscriber.id) return null;
  return { kind: 'window', attempt: tap.attempt, subscriber: tap.subscriber.id, factors: ['badge'], reached: reach({ badge: tap.grade, pinDigits: null, verified: false }) };
}
