/** Software cards come in, ways to talk to them go out: in one piece, pulled after a number of APDUs, overheard or changed on the way. */
import { randomBytes } from 'node:crypto';
import type { Transmit } from '../../core/ports.ts';
import type { ProofFault } from '../../core/types.ts';
import type { CardMasterKey } from '../../native/desfire/card-key.ts';
import type { Site } from '../../native/desfire/diversification.ts';
import { type Personalised, type PersonaliseOptions, type ProvableBadge, personalise } from '../../native/desfire/personalisation.ts';
import { type AesBadge, type AesProof, proveAes } from '../../native/desfire/proof.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { type DesfireCard, desfireCard } from '../cards/desfire/card.ts';
import { blank, type Generation } from '../cards/desfire/memory.ts';
import { echoCard } from '../cards/echo.ts';
import { hex } from './hex.ts';

export type Exchanged = { readonly command: Uint8Array; readonly response: Uint8Array };
export type Overheard = { readonly transmit: Transmit; readonly all: readonly Exchanged[] };

/** The card as it is, and everything that was said. `change`: what arrives in place of a response; null: the card is gone. */
export function overheard(card: SoftwareCard, change: (response: Uint8Array, at: number) => Uint8Array | null = (response) => response): Overheard {
  const all: Exchanged[] = [];
  return {
    all,
    transmit: async (command) => {
      const response = change(card.respond(command), all.length);
      all.push({ command: Uint8Array.from(command), response: response ?? new Uint8Array() });
      return response;
    },
  };
}

/** Pulled at APDU number `at`, counted from 0: it reached the card and the answer was lost, or it was lost itself. */
export function pulled(card: SoftwareCard, at: number, lost: 'command' | 'answer'): Transmit {
  let count = 0;
  return async (command) => {
    const now = count++;
    if (now > at || (now === at && lost === 'command')) return null;
    const response = card.respond(command);
    return now === at ? null : response;
  };
}

export const site: Site = { masterKey: hex('404142434445464748494A4B4C4D4E4F'), aid: hex('545701'), systemId: Buffer.from('Clinic Example') };
export const uid = '04A1B2C3D4E5F6';
export const newCard = (generation: Generation = 'EV2', cardUid: string = uid): DesfireCard => desfireCard(blank(cardUid, generation));
export const random = (length: number): Buffer => randomBytes(length);
export const factory: CardMasterKey = { kind: 'factory' };

export const options = (changes: Partial<PersonaliseOptions> = {}): PersonaliseOptions => ({
  site,
  keyVersion: 1,
  cardMasterKey: factory,
  randomUid: false,
  besideOthers: false,
  random,
  ...changes,
});

export function badgeOf(outcome: Personalised): ProvableBadge {
  if (outcome.kind !== 'personalised') throw new Error(outcome.why);
  return outcome.badge;
}

/** A badge as the site hands it out. */
export async function madeBadge(
  changes: Partial<PersonaliseOptions> = {},
  generation: Generation = 'EV2',
  cardUid: string = uid,
): Promise<{ readonly card: DesfireCard; readonly badge: ProvableBadge }> {
  const card = newCard(generation, cardUid);
  const badge = badgeOf(await personalise(overheard(card).transmit, options(changes)));
  card.powered();
  return { card, badge };
}

/** A card with the badge's UID and nothing else: what a UID is copied to. */
export const plain = echoCard(uid, () => Uint8Array.of(0x6a, 0x81));
export const unproved = (because: ProofFault): AesProof => ({ kind: 'unproved', because });

/** Puts a card on the reader and asks it for the proof of a badge: `badge`, unless another is named. */
export const prover =
  (badge: AesBadge) =>
  (card: SoftwareCard, record: AesBadge = badge): Promise<AesProof> => {
    card.powered();
    return proveAes(overheard(card).transmit, record, random);
  };
