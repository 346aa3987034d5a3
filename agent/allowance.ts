/** Times come in, one for each thing that asks to be let through; whether it may goes out. A burst is let through at once, then no more than so many a second. */
import type { Millis } from '../core/types.ts';

/** `perSecond` things a second on average, `burst` at once. Times may be of any clock that never goes back. */
export function createAllowance({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }): (now: Millis) => boolean {
  let left = burst;
  let last = 0;
  return (now) => {
    left = Math.min(burst, left + (Math.max(0, now - last) * perSecond) / 1000);
    last = now;
    if (left < 1) return false;
    left--;
    return true;
  };
}
