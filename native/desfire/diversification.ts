/** The site's master key and what tells one badge's key from all others come in; that key goes out: NXP AN10922 §2.2, AES-128. */
import { cmac } from './aes.ts';
import { type Bytes, joined } from './bytes.ts';

export const keyLength = 16;
export const uidLength = 7;
export const aidLength = 3;
/** M of AN10922 §2.2 has 31 bytes at most: UID, AID, this, and our key number and version. */
export const longestSystemId = 31 - uidLength - aidLength - 2;

/** CMAC over 01 ‖ `input`, padded to two blocks. `input`: 1 to 31 bytes; throws RangeError otherwise, since no caller may have another. */
export function diversify(masterKey: Uint8Array, input: Uint8Array): Bytes {
  if (masterKey.length !== keyLength || input.length < 1 || input.length > 31) throw new RangeError('AN10922 takes a 16-byte key and 1 to 31 bytes of input');
  return cmac(masterKey, joined([0x01], input), 32);
}

/** What all badges of a site share. `aid`: three bytes as they go over the air. `systemId`: 1 to 19 bytes that name the site; no secret. */
export type Site = { readonly masterKey: Uint8Array; readonly aid: Uint8Array; readonly systemId: Uint8Array };

/** Which key of which badge: `keyVersion` 1 to 255 is part of the input, so that a key read out of a stolen station is worth nothing once its badge has the next version. */
export type KeyName = { readonly uid: Uint8Array; readonly aid: Uint8Array; readonly keyNo: number; readonly keyVersion: number };

/** UID ‖ AID ‖ system identifier, as AN10922 §2.2 proposes; our system identifier is the site's own, the key's number and its version. */
export function keyOf(site: Site, name: KeyName): Bytes {
  return diversify(site.masterKey, joined(name.uid, name.aid, site.systemId, [name.keyNo, name.keyVersion]));
}

/** Throws RangeError for a site or a key version that no badge could be made with: a mistake of the caller's, who has read neither from a card. */
export function expectSite({ masterKey, aid, systemId }: Site, keyVersion: number): void {
  if (masterKey.length !== keyLength) throw new RangeError('a site key has 16 bytes');
  if (aid.length !== aidLength || aid.every((byte) => byte === 0)) throw new RangeError('an AID has three bytes that are not all zero');
  if (systemId.length < 1 || systemId.length > longestSystemId) throw new RangeError(`a system identifier has 1 to ${longestSystemId} bytes`);
  if (!Number.isInteger(keyVersion) || keyVersion < 1 || keyVersion > 255) throw new RangeError('a key version is 1 to 255');
}
