/** Bytes come in and go out as base64 (RFC 4648 section 4) in bytes, or back: never as a string, which could not be overwritten. What Windows' host carries between the agent and a program of a session, unread. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const letters = Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));
const values = new Int16Array(256).fill(-1);
for (const [value, letter] of letters.entries()) values[letter] = value;
const padding = 0x3d;

/** Typed arrays of up to 64 bytes lie on V8's heap unless they are given a buffer. */
const offHeap = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(length));

/** The most bytes that one letter holds: protocol.h of native/windows. */
export const longestLetter = 45_000;

/** Of ASCII alone. */
export const asciiBytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** `head`, the bytes as base64, and a line feed. The bytes are the caller's to overwrite, and so is the line once it is sent. */
export function letterLine(head: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const line = offHeap(head.length + 4 * Math.ceil(bytes.length / 3) + 1).fill(padding);
  line.set(head);
  for (let at = 0, to = head.length; at < bytes.length; at += 3, to += 4) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let digit = 0; digit <= Math.min(3, bytes.length - at); digit++) line[to + digit] = letters[(group >> (18 - 6 * digit)) & 63] ?? 0;
  }
  line[line.length - 1] = 0x0a;
  return line;
}

/** null where it is not base64 of at most `longestLetter` bytes. To be overwritten. */
export function readLetter(text: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0 || text.length > (longestLetter / 3) * 4 + 1_440) return null;
  const end = text.at(-1) !== padding ? text.length : text.at(-2) !== padding ? text.length - 1 : text.length - 2;
  const bytes = offHeap(Math.floor((end * 3) / 4));
  let group = 0;
  for (let at = 0, to = 0; at < end; at++) {
    const value = values[text[at] ?? 0] ?? -1;
    if (value < 0) return null;
    group = ((group << 6) | value) & 0xffffff;
    if (at % 4 === 0) continue;
    // Each character after a group's first completes one byte.
    bytes[to++] = (group >> (4 - 2 * ((at % 4) - 1))) & 0xff;
  }
  return bytes;
}
