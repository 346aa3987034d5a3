/** Keys and bytes come in, what a DESFire chip makes of them goes out; written from RFC 4493 and SP 800-38A with whole numbers, apart from the product's code, so that both cannot be wrong alike. */
import { createCipheriv, createDecipheriv } from 'node:crypto';

/** CRYPTO modes of the chip: one block at a time. */
type Block = { readonly size: number; readonly encrypt: (block: Buffer) => Buffer; readonly decrypt: (block: Buffer) => Buffer };

export const aes = (key: Uint8Array): Block => blocks('aes-128-ecb', key, 16);

/** A DES key of 8 bytes, as a chip is delivered with. */
export const des = (key: Uint8Array): Block => blocks('des-ede3-ecb', Buffer.concat([key, key, key]), 8);

function blocks(name: string, key: Uint8Array, size: number): Block {
  const one = (make: typeof createCipheriv | typeof createDecipheriv) => (block: Buffer) => {
    const cipher = make(name, key, null).setAutoPadding(false);
    return Buffer.concat([cipher.update(block), cipher.final()]);
  };
  return { size, encrypt: one(createCipheriv), decrypt: one(createDecipheriv) };
}

const xor = (one: Uint8Array, other: Uint8Array): Buffer => Buffer.from(one.map((byte, at) => byte ^ (other[at] ?? 0)));
const cut = (data: Uint8Array, size: number): Buffer[] => Array.from({ length: Math.ceil(data.length / size) }, (_, at) => Buffer.from(data.subarray(at * size, (at + 1) * size)));

export function cbcEncrypt(block: Block, iv: Uint8Array, data: Uint8Array): Buffer {
  let chained: Buffer = Buffer.from(iv);
  return Buffer.concat(cut(data, block.size).map((plain) => (chained = block.encrypt(xor(plain, chained)))));
}

export function cbcDecrypt(block: Block, iv: Uint8Array, data: Uint8Array): Buffer {
  let chained: Buffer = Buffer.from(iv);
  return Buffer.concat(
    cut(data, block.size).map((cipher) => {
      const plain = xor(block.decrypt(cipher), chained);
      chained = cipher;
      return plain;
    }),
  );
}

const all128 = (1n << 128n) - 1n;
const asNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const asBlock = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(32, '0'), 'hex');

/** RFC 4493, subkeys as multiplications in GF(2^128). */
export function cmac(key: Uint8Array, message: Uint8Array): Buffer {
  const { encrypt } = aes(key);
  const times = (value: bigint): bigint => (value >> 127n === 1n ? ((value << 1n) & all128) ^ 0x87n : value << 1n);
  const k1 = times(asNumber(encrypt(Buffer.alloc(16))));
  const parts = cut(message, 16);
  const tail = parts.pop() ?? Buffer.alloc(0);
  const end = tail.length === 16 ? asNumber(tail) ^ k1 : asNumber(Buffer.concat([tail, Buffer.of(0x80), Buffer.alloc(15 - tail.length)])) ^ times(k1);
  const state = parts.reduce((sum, part) => encrypt(xor(part, sum)), Buffer.alloc(16));
  return encrypt(xor(asBlock(end), state));
}

/** Bytes 1, 3, 5 … of a MAC. */
export const odd = (mac: Uint8Array): Buffer => Buffer.from(mac.filter((_, at) => at % 2 === 1));

/** CRC-32 of IEEE 802.3 without the last inversion, bit by bit, low byte first. */
export function crc32(bytes: Uint8Array): Buffer {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  const out = Buffer.alloc(4);
  out.writeUInt32LE(sum >>> 0);
  return out;
}

export const turned = (bytes: Uint8Array): Buffer => Buffer.concat([bytes.subarray(1), bytes.subarray(0, 1)]);
