/** Digits come in one at a time from the door and count only once the core has asked for them; they go out once, to the verifier, and are overwritten. */
import type { PinBuffer } from '../core/ports.ts';

/** The longest PIN a policy may ask (Policy.pinLength). */
export const longestPin = 12;

/** Zeroed bytes in a backing store of their own. Any other typed array of up to 64 bytes lies on V8's heap, where a collection moves it and a look at its buffer copies it: overwriting it leaves those copies. */
export const fixedBytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(length));

/**
 * A digit lives in two steps: the door offers it, the queue's effect takes it in or the queue withdraws it.
 * Offered digits keep their order, so that one event stands for one digit even when several wait in the queue.
 */
export class FixedPinBuffer implements PinBuffer {
  readonly #both = fixedBytes(2 * longestPin);
  readonly #digits = this.#both.subarray(0, longestPin);
  readonly #offered = this.#both.subarray(longestPin);
  #count = 0;
  #waiting = 0;
  #spending = false;

  /** Digits taken in, which is all that anybody may know of them. */
  get count(): number {
    return this.#count;
  }

  /** A digit 0–9 that awaits its event; false: too many wait already and this one is dropped. */
  offer(digit: number): boolean {
    if (this.#waiting === longestPin || !Number.isInteger(digit) || digit < 0 || digit > 9) return false;
    this.#offered[this.#waiting++] = digit;
    return true;
  }

  /** Moves the oldest offered digit in. Nothing moves while digits are being spent or the buffer is full: the digit is dropped. */
  take(): void {
    if (this.#waiting > 0 && !this.#spending && this.#count < longestPin) this.#digits[this.#count++] = this.#offered[0] ?? 0;
    this.withdraw();
  }

  /** Drops the oldest offered digit: its event did not lead to `take`. */
  withdraw(): void {
    if (this.#waiting === 0) return;
    this.#offered.copyWithin(0, 1, this.#waiting);
    this.#offered[--this.#waiting] = 0;
  }

  /** Takes the last digit back. */
  erase(): void {
    if (this.#count > 0 && !this.#spending) this.#digits[--this.#count] = 0;
  }

  /** Overwrites every digit taken in. Offered ones stay: their events are still on their way and each ends in `take` or `withdraw`. */
  wipe(): void {
    this.#digits.fill(0);
    this.#count = 0;
  }

  async spend<T>(use: (digits: Uint8Array) => Promise<T>): Promise<T> {
    if (this.#spending) throw new Error('The PIN is already being used.');
    this.#spending = true;
    try {
      return await use(this.#digits.subarray(0, this.#count));
    } finally {
      this.wipe();
      this.#spending = false;
    }
  }
}
