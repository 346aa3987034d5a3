/** A UID and a kind of card, or a card written in software, come in; a virtual card goes out: its ATR, its answers to command APDUs, and what may be wrong with it. */
import type { FrameSizes } from '../cards/air.ts';
import { airTime } from '../cards/air.ts';
import type { SoftwareCard } from '../cards/card.ts';

/** CLOCK_MONOTONIC in milliseconds at which the card's last stay in a field reached each stage; 0: not reached. */
export type Stages = { inserted: number; powered: number; asked: number; answered: number };

export type VirtualCard = {
  uid: Uint8Array;
  atr: Uint8Array;
  /** `mute`: no ATR. `frozen`: never answers power-up. `pull`: leaves the field when the first command comes. `hang`: never answers a command. */
  fault: 'none' | 'mute' | 'frozen' | 'pull' | 'hang';
  /** Milliseconds before each answer: always the same, or by the command and the answer to it. */
  delay: number | ((command: Uint8Array, response: Uint8Array) => number);
  /** A command APDU in, a response APDU out, SW1 SW2 included. What a reader answers by itself is answered here too. */
  answer: (command: Uint8Array) => Uint8Array;
  /** Power-up or reset, before the ATR is asked for. */
  powered: () => void;
  readonly stages: Stages;
};

/** Names of storage cards that a PC/SC reader puts into the ATR: SS and NN NN of PC/SC part 3, supplement, tables for RID A0 00 00 03 06. */
const storageCards = {
  'MIFARE Classic 1K': [0x03, 0x0001],
  'MIFARE Classic 4K': [0x03, 0x0002],
  'MIFARE Ultralight': [0x03, 0x0003],
  'ICODE SLI': [0x0b, 0x0014],
} as const;

/** The ATR a reader makes up for a card without one: PC/SC part 3 §3.1.3.2.3.2. `standard` is SS, `name` NN NN. */
export function storageAtr(standard: number, name: number): Uint8Array {
  const atr = [0x3b, 0x8f, 0x80, 0x01, 0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00, 0x03, 0x06, standard, name >> 8, name & 0xff, 0, 0, 0, 0];
  return Uint8Array.from([...atr, checkByte(atr)]);
}

/** The ATR of an ISO 14443-4 card: PC/SC part 3 §3.1.3.2.3.1. A DESFire has the one historical byte 80. */
export function smartCardAtr(historical: readonly number[]): Uint8Array {
  const atr = [0x3b, 0x80 | historical.length, 0x80, 0x01, ...historical];
  return Uint8Array.from([...atr, checkByte(atr)]);
}

/** TCK: the exclusive or of all bytes after TS (ISO 7816-3 §8.2.5). */
function checkByte(atr: readonly number[]): number {
  return atr.slice(1).reduce((sum, byte) => sum ^ byte, 0);
}

/** A card that behaves. `uid` in hexadecimal; change its fields to make it misbehave. */
export function virtualCard(uid: string, kind: keyof typeof storageCards | 'DESFire' = 'MIFARE Ultralight'): VirtualCard {
  const card: VirtualCard = {
    uid: Uint8Array.from(Buffer.from(uid, 'hex')),
    atr: kind === 'DESFire' ? smartCardAtr([0x80]) : storageAtr(storageCards[kind][0], storageCards[kind][1]),
    fault: 'none',
    delay: 0,
    answer: (command) => (isForReader(command) ? answerGetData(card.uid, command) : Uint8Array.of(0x6d, 0x00)),
    powered: () => {},
    stages: { inserted: 0, powered: 0, asked: 0, answered: 0 },
  };
  return card;
}

/** How long an exchange with a card written in software takes. Without it: no time at all. */
export type Pace = {
  /** The air at 106 kbit/s, with frames of these sizes (air.ts). */
  readonly air?: FrameSizes;
  /** Milliseconds that the card itself needs for a command. */
  readonly computing?: (command: Uint8Array) => number;
};

/** A card written in software, to be put into a field. */
export function inField(card: SoftwareCard, { air, computing }: Pace = {}): VirtualCard {
  const inAir = (command: Uint8Array, response: Uint8Array): number =>
    isForReader(command) ? 0 : (air ? airTime(command.length, response.length, air) : 0) + (computing?.(command) ?? 0);
  return {
    get uid() {
      return card.uid();
    },
    get atr() {
      return card.atr();
    },
    fault: 'none',
    delay: air || computing ? inAir : 0,
    answer: (command) => (isForReader(command) ? answerGetData(card.uid(), command) : card.respond(command)),
    powered: card.powered,
    stages: { inserted: 0, powered: 0, asked: 0, answered: 0 },
  };
}

/** Class FF is the reader's own (PC/SC part 3 §3.2.2): it never reaches a card. */
const isForReader = (command: Uint8Array): boolean => command[0] === 0xff;

/** GET DATA of PC/SC part 3 §3.2.2.1.3: P1 00 asks for the UID, P1 01 for the ATS. */
function answerGetData(uid: Uint8Array, command: Uint8Array): Uint8Array {
  const [, ins, p1] = command;
  if (ins !== 0xca) return Uint8Array.of(0x6d, 0x00);
  return p1 === 0x00 ? Uint8Array.of(...uid, 0x90, 0x00) : Uint8Array.of(0x6a, 0x81);
}
