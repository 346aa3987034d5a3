/** A session of the card's side and command data come in, what the command says goes out; and back: EV2 secure messaging as AN12196 §4 describes it, from the card. */
import { aes, cbcDecrypt, cbcEncrypt, cmac, odd } from './cipher.ts';

export type CommMode = 'plain' | 'mac' | 'full';
export type Channel = { readonly keyNo: number; enc: Buffer; mac: Buffer; readonly ti: Buffer; counter: number };
export type Opened = { readonly header: Buffer; readonly data: Buffer };

/** KSesAuthENC and KSesAuthMAC: AN12196 §4.3, the vectors spelt out byte by byte. */
export function keysOf(key: Uint8Array, rndA: Buffer, rndB: Buffer): { readonly enc: Buffer; readonly mac: Buffer } {
  const a = (at: number): number => rndA.readUInt8(at);
  const b = (at: number): number => rndB.readUInt8(at);
  const rest = [0x00, 0x01, 0x00, 0x80, a(0), a(1), a(2) ^ b(0), a(3) ^ b(1), a(4) ^ b(2), a(5) ^ b(3), a(6) ^ b(4), a(7) ^ b(5)];
  const end = Buffer.concat([Buffer.from(rest), rndB.subarray(6, 16), rndA.subarray(8, 16)]);
  return { enc: cmac(key, Buffer.concat([Buffer.of(0xa5, 0x5a), end])), mac: cmac(key, Buffer.concat([Buffer.of(0x5a, 0xa5), end])) };
}

const counted = ({ counter }: Channel): Buffer => Buffer.of(counter % 256, Math.floor(counter / 256));
const macOf = (channel: Channel, code: number, body: Uint8Array): Buffer => odd(cmac(channel.mac, Buffer.concat([Buffer.of(code), counted(channel), channel.ti, body])));
const ivOf = (channel: Channel, label: string): Buffer => aes(channel.enc).encrypt(Buffer.concat([Buffer.from(label, 'hex'), channel.ti, counted(channel), Buffer.alloc(8)]));

/** Header and data of a command; 'length' or 'integrity' where it is not as the mode asks. The counter rises with the command. */
export function openCommand(channel: Channel, ins: number, payload: Buffer, headerLength: number, mode: CommMode): Opened | 'length' | 'integrity' {
  const body = mode === 'plain' ? payload : payload.subarray(0, Math.max(0, payload.length - 8));
  if (body.length < headerLength || (mode !== 'plain' && payload.length < 8)) return 'length';
  if (mode !== 'plain' && !macOf(channel, ins, body).equals(payload.subarray(-8))) return 'integrity';
  const header = body.subarray(0, headerLength);
  let data = body.subarray(headerLength);
  if (mode === 'full' && data.length > 0) {
    if (data.length % 16 !== 0) return 'length';
    const plain = cbcDecrypt(aes(channel.enc), ivOf(channel, 'a55a'), data);
    let end = plain.length - 1;
    while (plain[end] === 0) end--;
    if (plain[end] !== 0x80) return 'integrity';
    data = plain.subarray(0, end);
  }
  channel.counter++;
  return { header, data };
}

/** Response data with what the mode adds, for status 00. */
export function closeResponse(channel: Channel, data: Buffer, mode: CommMode): Buffer {
  if (mode === 'plain') return data;
  const body = mode === 'full' && data.length > 0 ? cbcEncrypt(aes(channel.enc), ivOf(channel, '5aa5'), padded(data)) : data;
  return Buffer.concat([body, macOf(channel, 0x00, body)]);
}

const padded = (data: Buffer): Buffer => Buffer.concat([data, Buffer.of(0x80), Buffer.alloc(15 - (data.length % 16))]);
