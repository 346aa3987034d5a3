/** What a card answers to GetVersion comes in; its generation and UID, or in one word why it cannot become a provable badge, go out. */
import { uidLength } from './diversification.ts';

/** `hidden`: the card gives out random UIDs, and this place holds zeros. */
export type CardVersion = { readonly generation: 'EV2' | 'EV3'; readonly uid: Uint8Array | 'hidden' };
/** `emulation`: DESFire commands on a chip that is none of NXP's own: a phone, a Java card. `light`: one fixed application. `old`: before EV2 secure messaging. */
export type NotProvable = 'old' | 'light' | 'emulation' | 'other';

const lengths = [28, 29];
const nxp = 0x04;
/** Upper half of the hardware type: 0 for a chip of NXP's, 8 an implementation on a controller, 9 a Java card, A a phone (AN10833 §2.1). */
const kindOfChip = 0xf0;
const desfire = 0x01;
const desfireLight = 0x08;

/** Hardware information first (7 bytes), then software (7), then UID, batch and production date (14 or 15). */
export function decodeVersion(raw: Uint8Array): CardVersion | NotProvable {
  const [vendor = 0, type = 0, , major = 0] = raw;
  if (!lengths.includes(raw.length)) return 'other';
  if ((type & ~kindOfChip) === desfire && (vendor !== nxp || (type & kindOfChip) !== 0)) return 'emulation';
  if (vendor !== nxp) return 'other';
  if (type === desfireLight) return 'light';
  if (type !== desfire) return 'other';
  const generation = generations.get(major);
  if (generation === undefined) return major < 0x10 ? 'old' : 'other';
  const uid = raw.slice(14, 14 + uidLength);
  return { generation, uid: uid.every((byte) => byte === 0) ? 'hidden' : uid };
}

/** Hardware major version; 22 is the EV2 with more memory. */
const generations: ReadonlyMap<number, CardVersion['generation']> = new Map([
  [0x12, 'EV2'],
  [0x22, 'EV2'],
  [0x33, 'EV3'],
]);
