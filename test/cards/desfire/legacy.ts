/** A session begun with the factory's DES key and a ChangeKey come in; the card's master key becomes AES, or a status says why not: EV1 secure messaging, as far as that one command needs it. */
import { cbcDecrypt, crc32, des } from './cipher.ts';
import type { Memory } from './memory.ts';
import { mayChangeKey } from './rights.ts';

export type LegacyChannel = { readonly keyNo: number; readonly session: Buffer };

/** Key number with 80 for AES; then new key, its version, a checksum over all of the command, zeros up to a block. Status 00 or the refusal. */
export function legacyChangeKey(memory: Memory, { keyNo, session }: LegacyChannel, payload: Buffer): number {
  const [number] = payload;
  const [key] = memory.picc.keys;
  if (payload.length !== 1 + 24) return 0x7e;
  if (number !== 0x80 || !key || !mayChangeKey(memory.picc, keyNo, 0)) return 0x9d;
  const plain = cbcDecrypt(des(session), Buffer.alloc(8), payload.subarray(1));
  const sum = crc32(Buffer.concat([Buffer.of(0xc4, 0x80), plain.subarray(0, 17)]));
  if (!sum.equals(plain.subarray(17, 21)) || !plain.subarray(21).equals(Buffer.alloc(3))) return 0x1e;
  Object.assign(key, { value: Buffer.from(plain.subarray(0, 16)), version: plain[16], kind: 'aes' });
  return 0x00;
}
