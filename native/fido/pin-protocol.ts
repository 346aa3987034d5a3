/** A key's public key comes in; a secret shared with it, to seal and open what travels to and fro, goes out: PIN/UV auth protocol two (CTAP 2.1 §6.5.7), and no other. */
import { createCipheriv, createDecipheriv, createECDH, createHmac, hash, hkdfSync, randomBytes } from 'node:crypto';
import { asBytes, asMap } from './cbor.ts';

export const pinProtocol = 2;

export type SharedSecret = {
  /** Our public key as COSE_Key, for the key. */
  readonly publicKey: ReadonlyMap<number, number | Uint8Array>;
  /** `plain` in whole blocks of 16 bytes; a random IV goes before it. */
  readonly seal: (plain: Uint8Array) => Uint8Array;
  /** Exactly `length` bytes, in a store of their own, to be overwritten by who asked; null for another length. */
  readonly open: (sealed: Uint8Array, length: number) => Uint8Array<ArrayBuffer> | null;
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly wipe: () => void;
};

/** Zeroed, and not on V8's heap, where a collection would leave copies. */
export const fixedBytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(length));

/** HMAC-SHA-256, whole: what a pinUvAuthToken or the shared secret signs with (§6.5.7). */
export const hmac = (key: Uint8Array, message: Uint8Array): Uint8Array => createHmac('sha256', key).update(message).digest();

/** LEFT(SHA-256(PIN), 16): what a key compares (§6.5.5.7). `pin` is UTF-8. As good as the PIN itself: overwrite it. */
export function hashOfPin(pin: Uint8Array): Uint8Array<ArrayBuffer> {
  const digest = hash('sha256', pin, 'buffer');
  const left = fixedBytes(16);
  left.set(digest.subarray(0, 16));
  digest.fill(0);
  return left;
}

/** null: no P-256 point came in. */
export function agree(claimed: unknown): SharedSecret | null {
  const peer = asMap(claimed);
  const [x, y] = [asBytes(peer?.get(-2)), asBytes(peer?.get(-3))];
  if (peer?.get(1) !== 2 || peer.get(-1) !== 1 || x?.length !== 32 || y?.length !== 32) return null;
  const ours = createECDH('prime256v1');
  const point = ours.generateKeys();
  let z: Buffer;
  try {
    z = ours.computeSecret(Uint8Array.of(0x04, ...x, ...y));
  } catch {
    return null; // Not on the curve.
  }
  const derive = (purpose: string): Uint8Array<ArrayBuffer> => new Uint8Array(hkdfSync('sha256', z, new Uint8Array(32), purpose, 32));
  const hmacKey = derive('CTAP2 HMAC key');
  const aesKey = derive('CTAP2 AES key');
  z.fill(0);
  return {
    publicKey: new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -25],
      [-1, 1],
      [-2, Uint8Array.from(point.subarray(1, 33))],
      [-3, Uint8Array.from(point.subarray(33, 65))],
    ]),
    seal(plain) {
      const iv = randomBytes(16);
      const cipher = createCipheriv('aes-256-cbc', aesKey, iv).setAutoPadding(false);
      return Uint8Array.from(Buffer.concat([iv, cipher.update(plain), cipher.final()]));
    },
    open(sealed, length) {
      if (sealed.length !== 16 + length) return null;
      const cipher = createDecipheriv('aes-256-cbc', aesKey, sealed.subarray(0, 16)).setAutoPadding(false);
      const plain = cipher.update(sealed.subarray(16));
      cipher.final();
      const kept = fixedBytes(length);
      kept.set(plain);
      plain.fill(0);
      return kept;
    },
    sign: (text) => Uint8Array.from(hmac(hmacKey, text)),
    wipe() {
      hmacKey.fill(0);
      aesKey.fill(0);
    },
  };
}
