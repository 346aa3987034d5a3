/** What was typed so far for one form comes in; it is kept in bytes off V8's heap for the steps that follow, and overwritten. */
import type { SubscriberId } from '../../core/types.ts';
import type { UnknownCard } from '../intake.ts';
import { fixedBytes, longestTyped } from '../pin-buffer.ts';
import type { CodeRecord } from '../store/records.ts';

/** One thing that was typed. */
export class Typed {
  readonly #bytes = fixedBytes(longestTyped);
  #length = 0;

  /** A view, never a copy. */
  get digits(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
  keep(digits: Uint8Array): void {
    this.wipe();
    this.#bytes.set(digits);
    this.#length = digits.length;
  }
  /** Compared in full, whatever differs. */
  isSame(digits: Uint8Array): boolean {
    let difference = digits.length ^ this.#length;
    for (let i = 0; i < this.#length; i++) difference |= (this.#bytes[i] ?? 0) ^ (digits[i] ?? 0);
    return difference === 0;
  }
  wipe(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }
}

/** Of one attempt, from its first answer to its end. */
export class Kept {
  readonly number = new Typed();
  readonly newPin = new Typed();
  /** The badge that is to be added; its UID is this object's own. */
  card: UnknownCard | null = null;
  /** Whose form it is, once that is proved. */
  subject: SubscriberId | null = null;
  /** That proved it. */
  code: CodeRecord | null = null;

  takeCard(card: UnknownCard): void {
    const uid = fixedBytes(card.uid.length);
    uid.set(card.uid);
    this.card = { ...card, uid };
  }
  /** Nothing can come of it any more: whose form it was is forgotten, too. */
  end(): void {
    this.number.wipe();
    this.newPin.wipe();
    this.card?.uid.fill(0);
    this.card = this.subject = this.code = null;
  }
}
