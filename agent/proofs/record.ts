/** The shapes of what the store keeps of a badge's ability to prove itself, one union; native proofs' own shapes come out of it and go into it. */
import type { Grade } from '../../core/types.ts';
import type { AesBadge } from '../../native/desfire/proof.ts';
import type { PivRecord } from '../../native/piv/record.ts';
import type { FidoCredential } from '../webauthn/credential.ts';

/** Bytes stand as base64. */
type Text<T> = { readonly [K in keyof T]: T[K] extends Uint8Array ? string : T[K] };

export type BadgeProof =
  | { readonly kind: 'uid' }
  /** `key` is diversified and good for this badge alone: who opens this store can copy this badge. */
  | ({ readonly kind: 'aes' } & Text<AesBadge>)
  | ({ readonly kind: 'piv' } & Text<PivRecord>)
  /** `via`: by which it was registered; a key that has both may be used by both. */
  | {
      readonly kind: 'fido';
      readonly via: 'nfc' | 'face';
      readonly credential: FidoCredential;
      /** Digits of the key's own PIN, as typed when it was enrolled at a reader; absent: it had none, or none was given. */
      readonly pinLength?: number;
      /** What its hmac-secret opens her record with. `salt`: 32 bytes, base64. `verified`: with its PIN (a key makes other secrets without it, CTAP 2.1 §12.5). */
      readonly share?: { readonly salt: string; readonly verified: boolean };
    };

/** What a badge that has proved this is worth. */
export const gradeOf = ({ kind }: BadgeProof): Grade => kind;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytes = (base64: string): Uint8Array<ArrayBuffer> => {
  const decoded = Buffer.from(base64, 'base64');
  // Not a part of Node's pool: a key lies in it, and is overwritten after use.
  const own = new Uint8Array(new ArrayBuffer(decoded.length));
  own.set(decoded);
  decoded.fill(0);
  return own;
};

export const storedAes = ({ aid, keyNo, keyVersion, key, uid }: AesBadge): Extract<BadgeProof, { kind: 'aes' }> => ({
  kind: 'aes',
  aid: text(aid),
  keyNo,
  keyVersion,
  key: text(key),
  uid: text(uid),
});
/** `key` is the caller's to overwrite. */
export const aesBadge = ({ aid, keyNo, keyVersion, key, uid }: Extract<BadgeProof, { kind: 'aes' }>): AesBadge => ({
  aid: bytes(aid),
  keyNo,
  keyVersion,
  key: bytes(key),
  uid: bytes(uid),
});

export const storedPiv = ({ spki, certificate, issuer, ...rest }: PivRecord): Extract<BadgeProof, { kind: 'piv' }> => ({
  kind: 'piv',
  ...rest,
  spki: text(spki),
  certificate: text(certificate),
  issuer: text(issuer),
});
export const pivRecord = ({ algorithm, spki, trust, certificate, notAfter, serial, issuer, issuerKey }: Extract<BadgeProof, { kind: 'piv' }>): PivRecord => ({
  algorithm,
  trust,
  notAfter,
  serial,
  issuerKey,
  spki: bytes(spki),
  certificate: bytes(certificate),
  issuer: bytes(issuer),
});
