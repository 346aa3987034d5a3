/** All rows of the store come in; one small sealed value that changes with any of them, and carries the generation, goes out. It finds rows that were put back, left out or exchanged. */
import type { StationKeys } from './keys.ts';
import { fields, mac, seal, unseal } from './sealing.ts';

/**
 * `sum`: the marks of all rows, exclusive-ored: each is an HMAC under a key the disk does not have, so no other set of rows can be made to fit,
 * and one row's change costs two marks, not fifty thousand. `generation`: what the counter outside the store must say.
 */
export type Seal = { readonly generation: number; readonly rows: number; readonly sum: Buffer };

export const emptySeal = (generation: number): Seal => ({ generation, rows: 0, sum: Buffer.alloc(32) });

export function exclusiveOr(a: Uint8Array, b: Uint8Array): Buffer {
  const out = Buffer.from(a);
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) ^ (b[i] ?? 0);
  return out;
}

/** The seal once `before` (null: none) has become `after`. */
export function reseal(now: Seal, before: Buffer | null, after: Buffer): Seal {
  const without = before === null ? now.sum : exclusiveOr(now.sum, before);
  return { generation: now.generation, rows: now.rows + (before === null ? 1 : 0), sum: exclusiveOr(without, after) };
}

export const groupKeyMark = (keys: StationKeys, id: string, purpose: string, wrapped: Uint8Array): Buffer => mac(keys.storeSeal, fields('group key', id, purpose, wrapped));

const name = (store: string): Buffer => fields('seal', store);

export function encodeSeal(keys: StationKeys, store: string, { generation, rows, sum }: Seal): Buffer {
  return seal(keys.recordWrap, name(store), Buffer.from(JSON.stringify({ generation, rows, sum: sum.toString('hex') })));
}

/** null: not sealed by this machine key for this store. */
export function decodeSeal(keys: StationKeys, store: string, sealed: Uint8Array): Seal | null {
  const plain = unseal(keys.recordWrap, name(store), sealed);
  if (plain === null) return null;
  const { generation, rows, sum } = JSON.parse(plain.toString()) as { generation: number; rows: number; sum: string };
  return { generation, rows, sum: Buffer.from(sum, 'hex') };
}
