/** An entry comes in, the bytes of its line go out, and back: one JSON object a line, proofs at its end, so that what is proved is exactly the bytes before them. */
import { createSecretKey, hash } from 'node:crypto';
import type { Entry } from '../../core/entry.ts';
import type { Millis } from '../../core/types.ts';
import { mac } from '../store/sealing.ts';

/** Fills the space that is allocated ahead; no line begins with it. */
export const padding = 0x20;
export const newline = 0x0a;
/** Every so many entries one carries a signature: those with seq % signEvery === signEvery - 1. */
export const signEvery = 64;
export const isSigned = (seq: number): boolean => seq % signEvery === signEvery - 1;

/** First line of every file: whose ledger, which file, where it goes on. */
export type Header = {
  readonly ledger: string;
  readonly format: 1;
  readonly segment: number;
  /** Sequence number of the file's first entry. */
  readonly first: number;
  /** Hash of the line before, in the file before; of nothing in the first. */
  readonly prev: string;
  /** Ed25519, raw, base64url. */
  readonly publicKey: string;
};
/** What stands in a line beside its proofs. `wall`: Unix milliseconds; `at`: station time. */
export type Body = { readonly seq: number; readonly wall: number; readonly at: Millis; readonly prev: string; readonly entry: Entry };
export type ReadLine = Body & { readonly signature?: string; readonly mac: string };

export const lineHash = (line: Uint8Array): string => hash('sha256', line, 'base64url');

const macMark = ',"mac":"';
const signatureMark = ',"signature":"';
/** base64url of 32 and of 64 bytes. */
const macChars = 43;
const signatureChars = 86;
const macTail = macMark.length + macChars + 2;
const signatureTail = signatureMark.length + signatureChars + 1;

/** The line without its newline. `sign` is null where this entry carries no signature. */
export function encodeLine(body: Body, macKey: Uint8Array, sign: ((proved: Uint8Array) => string) | null): Buffer {
  const open = JSON.stringify(body).slice(0, -1);
  const signed = sign === null ? open : `${open}${signatureMark}${sign(Buffer.from(open))}"`;
  return Buffer.from(`${signed}${macMark}${lineMac(macKey, Buffer.from(signed))}"}`);
}

export const lineMac = (macKey: Uint8Array, proved: Uint8Array): string => mac(createSecretKey(macKey), proved).toString('base64url');

/** A line's parts as bytes, without trusting any of it: `signed` is what the signature is over, `maced` what the MAC is over. null: not of this form. */
export function takeApart(line: Uint8Array): { readonly read: ReadLine; readonly signed: Uint8Array; readonly maced: Uint8Array } | null {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length);
  const macedEnd = text.length - macTail;
  if (macedEnd < 0 || text.toString('latin1', macedEnd, macedEnd + macMark.length) !== macMark) return null;
  let read: ReadLine;
  try {
    read = JSON.parse(text.toString('utf8')) as ReadLine;
  } catch {
    return null;
  }
  if (typeof read !== 'object' || read === null || !Number.isSafeInteger(read.seq) || typeof read.prev !== 'string' || typeof read.entry !== 'object' || read.entry === null)
    return null;
  const maced = line.subarray(0, macedEnd);
  const signed = read.signature === undefined ? maced : line.subarray(0, macedEnd - signatureTail);
  return { read, signed, maced };
}

export function readHeader(line: Uint8Array): Header | null {
  try {
    const header = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8')) as Header;
    const whole = header.format === 1 && typeof header.ledger === 'string' && Number.isSafeInteger(header.segment) && Number.isSafeInteger(header.first);
    return whole && typeof header.prev === 'string' && typeof header.publicKey === 'string' ? header : null;
  } catch {
    return null;
  }
}

/** The complete lines of a file up to its padding, each with where the next one begins. A last line without its newline is not among them. */
export function* lines(file: Buffer): Generator<{ readonly line: Buffer; readonly next: number }> {
  let start = 0;
  while (start < file.length && file[start] !== padding) {
    const end = file.indexOf(newline, start);
    if (end < 0) return;
    yield { line: file.subarray(start, end), next: end + 1 };
    start = end + 1;
  }
}

/** Bytes up to the last one that is not padding. */
export function writtenBytes(file: Buffer): number {
  let end = file.length;
  while (end > 0 && file[end - 1] === padding) end--;
  return end;
}
