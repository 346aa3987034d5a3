/** Long work comes in piece by piece; between two moments of it everything else that waits has its turn: a tap does not wait for an import. */
import { setImmediate as otherTurns } from 'node:timers/promises';

/** Milliseconds of work at a time. */
const moment = 8;

/** To be awaited between two pieces. */
export function createBreath(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < moment) return undefined;
    return otherTurns().then(() => void (began = performance.now()));
  };
}
