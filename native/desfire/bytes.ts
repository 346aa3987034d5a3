/** Lengths and byte strings come in; buffers whose overwriting leaves no copy behind, and comparisons that take the same time whatever the bytes are, go out. */
import { timingSafeEqual } from 'node:crypto';

export type Bytes = Uint8Array<ArrayBuffer>;

/** Zeroed bytes in a backing store of their own: smaller typed arrays lie on V8's heap, where a collection copies them. */
export const fixed = (length: number): Bytes => new Uint8Array(new ArrayBuffer(length));

/** All parts one after the other in a fixed buffer. */
export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Bytes {
  const all = fixed(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Lengths are no secret here; the bytes may be. */
export const isSame = (one: Uint8Array, other: Uint8Array): boolean => one.length === other.length && timingSafeEqual(one, other);

/** The first byte moved to the end: how both sides show that they could decipher the other's random number. */
export const rotatedLeft = (bytes: Uint8Array): Bytes => joined(bytes.subarray(1), bytes.subarray(0, 1));

/** Overwrites each with zeros. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
