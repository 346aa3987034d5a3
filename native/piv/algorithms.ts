/** A public key comes in; which key of NIST SP 800-78-5 it is, the challenge a card signs with it and whether a signature holds go out. */
import type { KeyObject } from 'node:crypto';
import { createHash, verify } from 'node:crypto';

/** What may stand behind key 9E (NIST SP 800-78-5 §3.1): all of at least 112 bits of strength. */
export type PivAlgorithm = 'rsa2048' | 'rsa3072' | 'p256' | 'p384';

type Traits = {
  /** P1 of GENERAL AUTHENTICATE, SP 800-78-5 §6.2. */
  readonly identifier: number;
  readonly hash: 'sha256' | 'sha384';
  /** RSA: the length of modulus, challenge block and signature in bytes. */
  readonly modulus: number | null;
  /** The longest a signature can be, in bytes. */
  readonly longest: number;
};
export const traits: Readonly<Record<PivAlgorithm, Traits>> = {
  rsa2048: { identifier: 0x07, hash: 'sha256', modulus: 256, longest: 256 },
  rsa3072: { identifier: 0x05, hash: 'sha256', modulus: 384, longest: 384 },
  // SEQUENCE of two INTEGERs, each with a leading zero at worst.
  p256: { identifier: 0x11, hash: 'sha256', modulus: null, longest: 72 },
  p384: { identifier: 0x14, hash: 'sha384', modulus: null, longest: 104 },
};

/** null: no key that a card may prove itself with here. An RSA exponent below 65,537 is refused as SP 800-78-5 §3.1 does: with 1, anybody can sign. */
export function algorithmOf(key: KeyObject): PivAlgorithm | null {
  const { modulusLength, publicExponent, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa' && publicExponent !== undefined && publicExponent >= 65_537n) {
    if (modulusLength === 2048) return 'rsa2048';
    return modulusLength === 3072 ? 'rsa3072' : null;
  }
  if (key.asymmetricKeyType !== 'ec') return null;
  if (namedCurve === 'prime256v1') return 'p256';
  return namedCurve === 'secp384r1' ? 'p384' : null;
}

/** DER of DigestInfo before the 32 bytes of a SHA-256 (RFC 8017 §9.2, note 1). */
const sha256Info = Uint8Array.from(Buffer.from('3031300d060960864801650304020105000420', 'hex'));

/** What the card is asked to sign for `nonce`: for ECDSA the hash itself, for RSA the whole block of EMSA-PKCS1-v1_5 (RFC 8017 §9.2), since a PIV card pads nothing (SP 800-73-5 part 2, appendix A). */
export function challengeFor(algorithm: PivAlgorithm, nonce: Uint8Array): Uint8Array {
  const { hash, modulus } = traits[algorithm];
  const digest = createHash(hash).update(nonce).digest();
  if (modulus === null) return digest;
  const padding = Buffer.alloc(modulus - sha256Info.length - digest.length - 3, 0xff);
  return Buffer.concat([Uint8Array.of(0x00, 0x01), padding, Uint8Array.of(0x00), sha256Info, digest]);
}

/** Whether `signature` is `key`'s over `nonce`. Never throws: what cannot be a signature is none. */
export function holds(algorithm: PivAlgorithm, key: KeyObject, nonce: Uint8Array, signature: Uint8Array): boolean {
  const { hash, modulus, longest } = traits[algorithm];
  if (modulus === null ? signature.length > longest : signature.length !== modulus) return false;
  try {
    return verify(hash, nonce, key, signature);
  } catch {
    return false;
  }
}
