/** A card written in software comes in; one at the reader goes out that answers otherwise, and says how often it did. */
import type { SoftwareCard } from '../cards/card.ts';
import type { Random } from '../store/random.ts';

/** What the card itself said to the `at`th command of this stay, and the command; what arrives in its place. */
export type Bend = (answer: Uint8Array, at: number, command: Uint8Array) => Uint8Array;

export function bent(card: SoftwareCard, bend: Bend): SoftwareCard {
  let at = 0;
  return {
    ...card,
    powered: () => {
      at = 0;
      card.powered();
    },
    respond: (command) => bend(card.respond(command), at++, command),
  };
}

// No 9100: it tells a FIDO client to wait.
const refusals = ['6a82', '6d00', '6985', '6110', '6c05', '91ae', '917e', '91a0', '0000'] as const;

/**
 * Every answer after the first `honest` ones is bent in one of six ways. Where an answer holds what the card's key made, which all three protocols put before the status,
 * none of the ways leaves that as it was: such a card can never have proved itself.
 */
export function fuzzed(card: SoftwareCard, honest: number, chance: Random, counted: () => void): SoftwareCard {
  const before: Uint8Array[] = [];
  const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => chance.below(256));
  const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
  const ways: readonly Bend[] = [
    // The last four bytes of the data are others.
    (answer) => answer.map((byte, index) => (index >= answer.length - 6 && index < answer.length - 2 ? byte ^ (1 + chance.below(255)) : byte)),
    // Cut short.
    (answer) => joined(answer.subarray(0, chance.below(Math.max(1, answer.length - 2))), answer.subarray(-2)),
    // More than was asked for.
    (answer) => joined(answer.subarray(0, -2), noise(1 + chance.below(40)), answer.subarray(-2)),
    // Refused, with its data or without.
    (answer) => joined(chance.below(2) === 0 ? answer.subarray(0, -2) : new Uint8Array(), Buffer.from(chance.pick(refusals), 'hex')),
    // Something else of any length, often one that is due.
    (answer) => joined(noise(chance.pick([0, 1, 16, 24, 32, chance.below(256)])), answer.subarray(-2)),
    // What it said before.
    (answer) => (before.length > 0 ? chance.pick(before) : answer.subarray(0, 1)),
  ];
  return bent(card, (answer, at, command) => {
    if (at < honest) {
      before.push(Uint8Array.from(answer));
      return answer;
    }
    counted();
    return chance.pick(ways)(answer, at, command);
  });
}
