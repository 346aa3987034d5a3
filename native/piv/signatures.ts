/** Signed bytes of a certificate or a CRL and the CA's key come in; whether the signature is one we accept, and holds, goes out. */
import type { KeyObject } from 'node:crypto';
import { verify } from 'node:crypto';
import { oid } from './fields.ts';

/** SHA-256 and longer with PKCS #1 v1.5 or ECDSA: what NIST SP 800-78-5 §3.2.1 lets a CA sign with, except RSASSA-PSS. SHA-1 collides (SHAttered, 2017). */
const accepted: ReadonlyMap<string, { readonly hash: string; readonly key: 'rsa' | 'ec' }> = new Map([
  [oid('1.2.840.113549.1.1.11'), { hash: 'sha256', key: 'rsa' }],
  [oid('1.2.840.113549.1.1.12'), { hash: 'sha384', key: 'rsa' }],
  [oid('1.2.840.113549.1.1.13'), { hash: 'sha512', key: 'rsa' }],
  [oid('1.2.840.10045.4.3.2'), { hash: 'sha256', key: 'ec' }],
  [oid('1.2.840.10045.4.3.3'), { hash: 'sha384', key: 'ec' }],
  [oid('1.2.840.10045.4.3.4'), { hash: 'sha512', key: 'ec' }],
]);

/** `signatureOid` as in `CertificateFields`. */
export const isAcceptedSignature = (signatureOid: string): boolean => accepted.has(signatureOid);

/** A CA's key: RSA of 2048 to 4096 bits with an exponent of 65,537 or more, or one of the curves P-256, P-384, P-521. */
export function isAcceptedAuthority(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') return modulusLength >= 2048 && modulusLength <= 4096 && publicExponent >= 65_537n;
  return key.asymmetricKeyType === 'ec' && ['prime256v1', 'secp384r1', 'secp521r1'].includes(namedCurve);
}

/** Never throws: what is no signature of such a key does not hold. */
export function verifySignature(signatureOid: string, key: KeyObject, signedPart: Uint8Array, signature: Uint8Array): boolean {
  const algorithm = accepted.get(signatureOid);
  if (algorithm === undefined || algorithm.key !== key.asymmetricKeyType || !isAcceptedAuthority(key)) return false;
  try {
    return verify(algorithm.hash, signedPart, key, signature);
  } catch {
    return false;
  }
}
