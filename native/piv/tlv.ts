/** Bytes of a card or a certificate file come in; their tag-length-value objects go out, or null for anything that is not exactly that. */

/** `whole`: with its tag and length. `end`: where in the buffer the next one begins. */
export type Tlv = { readonly tag: number; readonly value: Uint8Array; readonly whole: Uint8Array; readonly end: number };

/** `ber`: a length may be written longer than needed (ISO/IEC 7816-4 §6.3), as cards do. `der`: shortest form only (ITU-T X.690 §10.1). */
export type Encoding = 'ber' | 'der';

/** The object that begins at `at`, with a tag of one byte and a definite length below 2^32; null if it is not whole. Copies nothing. */
export function readTlv(bytes: Uint8Array, at: number, encoding: Encoding): Tlv | null {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return null;
  let from = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4 || from + count > bytes.length) return null;
    length = 0;
    for (const byte of bytes.subarray(from, from + count)) length = length * 0x100 + byte;
    from += count;
    if (encoding === 'der' && (length < 0x80 || length < 0x100 ** (count - 1))) return null;
  }
  const end = from + length;
  if (end > bytes.length) return null;
  return { tag, value: bytes.subarray(from, end), whole: bytes.subarray(at, end), end };
}

/** All objects of a constructed value, which they fill to its last byte; null otherwise. */
export function readAll(bytes: Uint8Array, encoding: Encoding): readonly Tlv[] | null {
  const found: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    const next = readTlv(bytes, at, encoding);
    if (next === null) return null;
    found.push(next);
    at = next.end;
  }
  return found;
}

/** The value of the one object that these bytes are, if it has this tag; null otherwise, also when anything follows it. */
export function readOnly(bytes: Uint8Array, tag: number, encoding: Encoding): Uint8Array | null {
  const only = readTlv(bytes, 0, encoding);
  return only !== null && only.tag === tag && only.end === bytes.length ? only.value : null;
}

/** An object with the shortest length; `value` is at most 65,535 bytes. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from(header), ...parts]);
}
