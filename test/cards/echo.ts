/** A UID comes in, a card that says what it was told goes out: for whoever carries APDUs and must not touch them. */
import { smartCardAtr } from '../virtual-reader/card.ts';
import type { SoftwareCard } from './card.ts';

export type EchoCard = SoftwareCard & {
  /** Every command since the card was made. */
  readonly heard: readonly Uint8Array[];
  /** How often power came back. */
  readonly resets: () => number;
};

/** Answers each command with its own bytes and 9000, unless `respond` says otherwise. */
export function echoCard(uid: string, respond: (command: Uint8Array) => Uint8Array = (command) => Uint8Array.of(...command, 0x90, 0x00)): EchoCard {
  const heard: Uint8Array[] = [];
  const bytes = Uint8Array.from(Buffer.from(uid, 'hex'));
  const atr = smartCardAtr([0x80]);
  let resets = 0;
  return {
    atr: () => atr,
    uid: () => bytes,
    respond(command) {
      heard.push(Uint8Array.from(command));
      return respond(command);
    },
    powered: () => void (resets += 1),
    heard,
    resets: () => resets,
  };
}
