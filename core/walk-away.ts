/** An open desk comes in; when it is warned and when it closes by itself goes out: nobody there, the badge lifted, or the overall limit (45 CFR 164.312(a)(2)(iii), SP 800-63B-4 §2.2.3). */
import { forRole, type Policy } from './policy.ts';
import type { Desk, LockReason, Millis, State } from './types.ts';

type Open = Extract<Desk, { kind: 'open' }>;
type Leaving = { readonly why: Extract<LockReason, 'walkAway' | 'lifted' | 'overall'>; readonly warns: Millis; readonly at: Millis };

/** Whichever comes first. */
export function leaving(desk: Open, policy: Policy): Leaving {
  const { inactivity, warning, openOverall, stayGrace } = forRole(policy, desk.subscriber.role);
  const idle = desk.lastActivity + inactivity;
  const overall = Math.min(desk.by.provedAt + openOverall, desk.by.until ?? Infinity);
  const reasons: readonly Leaving[] = [
    ...(desk.lifted === null ? [] : [{ why: 'lifted', warns: desk.lifted, at: desk.lifted + stayGrace } as const]),
    { why: 'walkAway', warns: idle - warning, at: idle },
    { why: 'overall', warns: overall - warning, at: overall },
  ];
  return reasons.reduce((first, next) => (next.at < first.at ? next : first));
}

/** Whether the warning stands. */
export const isWarned = ({ desk }: State, at: Millis, policy: Policy): boolean => desk.kind === 'open' && at >= leaving(desk, policy).warns;

/** Whether the keys go too fast for a tap to throw her out (invariant 7). */
export const isTyping = (desk: Extract<State['desk'], { kind: 'open' }>, at: Millis, policy: Policy): boolean => desk.lastKey !== null && at - desk.lastKey < policy.typingGuard;
