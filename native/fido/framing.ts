/** A CTAP message comes in; it goes to the key in command APDUs as NFC wants it (CTAP 2.1 §11.3) and the key's whole answer, or why there is none, goes out. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Transmit } from '../../core/ports.ts';
import type { Millis } from '../../core/types.ts';
import { longestMessage } from './cbor.ts';
import { fault, type KeyFault, statusFault, wordFault } from './outcome.ts';

export type Line = {
  readonly transmit: Transmit;
  /** `short` works with every reader; `extended` (ISO 7816-4 §5.2) saves commands where a message is longer than 255 bytes, and falls back once the card says 6700. */
  lengths: 'short' | 'extended';
  /** How long one message may keep saying "still busy" before it is cancelled. */
  readonly patience: Millis;
};
export type LineOptions = {
  readonly lengths?: Line['lengths'];
  readonly patience?: Millis;
  /** `selectFido` found the applet in this stay, and no other command has gone to the card since: saves one. */
  readonly isSelected?: boolean;
};

export const openLine = (transmit: Transmit, { lengths = 'short', patience = 3_000 }: LineOptions = {}): Line => ({ transmit, lengths, patience });

/** What the words were, and all bytes before them. */
export type Reply = { readonly word: number; readonly body: Uint8Array };

const ok = 0x9000;
const busy = 0x9100;
/** A busy key is asked again after this; at most so often, should time stand still. */
const pollEvery: Millis = 20;
const mostPolls = 400;
/** GET RESPONSE rounds of an honest key: its longest message in answers of 128 bytes. */
const mostRounds = 64;

/** One command, chained where it must be (ISO 7816-4 §5.3.3), its answer gathered over GET RESPONSE (§5.3.4). null: the card is gone. */
export async function exchange(line: Line, [cla, ins, p1, p2]: readonly [number, number, number, number], body: Uint8Array = new Uint8Array()): Promise<Reply | KeyFault> {
  if (line.lengths === 'extended' && body.length > 255) {
    const reply = await one(line, Uint8Array.of(cla, ins, p1, p2, 0, body.length >> 8, body.length & 0xff, ...body, 0, 0));
    if (isFault(reply) || reply.word !== 0x6700) return isFault(reply) ? reply : gather(line, reply);
    line.lengths = 'short';
  }
  let at = 0;
  for (; body.length - at > 255; at += 255) {
    const reply = await one(line, Uint8Array.of(cla | 0x10, ins, p1, p2, 255, ...body.subarray(at, at + 255)));
    if (isFault(reply)) return reply;
    if (reply.word !== ok || reply.body.length > 0) return reply.word === ok ? fault('malformed') : reply;
  }
  const last = body.subarray(at);
  const reply = await one(line, Uint8Array.of(cla, ins, p1, p2, ...(last.length > 0 ? [last.length, ...last] : []), 0));
  return isFault(reply) ? reply : gather(line, reply);
}

/** One CTAP command and its parameters; what follows the status 00 goes out. Bounded in bytes, rounds and time, whatever the key answers. */
export async function message(line: Line, command: number, parameters: Uint8Array = new Uint8Array()): Promise<{ readonly kind: 'answer'; readonly body: Uint8Array } | KeyFault> {
  // P1 80: a "still busy" is understood here (§11.3.7.1).
  let reply = await exchange(line, [0x80, 0x10, 0x80, 0x00], Uint8Array.of(command, ...parameters));
  const began = performance.now();
  for (let polls = 0; !isFault(reply) && reply.word === busy; polls += 1) {
    if (polls === mostPolls || performance.now() - began > line.patience) {
      await exchange(line, [0x80, 0x11, 0x11, 0x00]); // Cancels (§11.3.7.2): the next message must not meet this answer.
      return fault('gone', busy);
    }
    await pause(pollEvery);
    reply = await exchange(line, [0x80, 0x11, 0x00, 0x00]);
  }
  if (isFault(reply)) return reply;
  if (reply.word !== ok) return wordFault(reply.word);
  const [status] = reply.body;
  if (status === undefined) return fault('malformed');
  return status === 0x00 ? { kind: 'answer', body: reply.body.subarray(1) } : statusFault(status);
}

/** Tells the key that nothing more comes (NFCCTAP_CONTROL END, CTAP 2.1 §11.3.2); its answer does not matter. */
export async function endSession(transmit: Transmit): Promise<void> {
  await transmit(Uint8Array.of(0x80, 0x12, 0x01, 0x00));
}

const isFault = (reply: Reply | KeyFault): reply is KeyFault => 'kind' in reply;

async function one({ transmit }: Line, command: Uint8Array): Promise<Reply | KeyFault> {
  const response = await transmit(command);
  if (response === null) return fault('gone');
  const end = response.length - 2;
  if (end < 0) return fault('malformed');
  return { word: ((response[end] ?? 0) << 8) | (response[end + 1] ?? 0), body: response.subarray(0, end) };
}

async function gather(line: Line, first: Reply): Promise<Reply | KeyFault> {
  if (first.word >> 8 !== 0x61) return first.body.length > longestMessage ? fault('malformed') : first;
  const parts = [first.body];
  let length = first.body.length;
  let reply: Reply | KeyFault = first;
  for (let rounds = 0; reply.word >> 8 === 0x61; rounds += 1) {
    if (rounds === mostRounds || length > longestMessage) return fault('malformed', reply.word);
    reply = await one(line, Uint8Array.of(0x00, 0xc0, 0x00, 0x00, reply.word & 0xff));
    if (isFault(reply)) return reply;
    parts.push(reply.body);
    length += reply.body.length;
  }
  return length > longestMessage ? fault('malformed') : { word: reply.word, body: Buffer.concat(parts) };
}
