/** The number of wrong PINs in a row comes in; what it means for the next try goes out. The clock that runs a wait down is the verifier's. */
import type { Policy } from './policy.ts';
import type { Millis } from './types.ts';

export type ThrottlePolicy = Pick<Policy, 'triesBeforeWait' | 'waits' | 'blockAfter'>;

export type Throttle =
  /** `left`: tries until the first wait. */
  | { readonly kind: 'allowed'; readonly left: number }
  /** The next try counts `ms` after the last one; `left`: tries until blocked. */
  | { readonly kind: 'wait'; readonly ms: Millis; readonly left: number }
  | { readonly kind: 'blocked' };

/** `failures`: consecutive wrong PINs so far, 0 and up. Growing waits and a hard end after at most 10: SP 800-63B-4 §3.2.2 and §3.2.10. */
export function throttle(failures: number, { triesBeforeWait, waits, blockAfter }: ThrottlePolicy): Throttle {
  if (failures >= blockAfter) return { kind: 'blocked' };
  const turn = failures - triesBeforeWait;
  if (turn < 0) return { kind: 'allowed', left: Math.min(-turn, blockAfter - failures) };
  const ms = waits[Math.min(turn, waits.length - 1)] ?? 0;
  return ms > 0 ? { kind: 'wait', ms, left: blockAfter - failures } : { kind: 'allowed', left: blockAfter - failures };
}
