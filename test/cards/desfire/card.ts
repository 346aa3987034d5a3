/** A lasting memory comes in, a MIFARE DESFire at APDU level goes out: wrapped native commands, three authentications, EV2 secure messaging; refusals as the chip has them (91 AE, 9D, A0, 7E, 1E, CA). */
import { randomBytes } from 'node:crypto';
import type { SoftwareCard } from '../card.ts';
import { type Channel, closeResponse, keysOf, openCommand } from './channel.ts';
import { aes, cbcDecrypt, cbcEncrypt, des, turned } from './cipher.ts';
import { commands } from './commands.ts';
import { type LegacyChannel, legacyChangeKey } from './legacy.ts';
import { type Application, type Memory, versionOf } from './memory.ts';

export type DesfireCard = SoftwareCard & { readonly memory: Memory };

type Reply = { readonly status: number; readonly data?: Buffer };
type Volatile = {
  application: Application;
  channel: Channel | null;
  legacy: LegacyChannel | null;
  /** What the next AF goes on with. */
  next: ((data: Buffer) => Reply) | null;
  uid: Buffer;
};

const atr = Uint8Array.of(0x3b, 0x81, 0x80, 0x01, 0x80, 0x80);
const reply = (status: number, data?: Buffer): Reply => (data ? { status, data } : { status });

