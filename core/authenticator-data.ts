/** Authenticator data (WebAuthn L3 §6.1) come in as a key signed them; their fixed part goes out in fields, and what is CBOR in them as bytes. */

/** `attested` only at a registration. `cbor`: the public key (at a registration), then the extensions' outputs; empty where neither is there. */
export type AuthenticatorData = {
  /** SHA-256 of the RP ID the key answered for. */
  readonly rpIdHash: Uint8Array;
  /** UP: somebody held it there. Over NFC this says "in the field", no more. */
  readonly userPresent: boolean;
  /** UV: a PIN or finger was checked by the key itself. */
  readonly userVerified: boolean;
  /** BE: may be copied to other devices by its maker. */
  readonly backupEligible: boolean;
  /** BS: is copied. */
  readonly backedUp: boolean;
  readonly hasExtensions: boolean;
  readonly counter: number;
  readonly attested: { readonly aaguid: Uint8Array; readonly credentialId: Uint8Array } | null;
  readonly cbor: Uint8Array;
};

/** WebAuthn L3 §6.5.1: longer ones make a registration fail. */
export const longestCredentialId = 1023;
const fixedPart = 37;

/** null: too short, a credential ID of no length or too long, or bytes that no flag announces. */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData | null {
  if (bytes.length < fixedPart) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint8(32);
  const isAttested = (flags & 0x40) !== 0;
  const hasExtensions = (flags & 0x80) !== 0;
  let attested: AuthenticatorData['attested'] = null;
  let end = fixedPart;
  if (isAttested) {
    if (bytes.length < fixedPart + 18) return null;
    const length = view.getUint16(fixedPart + 16);
    end = fixedPart + 18 + length;
    if (length === 0 || length > longestCredentialId || bytes.length < end) return null;
    attested = { aaguid: bytes.slice(fixedPart, fixedPart + 16), credentialId: bytes.slice(fixedPart + 18, end) };
  }
  const cbor = bytes.slice(end);
  if (cbor.length > 0 !== (isAttested || hasExtensions)) return null;
  return {
    rpIdHash: bytes.slice(0, 32),
    userPresent: (flags & 0x01) !== 0,
    userVerified: (flags & 0x04) !== 0,
    backupEligible: (flags & 0x08) !== 0,
    backedUp: (flags & 0x10) !== 0,
    hasExtensions,
    counter: view.getUint32(33),
    attested,
    cbor,
  };
}
