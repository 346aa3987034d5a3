/** A private key of P-256 or P-384 and a digest come in; an ECDSA signature over that very digest goes out, which node:crypto would hash once more. */
import type { KeyObject } from 'node:crypto';
import { createECDH } from 'node:crypto';
import { tlv } from '../../../native/piv/tlv.ts';

/** Orders of the curves: FIPS 186-5, SP 800-186 §3.2.1. */
const orders: Readonly<Record<string, bigint>> = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp384r1: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
};

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** FIPS 186-5 §6.4.1, DER of SEQUENCE { r, s }; null: the digest is not as long as the curve's order, or the curve is unknown. */
export function signDigest(key: KeyObject, curve: string, digest: Uint8Array): Uint8Array | null {
  const order = orders[curve];
  const { d } = key.export({ format: 'jwk' });
  if (order === undefined || d === undefined || digest.length !== order.toString(16).length / 2) return null;
  for (;;) {
    // The point k·G is the public key of an ephemeral key pair whose private key is k.
    const ephemeral = createECDH(curve);
    const point = ephemeral.generateKeys();
    const r = numberOf(point.subarray(1, 1 + digest.length)) % order;
    const s = (inverse(numberOf(ephemeral.getPrivateKey()), order) * (numberOf(digest) + r * numberOf(Buffer.from(d, 'base64url')))) % order;
    if (r !== 0n && s !== 0n) return tlv(0x30, integer(r), integer(s));
  }
}

/** The extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 1n) {
    const quotient = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

/** DER: shortest form, a zero byte before a leading one bit. */
function integer(value: bigint): Uint8Array {
  const text = value.toString(16);
  const bytes = Buffer.from(text.length % 2 === 1 ? `0${text}` : text, 'hex');
  return tlv(0x02, ...((bytes[0] ?? 0) >= 0x80 ? [Uint8Array.of(0)] : []), bytes);
}
