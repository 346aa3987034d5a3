/** The keys the stations of a group share (PIN pepper, badge index): random, wrapped in the store by the machine key, unwrapped once into memory. A lone station is a group of one. */

import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import type { StationKeys } from './keys.ts';
import { fields, keyBytes, mac, seal, take, unseal } from './sealing.ts';

export type Purpose = 'pepper' | 'badgeIndex';
export type GroupKeyRow = { readonly id: string; readonly purpose: Purpose; readonly wrapped: Uint8Array };
export type GroupKey = { readonly id: string; readonly key: KeyObject };
/** Of each purpose the last is current; earlier ones only read. */
export type GroupKeys = Readonly<Record<Purpose, readonly GroupKey[]>>;

const name = (id: string, purpose: Purpose): Buffer => fields('group key', id, purpose);

export function newGroupKey(keys: StationKeys, purpose: Purpose): GroupKeyRow {
  const id = randomBytes(6).toString('hex');
  const raw = randomBytes(keyBytes);
  const wrapped = seal(keys.groupWrap, name(id, purpose), raw);
  raw.fill(0);
  return { id, purpose, wrapped };
}

/** null: one of them does not open, or a purpose has none. */
export function openGroupKeys(keys: StationKeys, rows: readonly GroupKeyRow[]): GroupKeys | null {
  const opened: Record<Purpose, GroupKey[]> = { pepper: [], badgeIndex: [] };
  for (const { id, purpose, wrapped } of rows) {
    const raw = unseal(keys.groupWrap, name(id, purpose), wrapped);
    if (raw === null) return null;
    opened[purpose].push({ id, key: take(raw) });
  }
  return opened.pepper.length > 0 && opened.badgeIndex.length > 0 ? opened : null;
}

/** Equal for equal UIDs, telling nothing of them without the key. */
export const blindIndex = (key: KeyObject, uid: Uint8Array): Buffer => mac(key, fields('badge', uid));
/** The same of a staff number: digits 0–9, one a byte. */
export const numberIndex = (key: KeyObject, digits: Uint8Array): Buffer => mac(key, fields('staff number', digits));
