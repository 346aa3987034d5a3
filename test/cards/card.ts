/** The shape of a card written in software: command APDUs come in, response APDUs go out; the virtual reader puts it in the field of a real pcscd. */

/** A card at APDU level (ISO/IEC 7816-4 §5). What a reader answers in the card's place (PC/SC part 3 §3.2.2: class FF) never reaches it. */
export type SoftwareCard = {
  /** As a PC/SC reader reports the card after power-up: 2 to 33 bytes (ISO/IEC 7816-3 §8.2). */
  readonly atr: () => Uint8Array;
  /** What anticollision gave the reader since the last `powered`: 4, 7 or 10 bytes (ISO/IEC 14443-3 §6.5); a card with random UIDs makes a new one at each power-up. */
  readonly uid: () => Uint8Array;
  /** One command APDU in, the whole response with SW1 SW2 out; never throws, whatever the bytes are. */
  readonly respond: (command: Uint8Array) => Uint8Array;
  /** Power came back after a reset or a stay outside the field: selections, sessions and half-sent chains are gone. */
  readonly powered: () => void;
};
