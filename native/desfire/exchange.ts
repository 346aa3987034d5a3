/** A DESFire command comes in and goes to the card wrapped into ISO/IEC 7816-4 (class 90); its data, or what is wrong with the answer, comes back. */
import type { Transmit } from '../../core/ports.ts';
import { joined } from './bytes.ts';

/** `gone`: the card left. `malformed`: not the lengths or the order of the protocol. `wrong`: a MAC or cryptogram that does not hold. `status`: the card refused, SW 91 xx. `foreign`: an SW of another command set. */
export type Fault = { readonly kind: 'gone' | 'malformed' | 'wrong' } | { readonly kind: 'status'; readonly status: number } | { readonly kind: 'foreign'; readonly sw: number };
export type Answer<T> = { readonly kind: 'ok'; readonly value: T } | Fault;

export const ok = <T>(value: T): Answer<T> => ({ kind: 'ok', value });
export const malformed: Fault = { kind: 'malformed' };
export const wrong: Fault = { kind: 'wrong' };

/** The second status byte after 91. */
export const status = {
  done: 0x00,
  illegalCommand: 0x1c,
  integrity: 0x1e,
  noSuchKey: 0x40,
  length: 0x7e,
  denied: 0x9d,
  noApplication: 0xa0,
  authentication: 0xae,
  more: 0xaf,
  noMemory: 0x0e,
  exists: 0xde,
  noFile: 0xf0,
} as const;

/** A card that always has one more frame is no card. */
const mostFrames = 16;

/** CLA 90, INS, P1 P2 00, data, Le 00. `data`: up to 255 bytes. */
export function wrapped(ins: number, data: Uint8Array): Uint8Array {
  if (data.length > 255) throw new RangeError('a short APDU holds 255 bytes at most');
  return data.length === 0 ? Uint8Array.of(0x90, ins, 0, 0, 0) : joined([0x90, ins, 0, 0, data.length], data, [0]);
}

/** One frame there and one back. */
export async function frame(transmit: Transmit, ins: number, data: Uint8Array): Promise<Answer<{ readonly status: number; readonly data: Uint8Array }>> {
  const response = await transmit(wrapped(ins, data));
  if (response === null) return { kind: 'gone' };
  const [sw1, sw2] = response.subarray(-2);
  if (sw1 === undefined || sw2 === undefined) return malformed;
  if (sw1 !== 0x91) return { kind: 'foreign', sw: (sw1 << 8) | sw2 };
  return ok({ status: sw2, data: response.subarray(0, -2) });
}

/** One frame that must be the last but one: 91 AF. */
export const first = async (transmit: Transmit, ins: number, data: Uint8Array): Promise<Answer<Uint8Array>> => expecting(status.more, await frame(transmit, ins, data));

/** One frame that must be the last: 91 00. */
export const last = async (transmit: Transmit, ins: number, data: Uint8Array): Promise<Answer<Uint8Array>> => expecting(status.done, await frame(transmit, ins, data));

function expecting(expected: number, answer: Answer<{ readonly status: number; readonly data: Uint8Array }>): Answer<Uint8Array> {
  if (answer.kind !== 'ok') return answer;
  const { status: claimed, data } = answer.value;
  if (claimed === expected) return ok(data);
  // A refusal has no data; more frames or success where the other was due is no refusal.
  if (data.length > 0 || claimed === status.done || claimed === status.more) return malformed;
  return { kind: 'status', status: claimed };
}

/** A whole response, gathered from as many frames as the card makes of it. */
export async function gathered(transmit: Transmit, ins: number, data: Uint8Array): Promise<Answer<Uint8Array>> {
  const parts: Uint8Array[] = [];
  let answer = await frame(transmit, ins, data);
  while (answer.kind === 'ok' && answer.value.status === status.more) {
    parts.push(answer.value.data);
    if (parts.length === mostFrames) return malformed;
    answer = await frame(transmit, status.more, new Uint8Array());
  }
  const end = expecting(status.done, answer);
  return end.kind === 'ok' ? ok(joined(...parts, end.value)) : end;
}
