/** An ATR and a UID come in; what the ATR says of the card, and whether its UID may be enrolled as a badge, go out. */

/** What a card is named by. Anyone can copy it: an identifier, never an authenticator. */
export type Identified = { readonly kind: 'identifier'; readonly uid: Uint8Array } | { readonly kind: 'notEnrollable'; readonly why: 'random' | 'zero' | 'length' };

/** What a contactless reader may put into the ATR it makes up for a card: PC/SC part 3 §3.1.3.2.3. null: not said, or not known here. */
export type AtrSaid =
  | { readonly kind: 'storage'; readonly standard: string | null; readonly name: string | null; readonly class: StorageClass | null }
  /** ISO/IEC 14443-4: takes ISO 7816-4 commands. A DESFire, a PIV or FIDO card, a phone. */
  | { readonly kind: 'smartCard'; readonly historical: Uint8Array }
  /** A contact card, or anything else with an ATR of its own making. */
  | { readonly kind: 'other'; readonly historical: Uint8Array }
  | { readonly kind: 'malformed' };

/** By the card's SAK (ISO/IEC 14443-3 §6.5.3): `classic` has bit 4 set (SAK 08, 09, 18: MIFARE Classic and what behaves like it), `plain` none (SAK 00). */
export type StorageClass = 'classic' | 'plain';

/** Never throws; a UID that could be anyone's tomorrow, or is everyone's today, is not enrolled. */
export function identify(atr: Uint8Array, uid: Uint8Array): Identified {
  if (!isLengthOf(atr, uid)) return { kind: 'notEnrollable', why: 'length' };
  if (uid.every((byte) => byte === 0)) return { kind: 'notEnrollable', why: 'zero' };
  // RID: a number drawn anew for each session (ISO/IEC 14443-3 §6.5.4). Phones and bank cards have one.
  if (uid.length === 4 && uid[0] === 0x08) return { kind: 'notEnrollable', why: 'random' };
  return { kind: 'identifier', uid };
}

/** Single, double and triple size of ISO/IEC 14443-3 §6.5.4; 8 bytes only where the ATR names ISO/IEC 15693, whose UIDs are as fixed. */
function isLengthOf(atr: Uint8Array, uid: Uint8Array): boolean {
  if (uid.length === 4 || uid.length === 7 || uid.length === 10) return true;
  if (uid.length !== 8) return false;
  const said = decodeAtr(atr);
  return said.kind === 'storage' && (said.standard?.startsWith('ISO 15693') ?? false);
}

/** ISO 7816-3 §8 for the frame, PC/SC part 3 §3.1.3.2.3 for what contactless readers put into it. Never throws. */
export function decodeAtr(atr: Uint8Array): AtrSaid {
  const parts = splitAtr(atr);
  if (!parts) return { kind: 'malformed' };
  const { interfaceBytes, historical } = parts;
  // T0 = 8n, TD1 = 80, TD2 = 01: no protocol parameters, T=0 and T=1, as §3.1.3.2.3 prescribes for all contactless cards.
  const isContactless = interfaceBytes.length === 2 && interfaceBytes[0] === 0x80 && interfaceBytes[1] === 0x01;
  if (!isContactless) return { kind: 'other', historical };
  return decodeStorage(historical) ?? { kind: 'smartCard', historical };
}

/** Category 80, tag 4F, a length, the PC/SC Workgroup's RID, SS, NN NN, four reserved bytes: §3.1.3.2.3.2. null for other historical bytes. */
function decodeStorage(historical: Uint8Array): AtrSaid | null {
  const prefix = [0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00, 0x03, 0x06];
  if (historical.length !== 15 || prefix.some((byte, at) => historical[at] !== byte)) return null;
  const [, , , , , , , , standard = 0, high = 0, low = 0] = historical;
  const name = storageNames.get((high << 8) | low) ?? null;
  return { kind: 'storage', standard: standards.get(standard) ?? null, name, class: name === null ? null : classOf(name) };
}

