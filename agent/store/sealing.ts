/** Keys, names and plaintext come in; sealed bytes that open only under the same name go out. AES-256-GCM (SP 800-38D), HMAC-SHA-256, HKDF (RFC 5869), and one way to write several fields as one. */

import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;
export const keyBytes = 32;

/** Each part behind its length in 4 bytes, so that no two lists of parts give the same bytes. */
export function fields(...parts: readonly (string | number | Uint8Array)[]): Buffer {
  const texts = parts.map((part) => (typeof part === 'number' ? String(part) : part));
  const out = Buffer.allocUnsafe(texts.reduce((sum, part) => sum + 4 + (typeof part === 'string' ? Buffer.byteLength(part) : part.length), 0));
  let at = 0;
  for (const part of texts) {
    const start = at + 4;
    if (typeof part === 'string') at = start + out.write(part, start);
    else {
      out.set(part, start);
      at = start + part.length;
    }
    out.writeUInt32BE(at - start, start - 4);
  }
  return out;
}

/** nonce ‖ ciphertext ‖ tag. `name` is authenticated beside it and not stored. */
export function seal(key: KeyObject, name: Uint8Array, plain: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(name);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** null: another key, another name or changed bytes; which of them cannot be told. */
export function unseal(key: KeyObject, name: Uint8Array, sealed: Uint8Array): Buffer | null {
  if (sealed.length < nonceBytes + tagBytes) return null;
  const body = sealed.subarray(nonceBytes, sealed.length - tagBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes }).setAAD(name);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const plain = decipher.update(body);
  try {
    decipher.final();
    return plain;
  } catch {
    plain.fill(0);
    return null;
  }
}

export const mac = (key: KeyObject, message: Uint8Array): Buffer => createHmac('sha256', key).update(message).digest();

/** A new key under a label; `from` stays with the caller. */
export function derive(from: Uint8Array, label: string): KeyObject {
  const bytes = Buffer.from(hkdfSync('sha256', from, new Uint8Array(), `tapward ${label} v1`, keyBytes));
  return take(bytes);
}

/** Moves raw key bytes out of JavaScript's reach; `bytes` is overwritten. */
export function take(bytes: Uint8Array): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}
