/** AES-128 keys and bytes come in; CBC without padding (SP 800-38A §6.2) and CMAC (SP 800-38B, RFC 4493) go out, in fixed buffers. */
import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv } from 'node:crypto';
import { type Bytes, fixed, wipe } from './bytes.ts';

export const blockLength = 16;
/** Nobody writes into it. */
export const zeroIv: Uint8Array = fixed(blockLength);

/** `data`: whole blocks. */
export const encipher = (key: Uint8Array, iv: Uint8Array, data: Uint8Array): Bytes => run(createCipheriv('aes-128-cbc', key, iv), data);

/** `data`: whole blocks. */
export const decipher = (key: Uint8Array, iv: Uint8Array, data: Uint8Array): Bytes => run(createDecipheriv('aes-128-cbc', key, iv), data);

function run(cipher: Cipheriv | Decipheriv, data: Uint8Array): Bytes {
  const out = cipher.setAutoPadding(false).update(data);
  cipher.final();
  const kept = fixed(out.length);
  kept.set(out);
  wipe(out);
  return kept;
}

/** 16 bytes over a message of any length: RFC 4493 §2.4. `whole`: the length below which the message is filled up to two blocks, as AN10922 §2.2 asks; 0 for plain CMAC. */
export function cmac(key: Uint8Array, message: Uint8Array, whole = 0): Bytes {
  const length = Math.max(whole, blockLength * Math.max(1, Math.ceil(message.length / blockLength)));
  const blocks = fixed(length);
  blocks.set(message);
  const k1 = encipher(key, zeroIv, zeroIv);
  double(k1);
  // Subkey 1 for a last block that is full, subkey 2 for one that was padded: §2.3.
  if (message.length < length) {
    blocks[message.length] = 0x80;
    double(k1);
  }
  for (const [at, byte] of k1.entries()) blocks[length - blockLength + at] = (blocks[length - blockLength + at] ?? 0) ^ byte;
  const chain = encipher(key, zeroIv, blocks);
  const last = fixed(blockLength);
  last.set(chain.subarray(length - blockLength));
  wipe(k1, blocks, chain);
  return last;
}

/** Times x in GF(2^128), without a branch on the key's bits: §2.3. */
function double(block: Uint8Array): void {
  const carried = (block[0] ?? 0) >> 7;
  for (let at = 0; at < blockLength; at++) block[at] = ((block[at] ?? 0) << 1) | ((block[at + 1] ?? 0) >> 7);
  block[blockLength - 1] = (block[blockLength - 1] ?? 0) ^ (0x87 * carried);
}
