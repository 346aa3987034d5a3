/** A PIN's digits and a pepper come in; what may be stored of them goes out: argon2id (RFC 9106) over HMAC-SHA-256 of the PIN. Without the pepper the store gives no PIN away, however short it is. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SubscriberId } from '../../core/types.ts';
import { fixedBytes } from '../pin-buffer.ts';
import type { GroupKey } from './group-keys.ts';
import type { Cost, PinRecord } from './records.ts';
import { fields, mac } from './sealing.ts';
import { stretch } from './stretching.ts';

/** OWASP's first choice for argon2id; SP 800-63B-4 §3.1.1.2 asks for a salted hash and, beside it, a keyed one. */
export const defaultCost: Cost = { m: 19_456, t: 2, p: 1 };
const saltBytes = 16;
const hashBytes = 32;

/** The keyed hash: its key never leaves the station group, and its context keeps two people's equal PINs, and a PIN and a code, apart. To be overwritten by the caller. */
export function peppered(pepper: GroupKey, subscriber: SubscriberId, digits: Uint8Array, what = 'station PIN'): Buffer {
  const message = fields(what, subscriber, digits);
  const keyed = mac(pepper.key, message);
  message.fill(0);
  return keyed;
}

export type PinSecret = Pick<PinRecord, 'pepper' | 'cost' | 'salt' | 'hash'>;

/** A new salt each time. Rejects when memory for `cost` cannot be had. */
export async function hashPin(keyed: Uint8Array, pepper: string, cost: Cost): Promise<PinSecret> {
  const salt = randomBytes(saltBytes);
  const hash = await stretch(keyed, salt, cost);
  return { pepper, cost, salt: salt.toString('base64'), hash: hash.toString('base64') };
}

export async function matches(keyed: Uint8Array, { cost, salt, hash }: PinSecret): Promise<boolean> {
  return timingSafeEqual(await stretch(keyed, Buffer.from(salt, 'base64'), cost), Buffer.from(hash, 'base64'));
}

/** 32 bytes that only the same PIN under the same record makes again, and that the record does not hold: argon2id as for the record, under a salt of its own. To be overwritten by the caller. */
export async function secretOf(keyed: Uint8Array, { cost, salt }: Pick<PinSecret, 'cost' | 'salt'>): Promise<Uint8Array<ArrayBuffer>> {
  const own = createHash('sha256').update('tapward share of a PIN v1').update(Buffer.from(salt, 'base64')).digest().subarray(0, saltBytes);
  const made = await stretch(keyed, own, cost);
  const kept = fixedBytes(hashBytes);
  kept.set(made);
  made.fill(0);
  return kept;
}

/** Whether a record made at `cost` is to be raised to `wanted`; never lowered. */
export const isWeaker = (cost: Cost, wanted: Cost): boolean => cost.m < wanted.m || cost.t < wanted.t || cost.p < wanted.p;
