/** Lengths of APDUs come in, the time they spend in the air as ISO/IEC 14443-4 blocks of type A at 106 kbit/s goes out. A model of the air alone: no reader, no USB, no card. */

/** Milliseconds of one elementary time unit: a bit lasts 128 periods of the 13.56 MHz carrier (ISO/IEC 14443-2 §8.2.1, 14443-3 §6.1). */
const etu = 128 / 13_560;
/** A standard frame: start of communication 1, each byte 8 bits and its parity, end of communication at most 2 (ISO/IEC 14443-3 §6.2.3.2). */
const frame = (bytes: number): number => (1 + 9 * bytes + 2) * etu;
/** Frame delay times, each at its shortest: card after reader (9 · 128 + 84) / fc, reader after card 1172 / fc (ISO/IEC 14443-3 §6.2.1). */
const turnToCard = 1_236 / 13_560;
const turnToReader = 1_172 / 13_560;
/** PCB and CRC_A; no CID, no NAD (ISO/IEC 14443-4 §7.1). */
const prologueAndEpilogue = 1 + 2;
/** An R-block: PCB and CRC_A. */
const acknowledgement = 3;

/** The largest frames of both sides, in bytes: FSC that the card's ATS gives, FSD that the reader's RATS gave (ISO/IEC 14443-4 §5.1, §5.2.3). */
export type FrameSizes = { readonly fsc: number; readonly fsd: number };
/** 256 both ways, as the common readers and today's cards have it. */
export const commonFrames: FrameSizes = { fsc: 256, fsd: 256 };

/** Milliseconds in the air of a command of so many bytes and the response to it. Chained where a frame is too small (§7.5.2), each part but the last acknowledged by an R-block. */
export function airTime(command: number, response: number, { fsc, fsd }: FrameSizes = commonFrames): number {
  return blocks(command, fsc) + blocks(response, fsd);
}

/** The parts of one APDU, their acknowledgements, and a turn of direction after each of these frames. */
function blocks(length: number, largest: number): number {
  const room = largest - prologueAndEpilogue;
  const parts = Math.max(1, Math.ceil(length / room));
  let time = 0;
  for (let part = 0, left = length; part < parts; part += 1, left -= room) {
    if (part > 0) time += frame(acknowledgement) + turnToCard + turnToReader;
    time += frame(Math.min(left, room) + prologueAndEpilogue);
  }
  return time + (turnToCard + turnToReader) / 2;
}
