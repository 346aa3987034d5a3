/** The record of a FIDO2 credential: what a registration leaves behind and every later proof is measured by. */
import type { SubscriberId } from '../../core/types.ts';

/** COSE algorithms taken, the preferred first; pinned, since the library's own list changes with the runtime. */
export const algorithms = [-7, -8, -257] as const;
export type Algorithm = (typeof algorithms)[number];

/** Nothing in it is secret. Byte strings are base64url, so that it can be stored as JSON. */
export type FidoCredential = {
  readonly id: string;
  /** COSE_Key (RFC 9052 §7). */
  readonly publicKey: string;
  readonly counter: number;
  /** Of its model, in the usual hyphenated form; claimed only, unless `attested`. */
  readonly aaguid: string;
  /** Its maker has vouched for the model, under a configured root. */
  readonly attested: boolean;
  /** As the key said at registration; what it did not say is not stored, since a wrong one lets a browser wait in vain. */
  readonly transports: readonly string[];
  /** A synced passkey: may be on other devices too. */
  readonly backupEligible: boolean;
  /** It gives the output of hmac-secret over NFC. */
  readonly hmacSecret: boolean;
};

/** What a key stores of a person: their number here, no name (WebAuthn L3 §14.6.1). 1 to 64 bytes. */
export const userHandleOf = (subscriber: SubscriberId): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(subscriber, 'utf8'));

/** kty and alg stand first in every canonical COSE_Key; anything else than the three pinned pairs is null. */
export function algorithmOf(publicKey: Uint8Array): Algorithm | null {
  const begin = Buffer.from(publicKey.subarray(1, 7)).toString('hex');
  if (begin.startsWith('01020326')) return -7;
  if (begin.startsWith('01010327')) return -8;
  return begin === '010303390100' ? -257 : null;
}
