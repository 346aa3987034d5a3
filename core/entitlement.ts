/** All that may open a station, in one union; a claim and what answers it come in, an Entitlement or nothing goes out. */
import { reach } from './assurance.ts';
import { forRole, type Policy } from './policy.ts';
import type { AttemptId, Claim, Factor, Millis, Reached, State, SubscriberId, Tap, Verdict } from './types.ts';
import { liveWindow, tapSuffices, windowLasts } from './window.ts';

/** Nothing else opens. */
export type Entitlement = {
  /**
   * `verdict`: factors that were checked for this attempt. `window`: a tap alone, inside the time that an earlier verdict began.
   * `undo`: the tap of somebody who was displaced a moment ago. `code`: a help-desk code and her PIN. `vouch`: a spare badge and her PIN.
   * `emergency`: an entry that is durable, and a session of its own.
   */
  readonly kind: 'verdict' | 'window' | 'undo' | 'code' | 'vouch' | 'emergency';
  readonly attempt: AttemptId;
  readonly subscriber: SubscriberId;
  readonly factors: readonly Factor[];
  readonly reached: Reached;
  /** What it opens closes then, in station time, if nothing else closes it sooner: a code and a spare badge are for a shift. */
  readonly until: Millis | null;
};

/** The Entitlement an accepted verdict gives to the claim it was asked for; null for an older attempt, any other answer, or a spare badge whose time is over (invariants 1 and 2). */
export function entitle(claim: Claim, attempt: AttemptId, verdict: Verdict, at: Millis): Entitlement | null {
  if (claim.kind !== 'verifying' || claim.tap.attempt !== attempt || verdict.kind !== 'accepted') return null;
  const { subscriber, spareUntil } = claim.tap;
  if (spareUntil !== null && at >= spareUntil) return null;
  return { kind: spareUntil === null ? 'verdict' : 'vouch', attempt, subscriber: subscriber.id, factors: verdict.factors, reached: verdict.reached, until: spareUntil };
}

/** The Entitlement of a tap inside her live window, which began under the role she has now. It says what this tap alone has proved, which is below AAL2 (SP 800-63B-4 §2.2.3). */
export function byWindow(state: State, tap: Tap, at: Millis, policy: Policy): Entitlement | null {
  const window = liveWindow(state, tap.badge, tap.grade, at, policy);
  if (window === null || window.subscriber !== tap.subscriber.id || window.role !== tap.subscriber.role || tap.spareUntil !== null || at >= tapSuffices(window, policy))
    return null;
  return {
    kind: 'window',
    attempt: tap.attempt,
    subscriber: tap.subscriber.id,
    factors: ['badge'],
    reached: reach({ badge: tap.grade, pinDigits: null, verified: false }),
    until: null,
  };
}

/** The Entitlement of somebody whose work gave way to a colleague's tap a moment ago: the very badge that opened it brings it back, where that badge may open by itself at all (invariant 5). */
export function byUndo({ displaced }: State, tap: Tap, at: Millis, policy: Policy): Entitlement | null {
  if (displaced === null || displaced.subscriber !== tap.subscriber.id || tap.spareUntil !== null) return null;
  const { badge, grade } = displaced.by;
  const own = forRole(policy, tap.subscriber.role);
  if (badge !== tap.badge || grade !== tap.grade || at >= displaced.at + own.undo || windowLasts(grade, own) === 0 || at >= displaced.by.provedAt + own.openOverall) return null;
  return {
    kind: 'undo',
    attempt: tap.attempt,
    subscriber: tap.subscriber.id,
    factors: ['badge'],
    reached: reach({ badge: tap.grade, pinDigits: null, verified: false }),
    until: null,
  };
}
