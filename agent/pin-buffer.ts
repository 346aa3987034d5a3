/** Digits come in one at a time from the door and count only once the core has asked for them; they go out once, to the verifier, and are overwritten. */
import type { PinBuffer } from '../core/ports.ts';

/** The longest PIN a policy may ask (Policy.pinLength). */
export const longestPin = 12;
/** The longest code (codeDigits of core/form-steps.ts). */
export const longestTyped = 13;

/** Zeroed bytes in a backing store of their own. Any other typed array of up to 64 bytes lies on V8's heap, where a collection moves it and a look at its buffer copies it: overwriting it leaves those copies. */
export const fixedBytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(length));

/** The same digits as a security key compares them: UTF-8, 0x30 to 0x39, in bytes to be overwritten. */
export function keyPinBytes(digits: Uint8Array): Uint8Array<ArrayBuffer> {
  const typed = fixedBytes(digits.length);
  for (let i = 0; i < digits.length; i++) typed[i] = 0x30 + (digits[i] ?? 0);
  return typed;
}

/** A digit lives in two steps: the door offers it, and the core's effect takes it in, or it is withdrawn before anything else happens. */
export class FixedPinBuffer implements PinBuffer {
  readonly #both = fixedBytes(longestTyped + 1);
  readonly #digits = this.#both.subarray(0, longestTyped);
  readonly #offered = this.#both.subarray(longestTyped);
  #count = 0;
  #waits = false;

  /** Digits taken in, which is all that anybody may know of them. */
  get count(): number {
    return this.#count;
  }

  /** A digit 0–9 that awaits its event; false: one waits already, or it is no digit, and this one is dropped. */
  offer(digit: number): boolean {
    if (this.#waits || !Number.isInteger(digit) || digit < 0 || digit > 9) return false;
    this.#offered[0] = digit;
    this.#waits = true;
    return true;
  }

  /** Moves the offered digit in; into a full buffer nothing moves and it is dropped. */
  take(): void {
    if (this.#waits && this.#count < longestTyped) this.#digits[this.#count++] = this.#offered[0] ?? 0;
    this.withdraw();
  }

  /** Drops the offered digit: its event did not lead to `take`. */
  withdraw(): void {
    this.#offered[0] = 0;
    this.#waits = false;
  }

  /** Takes the last digit back. */
  erase(): void {
    if (this.#count > 0) this.#digits[--this.#count] = 0;
  }

  /** Overwrites every digit taken in; an offered one stays, since its event is still on its way. */
  wipe(): void {
    this.#digits.fill(0);
    this.#count = 0;
  }

  spend<T>(use: (digits: Uint8Array) => T): T {
    try {
      return use(this.#digits.subarray(0, this.#count));
    } finally {
      this.wipe();
    }
  }
}
