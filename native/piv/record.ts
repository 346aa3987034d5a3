/** The shape of what stays of a PIV card after its enrolment: what each later tap is held against. */
import type { PivAlgorithm } from './algorithms.ts';
import type { WallTime } from './fields.ts';

/** Holds no secret. Bytes are DER. */
export type PivRecord = {
  readonly algorithm: PivAlgorithm;
  /** SubjectPublicKeyInfo of key 9E: a tap is proved by this key alone, whatever certificate the card shows then. */
  readonly spki: Uint8Array;
  /** `path`: a path to a configured root was found at enrolment. `pin`: policy took the key on the administrator's word. */
  readonly trust: 'path' | 'pin';
  /** As read from the card, so that it can be examined again when roots, policy or CRL change. At most 8,192 bytes. */
  readonly certificate: Uint8Array;
  readonly notAfter: WallTime;
  /** Hexadecimal, lower case, no leading zero bytes. */
  readonly serial: string;
  readonly issuer: Uint8Array;
  /** SHA-256 of the issuing CA's public key in hexadecimal; null where the key was pinned. */
  readonly issuerKey: string | null;
};
