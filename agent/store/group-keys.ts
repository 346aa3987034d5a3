/** The store's random keys come in wrapped by the machine key, and go out unwrapped once into memory: those the stations of a group share (PIN pepper, badge index, bundles of people), and the station's own. A lone station is a group of one. */

import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import type { StationKeys } from './keys.ts';
import { fields, keyBytes, mac, seal, take, unseal } from './sealing.ts';

/** `bundle` seals people who are carried; `authority` (Ed25519 seed) vouches for the group's stations, and only those that may export have it; `station` (Ed25519 seed) is this station's identity. */
export type Purpose = 'pepper' | 'badgeIndex' | 'bundle' | 'authority' | 'station';
export type GroupKeyRow = { readonly id: string; readonly purpose: Purpose; readonly wrapped: Uint8Array };
export type GroupKey = { readonly id: string; readonly key: KeyObject };
/** Of each purpose the last is current; earlier ones only read. */
export type GroupKeys = Readonly<Record<Purpose, readonly GroupKey[]>>;

const name = (id: string, purpose: Purpose): Buffer => fields('group key', id, purpose);

/** A key outside the store: `raw`, 32 bytes, is overwritten by whoever made it. */
export type RawKey = { readonly id: string; readonly purpose: Purpose; readonly raw: Uint8Array };

export const newRawKey = (purpose: Purpose): RawKey => ({ id: randomBytes(6).toString('hex'), purpose, raw: randomBytes(keyBytes) });

export const wrapKey = (keys: StationKeys, { id, purpose, raw }: RawKey): GroupKeyRow => ({ id, purpose, wrapped: seal(keys.groupWrap, name(id, purpose), raw) });

export function newGroupKey(keys: StationKeys, purpose: Purpose): GroupKeyRow {
  const made = newRawKey(purpose);
  const row = wrapKey(keys, made);
  made.raw.fill(0);
  return row;
}

/** null: one of them does not open, or a purpose has none. */
export function openGroupKeys(keys: StationKeys, rows: readonly GroupKeyRow[]): GroupKeys | null {
  const opened: Record<Purpose, GroupKey[]> = { pepper: [], badgeIndex: [], bundle: [], authority: [], station: [] };
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
