/** Digits that are already at hand come in; a PinBuffer that is overwritten after its one use goes out. */
import type { PinBuffer } from '../../core/ports.ts';

export function pinOf(digits: Uint8Array): PinBuffer {
  let count = digits.length;
  const wipe = (): void => {
    digits.fill(0);
    count = 0;
  };
  return {
    get count() {
      return count;
    },
    wipe,
    spend: (use) => {
      try {
        return use(digits.subarray(0, count));
      } finally {
        wipe();
      }
    },
  };
}
