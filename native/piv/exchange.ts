/** A command for the card comes in; it is sent in chained parts and its answer collected, and the whole answer or why there is none goes out. */
import type { Transmit } from '../../core/ports.ts';
import type { ProofFault } from '../../core/types.ts';

export type Command = {
  /** INS, P1, P2 of the inter-industry class (ISO/IEC 7816-4 §5.4). */
  readonly header: readonly [ins: number, p1: number, p2: number];
  readonly data: Uint8Array;
  /** No card may answer more than this, in bytes. */
  readonly limit: number;
};
export type Answer =
  | { readonly kind: 'answer'; readonly data: Uint8Array }
  /** The card said no: SW1 SW2 as one number. */
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'gone' | 'malformed' };

/** Data bytes in one command and in one answer (short length fields, ISO/IEC 7816-4 §5.2): no contactless card must know longer ones. */
const mostSent = 255;
const mostReceived = 256;
/** The largest object we read comes in 8 answers; a card that gives it in crumbs is cut off here. */
const mostParts = 40;
const done = 0x9000;

/** Command chaining (§5.3.3), GET RESPONSE after 61xx and a second try with the length of 6Cxx (§5.3.4). Sends at most `mostParts` and what chaining takes; never throws for what a card says. */
export async function exchange(transmit: Transmit, { header, data, limit }: Command): Promise<Answer> {
  let sent = 0;
  for (; data.length - sent > mostSent; sent += mostSent) {
    const answer = split(await transmit(apdu(0x10, header, data.subarray(sent, sent + mostSent), null)));
    if ('kind' in answer) return answer;
    if (answer.status !== done) return { kind: 'refused', status: answer.status };
    if (answer.data.length > 0) return { kind: 'malformed' };
  }
  let command = (length: number): Uint8Array => apdu(0x00, header, data.subarray(sent), length);
  let length = 0;
  const parts: Uint8Array[] = [];
  let received = 0;
  let isCorrected = false;
  for (let count = 0; count < mostParts; count += 1) {
    const answer = split(await transmit(command(length)));
    if ('kind' in answer) return answer;
    const high = answer.status >> 8;
    length = answer.status & 0xff;
    if (high === 0x6c && !isCorrected && answer.data.length === 0) {
      isCorrected = true;
      continue;
    }
    isCorrected = false;
    if (answer.status !== done && high !== 0x61) return answer.data.length > 0 ? { kind: 'malformed' } : { kind: 'refused', status: answer.status };
    received += answer.data.length;
    if (received > limit) return { kind: 'malformed' };
    parts.push(answer.data);
    if (answer.status === done) return { kind: 'answer', data: Buffer.concat(parts) };
    command = getResponse;
  }
  return { kind: 'malformed' };
}

/** What a card's refusal means for its proof: that it has no such application, object or key, or that it does not keep to the protocol. */
export function faultOf(answer: Exclude<Answer, { readonly kind: 'answer' }>): ProofFault {
  if (answer.kind !== 'refused') return answer.kind;
  return absent.has(answer.status) ? 'missing' : 'malformed';
}

/** ISO/IEC 7816-4 §5.6: not allowed here, function not supported, not found, wrong P1 P2, no such key, unknown instruction or class. */
const absent: ReadonlySet<number> = new Set([0x6982, 0x6985, 0x6986, 0x6a80, 0x6a81, 0x6a82, 0x6a86, 0x6a88, 0x6d00, 0x6e00]);

/** ISO/IEC 7816-4 §11.7.1. */
const getResponse = (length: number): Uint8Array => Uint8Array.of(0x00, 0xc0, 0x00, 0x00, length);

/** `length` is Le, 0 for 256; null: none is expected. */
function apdu(cla: number, header: Command['header'], data: Uint8Array, length: number | null): Uint8Array {
  const body = data.length > 0 ? [data.length, ...data] : [];
  return Uint8Array.of(cla, ...header, ...body, ...(length === null ? [] : [length]));
}

type Part = { readonly data: Uint8Array; readonly status: number };

/** A response APDU in its two parts (§5.1), with no more data than was asked for. */
function split(response: Uint8Array | null): Part | { readonly kind: 'gone' | 'malformed' } {
  if (response === null) return { kind: 'gone' };
  const [high, low] = response.subarray(-2);
  if (high === undefined || low === undefined || response.length > mostReceived + 2) return { kind: 'malformed' };
  return { data: response.subarray(0, -2), status: (high << 8) | low };
}
