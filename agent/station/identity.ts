/** The open store comes in; the station's own identity goes out, made at its first use: an Ed25519 key sealed in the store, and a name that follows from it. */
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { newRawKey } from '../store/group-keys.ts';
import { signingKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

export type StationIdentity = {
  /** 16 hex digits of the public key's SHA-256: nobody else's key has this name. */
  readonly id: string;
  /** Ed25519. */
  readonly publicKey: KeyObject;
  /** 64 bytes, RFC 8032. The message begins with what it is for, so that no signature is taken for another. */
  readonly sign: (message: Uint8Array) => Buffer;
};

/** Throws where the store could not be written: only the first call writes. */
export function stationIdentity(store: Store): StationIdentity {
  if (store.keysFor('station').length === 0) {
    const made = newRawKey('station');
    try {
      store.addKeys([made]);
    } finally {
      made.raw.fill(0);
    }
  }
  const seed = store.keysFor('station').at(-1);
  if (seed === undefined) throw new Error('An identity that was just made is not there.');
  const key = signingKey(seed.key);
  const publicKey = createPublicKey(key);
  return { id: stationId(publicKey), publicKey, sign: (message) => sign(null, message, key) };
}

/** The 32 bytes of an Ed25519 public key (RFC 8032 §5.1.5). */
export const rawPublicKey = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

/** What a station with this key is called. */
export const stationId = (publicKey: KeyObject): string => createHash('sha256').update('tapward station').update(rawPublicKey(publicKey)).digest('hex').slice(0, 16);