/** `random`: the card's own random numbers; fixed ones replay a published exchange. `largest`: bytes of one response frame. */
export function desfireCard(memory: Memory, random: (length: number) => Buffer = randomBytes, largest = 57): DesfireCard {
  const now: Volatile = { application: memory.picc, channel: null, legacy: null, next: null, uid: memory.uid };
  const powered = (): void => {
    Object.assign(now, { application: memory.picc, channel: null, legacy: null, next: null });
    // ISO/IEC 14443-3 §6.5.4: a random UID begins with 08.
    now.uid = memory.randomUid ? Buffer.concat([Buffer.of(0x08), randomBytes(3)]) : memory.uid;
  };
  powered();

  const end = (status: number): Reply => {
    Object.assign(now, { channel: null, legacy: null, next: null });
    return reply(status);
  };
  /** Frames of at most `largest` bytes, each but the last with AF. */
  const framed = (parts: readonly Buffer[]): Reply => {
    const [head = Buffer.alloc(0), ...tail] = parts;
    if (tail.length === 0) return reply(0x00, head);
    now.next = (data) => (data.length > 0 ? end(0x7e) : framed(tail));
    return reply(0xaf, head);
  };
  const cut = (data: Buffer): readonly Buffer[] =>
    Array.from({ length: Math.max(1, Math.ceil(data.length / largest)) }, (_, at) => data.subarray(at * largest, (at + 1) * largest));

  const select = (payload: Buffer): Reply => {
    if (payload.length !== 3) return end(0x7e);
    const aid = payload.toString('hex');
    const application = aid === '000000' ? memory.picc : memory.applications.get(aid);
    end(0x00);
    if (!application) return reply(0xa0);
    now.application = application;
    return reply(0x00);
  };

  /** EV2First (71) and NonFirst (77). */
  const authenticate = (payload: Buffer, isFirst: boolean): Reply => {
    const { channel: before } = now;
    end(0x00);
    if (memory.generation === 'EV1') return reply(0x1c);
    const [keyNo = 0, capabilities = 0] = payload;
    if (payload.length !== (isFirst ? 2 + capabilities : 1)) return reply(0x7e);
    const key = now.application.keys[keyNo];
    if (!key) return reply(0x40);
    if (key.kind !== 'aes' || (!isFirst && !before)) return reply(0xae);
    const rndB = random(16);
    now.next = (data) => {
      if (data.length !== 32) return end(0x7e);
      const plain = cbcDecrypt(aes(key.value), Buffer.alloc(16), data);
      const rndA = plain.subarray(0, 16);
      if (!plain.subarray(16).equals(turned(rndB))) return end(0xae);
      const ti = before && !isFirst ? before.ti : random(4);
      now.channel = { keyNo, ...keysOf(key.value, rndA, rndB), ti, counter: before && !isFirst ? before.counter : 0 };
      const said = isFirst ? Buffer.concat([ti, turned(rndA), Buffer.alloc(12)]) : turned(rndA);
      return reply(0x00, cbcEncrypt(aes(key.value), Buffer.alloc(16), said));
    };
    return reply(0xaf, cbcEncrypt(aes(key.value), Buffer.alloc(16), rndB));
  };

  /** ISO authentication (1A) with a DES key, its blocks chained from one frame to the next. */
  const authenticateLegacy = (payload: Buffer): Reply => {
    end(0x00);
    if (payload.length !== 1) return reply(0x7e);
    const [keyNo = 0] = payload;
    const key = now.application.keys[keyNo];
    if (!key) return reply(0x40);
    if (key.kind !== 'des') return reply(0xae);
    const rndB = random(8);
    const sent = cbcEncrypt(des(key.value), Buffer.alloc(8), rndB);
    now.next = (data) => {
      if (data.length !== 16) return end(0x7e);
      const plain = cbcDecrypt(des(key.value), sent, data);
      if (!plain.subarray(8).equals(turned(rndB))) return end(0xae);
      const rndA = plain.subarray(0, 8);
      now.legacy = { keyNo, session: Buffer.concat([rndA.subarray(0, 4), rndB.subarray(0, 4)]) };
      return reply(0x00, cbcEncrypt(des(key.value), data.subarray(8), turned(rndA)));
    };
    return reply(0xaf, sent);
  };

  const version = (payload: Buffer): Reply => {
    const { channel } = now;
    const opened = channel ? openCommand(channel, 0x60, payload, 0, 'mac') : { data: payload };
    if (typeof opened === 'string') return end(opened === 'length' ? 0x7e : 0x1e);
    if (opened.data.length > 0) return end(0x7e);
    const parts = versionOf(memory);
    if (!channel) return framed(parts);
    const mac = closeResponse(channel, Buffer.concat(parts), 'mac').subarray(-8);
    return framed([...parts.slice(0, -1), Buffer.concat([...parts.slice(-1), mac])]);
  };

  const carryOut = (ins: number, payload: Buffer): Reply => {
    const kind = commands.get(ins);
    if (!kind) return end(0x1c);
    const { channel, application, legacy } = now;
    if (legacy) return end(ins === 0xc4 ? legacyChangeKey(memory, legacy, payload) : 0xae);
    const place = { memory, application, keyNo: channel?.keyNo ?? null };
    const mode = kind.mode(place, payload);
    if (typeof mode === 'object') return end(mode.status);
    const opened = channel
      ? openCommand(channel, ins, payload, kind.header, mode)
      : payload.length < kind.header
        ? 'length'
        : { header: payload.subarray(0, kind.header), data: payload.subarray(kind.header) };
    if (typeof opened === 'string') return end(opened === 'length' ? 0x7e : 0x1e);
    const isLast = kind.ends?.(place, opened) ?? false;
    const outcome = kind.run(place, opened);
    if ('status' in outcome) return end(outcome.status);
    if (isLast) return end(0x00);
    return framed(cut(channel ? closeResponse(channel, outcome.data, mode) : outcome.data));
  };

  const obey = (ins: number, payload: Buffer): Reply => {
    const { next } = now;
    now.next = null;
    if (ins === 0xaf) return next ? next(payload) : end(0xca);
    if (next) return end(0xca);
    switch (ins) {
      case 0x5a:
        return select(payload);
      case 0x60:
        return version(payload);
      case 0x71:
      case 0x77:
        return authenticate(payload, ins === 0x71);
      case 0x1a:
        return authenticateLegacy(payload);
      default:
        return carryOut(ins, payload);
    }
  };

  return {
    memory,
    atr: () => atr,
    uid: () => now.uid,
    powered,
    respond(command) {
      const apdu = Buffer.from(command);
      const [cla, ins = 0, p1, p2, lc] = apdu;
      if (cla !== 0x90) return Uint8Array.of(0x6e, 0x00);
      if (p1 !== 0 || p2 !== 0) return Uint8Array.of(0x6a, 0x86);
      // Lc and data, or none; then Le, which is 00.
      const isEmpty = apdu.length === 5;
      if ((!isEmpty && (lc === undefined || lc === 0 || apdu.length !== lc + 6)) || apdu.at(-1) !== 0) return Uint8Array.of(0x67, 0x00);
      const { status, data } = obey(ins, isEmpty ? Buffer.alloc(0) : apdu.subarray(5, -1));
      return Uint8Array.of(...(data ?? []), 0x91, status);
    },
  };
}
