/** What the agent asks of a card in the field comes in as a Request, frames of bytes go out to the reader program; and back, where nothing in a frame is trusted. */
import type { ReaderNumber } from './reports.ts';

/** A card's stay in the field of one reader, counted there by the program. */
export type StayNumber = number;
/** What is meant, under a number of the agent's own: the answer bears it. */
export type Request = { readonly id: number; readonly reader: ReaderNumber; readonly stay: StayNumber; readonly command: Uint8Array };

/** A header alone: ISO/IEC 7816-4 §5.1 case 1. */
export const shortestCommand = 4;
/** Case 4 with extended fields: header, Lc of 3 bytes, 65,535 bytes, Le of 2. */
export const longestCommand = 4 + 3 + 0xffff + 2;
/** SW1 SW2 alone. */
export const shortestResponse = 2;
/** 65,536 bytes and SW1 SW2. */
export const longestResponse = 0x1_0000 + 2;

const numbers = 12;

/** A frame: its length after these 4 bytes (little-endian), number, reader, stay of 4 bytes each, then the command. */
export function encodeRequest({ id, reader, stay, command }: Request): Buffer {
  const frame = Buffer.allocUnsafe(4 + numbers + command.length);
  frame.writeUInt32LE(numbers + command.length, 0);
  frame.writeUInt32LE(id, 4);
  frame.writeUInt32LE(reader, 8);
  frame.writeUInt32LE(stay, 12);
  frame.set(command, 4 + numbers);
  return frame;
}

/** Collects chunks and hands out each whole request, or null once for what is none: nothing after that can be understood. */
export function requestDecoder(hand: (request: Request | null) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let broken = false;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (!broken && rest.length >= 4) {
      const length = rest.readUInt32LE(0);
      broken = length < numbers + shortestCommand || length > numbers + longestCommand;
      if (!broken && rest.length < 4 + length) return;
      const frame = rest.subarray(4, 4 + length);
      rest = rest.subarray(4 + length);
      hand(broken ? null : { id: frame.readUInt32LE(0), reader: frame.readUInt32LE(4), stay: frame.readUInt32LE(8), command: Uint8Array.from(frame.subarray(numbers)) });
    }
  };
}