/** SS of §3.1.3.2.3.2. */
const standards: ReadonlyMap<number, string> = new Map([
  [0x01, 'ISO 14443 A, part 1'],
  [0x02, 'ISO 14443 A, part 2'],
  [0x03, 'ISO 14443 A, part 3'],
  [0x05, 'ISO 14443 B, part 1'],
  [0x06, 'ISO 14443 B, part 2'],
  [0x07, 'ISO 14443 B, part 3'],
  [0x09, 'ISO 15693, part 1'],
  [0x0a, 'ISO 15693, part 2'],
  [0x0b, 'ISO 15693, part 3'],
  [0x0c, 'ISO 15693, part 4'],
  [0x11, 'FeliCa'],
  [0x40, 'Low frequency'],
]);

/** NN NN of the supplement to part 3, as far as staff badges are made of it. */
const storageNames: ReadonlyMap<number, string> = new Map([
  [0x0001, 'MIFARE Classic 1K'],
  [0x0002, 'MIFARE Classic 4K'],
  [0x0003, 'MIFARE Ultralight'],
  [0x0012, 'Tag-it'],
  [0x0014, 'ICODE SLI'],
  [0x0016, 'I-CODE 1'],
  [0x0017, 'PicoPass 2K'],
  [0x0018, 'PicoPass 2KS'],
  [0x0019, 'PicoPass 16K'],
  [0x001a, 'PicoPass 16KS'],
  [0x001b, 'PicoPass 16K (8x2)'],
  [0x001c, 'PicoPass 16KS (8x2)'],
  [0x001d, 'PicoPass 32KS (16+16)'],
  [0x001e, 'PicoPass 32KS (16+8x2)'],
  [0x001f, 'PicoPass 32KS (8x2+16)'],
  [0x0020, 'PicoPass 32KS (8x2+8x2)'],
  [0x0026, 'MIFARE Mini'],
  [0x002f, 'Jewel'],
  [0x0030, 'Topaz'],
  [0x0035, 'ICODE SLI 2'],
  [0x0036, 'MIFARE Plus SL1 2K'],
  [0x0037, 'MIFARE Plus SL1 4K'],
  [0x0038, 'MIFARE Plus SL2 2K'],
  [0x0039, 'MIFARE Plus SL2 4K'],
  [0x003a, 'MIFARE Ultralight C'],
  [0x003b, 'FeliCa'],
  [0x003d, 'MIFARE Ultralight EV1'],
]);

/** A reader keeps SAK and ATQA to itself; for these names their class is known. */
function classOf(name: string): StorageClass | null {
  if (/^MIFARE (Classic|Mini|Plus SL1)/.test(name)) return 'classic';
  return name.startsWith('MIFARE Ultralight') ? 'plain' : null;
}

type AtrParts = { readonly interfaceBytes: readonly number[]; readonly historical: Uint8Array };

/** TS, T0, interface bytes as Y1 and each TD announce them, historical bytes, TCK unless only T=0 is offered; null when any of it does not fit. */
function splitAtr(atr: Uint8Array): AtrParts | null {
  const [ts, t0] = atr;
  if ((ts !== 0x3b && ts !== 0x3f) || t0 === undefined || atr.length > 33) return null;
  const interfaceBytes: number[] = [];
  let at = 2;
  let needsCheck = false;
  for (let announced = t0 >> 4; announced !== 0; ) {
    for (const bit of [1, 2, 4]) if ((announced & bit) !== 0) interfaceBytes.push(atr[at++] ?? -1);
    if ((announced & 8) === 0) break;
    const td = atr[at++];
    if (td === undefined) return null;
    interfaceBytes.push(td);
    needsCheck ||= (td & 0x0f) !== 0;
    announced = td >> 4;
  }
  const end = at + (t0 & 0x0f);
  if (atr.length !== end + (needsCheck ? 1 : 0)) return null;
  if (needsCheck && atr.subarray(1).reduce((sum, byte) => sum ^ byte, 0) !== 0) return null;
  return { interfaceBytes, historical: atr.slice(at, end) };
}
