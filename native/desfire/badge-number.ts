/** A selected badge comes in, the 16 bytes by which a station finds its record go out; and how the site makes such a number, which tells nobody else the UID. */
import type { Transmit } from '../../core/ports.ts';
import type { ProofFault } from '../../core/types.ts';
import { blockLength, decipher, encipher, zeroIv } from './aes.ts';
import type { RandomSource } from './authentication.ts';
import { type Bytes, isSame, joined, wipe } from './bytes.ts';
import { type FileRights, readData, selectApplication } from './commands.ts';
import { diversify, type Site, uidLength } from './diversification.ts';
import { proofFault } from './faults.ts';

/** Anyone reads it, without a key; only the application's master key writes it or changes that. */
export const numberFile: { readonly fileNo: number; readonly rights: FileRights; readonly length: number } = {
  fileNo: 0x01,
  rights: { read: 0xe, write: 0x0, readWrite: 0x0, change: 0x0 },
  length: blockLength,
};

/** Known bytes inside every number: another site's number does not decipher to them (one in 2^32 does). */
const mark = Uint8Array.of(0x54, 0x77, 0x30, 0x31);

export type BadgeNumber = { readonly kind: 'number'; readonly number: Uint8Array } | { readonly kind: 'none'; readonly because: ProofFault };

/** Selects the application, which stays selected, and reads the number; two APDUs. */
export async function readBadgeNumber(transmit: Transmit, aid: Uint8Array): Promise<BadgeNumber> {
  const selected = await selectApplication(transmit, aid);
  if (selected.kind !== 'ok') return { kind: 'none', because: proofFault('select', selected) };
  const answer = await readData(transmit, null, numberFile.fileNo, numberFile.length);
  return answer.kind === 'ok' ? { kind: 'number', number: answer.value } : { kind: 'none', because: proofFault('number', answer) };
}

/** UID, mark and five random bytes, enciphered as one block: random to everybody but the holder of the site's master key, who finds the UID of any badge again without a register. */
export function makeNumber(site: Site, uid: Uint8Array, random: RandomSource): Bytes {
  const key = numberKey(site);
  const plain = joined(uid, mark, random(blockLength - uidLength - mark.length));
  const number = encipher(key, zeroIv, plain);
  wipe(key, plain);
  return number;
}

/** The UID inside a number of this site's; null for any other 16 bytes. */
export function uidInside(site: Site, number: Uint8Array): Uint8Array | null {
  if (number.length !== blockLength) return null;
  const key = numberKey(site);
  const plain = decipher(key, zeroIv, number);
  wipe(key);
  return isSame(plain.subarray(uidLength, uidLength + mark.length), mark) ? plain.slice(0, uidLength) : null;
}

/** Its input is shorter than any badge key's, so that it is none of theirs. */
const numberKey = (site: Site): Bytes => diversify(site.masterKey, joined(site.aid, site.systemId));
