/** What the store keeps, one union, and how a record becomes a sealed row and back. */
import { type KeyObject, randomBytes } from 'node:crypto';
import type { BadgeId, Language, Millis, Role, SubscriberId } from '../../core/types.ts';
import type { BadgeProof } from '../proofs/record.ts';
import type { StationKeys } from './keys.ts';
import { derive, fields, keyBytes, mac, seal, take, unseal } from './sealing.ts';

export type SubscriberRecord = {
  readonly kind: 'subscriber';
  readonly id: SubscriberId;
  readonly given: string;
  readonly initial: string;
  readonly language: Language | null;
  readonly revoked: boolean;
  readonly badges: readonly BadgeId[];
  readonly role: Role | null;
  readonly number: StaffNumber | null;
  /** Hers in the operating system, as that writes it; null: none. */
  readonly account: string | null;
  /** When spare badges were lent to her, and when she vouched for somebody: Unix milliseconds, of the last seven days. */
  readonly lent: readonly number[];
  readonly vouched: readonly number[];
  /** See revisions.ts; the store's own, whatever a writer says; absent: 0, from before there were any. */
  readonly revision?: number;
};
/** Digits, and the blind index that finds her by them, as a badge's. No two people have one number. */
export type StaffNumber = { readonly digits: string; readonly index: string; readonly indexKey: string };
/** How long something lasts that was begun at `wall` (Unix milliseconds) and `at` (station time). */
export type Lifetime = { readonly wall: number; readonly at: Millis; readonly lasts: Millis };
export type BadgeRecord = {
  readonly kind: 'badge';
  readonly id: BadgeId;
  readonly subscriber: SubscriberId;
  readonly proof: BadgeProof;
  readonly revoked: boolean;
  /** Blind index of the UID (of the badge number or credential ID, where UIDs change), hex, and the group key it was made with. The UID itself is nowhere. */
  readonly index: string;
  readonly indexKey: string;
  /** The day of its last use, or of its enrolment: `2027-03-31`, UTC; null: not known. */
  readonly lastUsed: string | null;
  /** Lent for a while on a colleague's word; null: her own. */
  readonly spare: (Lifetime & { readonly voucher: SubscriberId }) | null;
  /** See revisions.ts; as above. */
  readonly revision?: number;
  readonly life?: number;
};
/** Argon2id cost: `m` KiB, `t` passes, `p` lanes (RFC 9106 §3.1). */
export type Cost = { readonly m: number; readonly t: number; readonly p: number };
export type PinRecord = {
  readonly kind: 'pin';
  readonly id: SubscriberId;
  /** Digits it has: a policy that asks for more can name who needs a new one. */
  readonly length: number;
  readonly pepper: string;
  readonly cost: Cost;
  /** Base64. */
  readonly salt: string;
  readonly hash: string;
  /** Wrong PINs in a row, the one being checked included. */
  readonly failures: number;
  /** Wrong PINs of her security keys in a row, counted as above; absent: none. */
  readonly keyFailures?: number;
  /** How many PINs she has had, and how many of them the help desk gave or let her choose, with new tries; absent: 0. */
  readonly revision?: number;
  readonly resets?: number;
};
export type CodePurpose = 'enrol' | 'shift' | 'newPin';
/** One a person and purpose: a new code takes the place of the one before. */
export type CodeRecord = Lifetime & {
  readonly kind: 'code';
  readonly id: string;
  readonly subscriber: SubscriberId;
  readonly purpose: CodePurpose;
  /** Used up, or withdrawn. */
  readonly spent: boolean;
  readonly pepper: string;
  readonly cost: Cost;
  readonly salt: string;
  readonly hash: string;
};
export const codeId = (subscriber: SubscriberId, purpose: CodePurpose): string => `${subscriber}.${purpose}`;
/** Wrong codes in a row, the one being checked included: of a person, by her id, or of all at this `station`. */
export type TriesRecord = { readonly kind: 'tries'; readonly id: string; readonly failures: number };
export const stationTries = 'station';
/** The station group this station is in: its one record of the kind, by the id `groupId`. */
export type GroupRecord = {
  readonly kind: 'group';
  readonly id: string;
  readonly group: string;
  /** Ed25519, raw, base64url: vouches for the stations that may export. */
  readonly authority: string;
  /** Of this station's bundles; null: none yet. */
  readonly exported: Carried | null;
  /** The last that was taken of each other station. */
  readonly heard: Readonly<Record<string, Carried>>;
};
export const groupId = 'group';
/** A bundle of people by its number, which rises, and the SHA-256 of its file, hex; when it was made or taken here, Unix milliseconds by this computer's clock: for people, nothing is decided by it. */
export type Carried = { readonly sequence: number; readonly sha256: string; readonly wall: number };
export type StoreRecord = GroupRecord | SubscriberRecord | BadgeRecord | PinRecord | CodeRecord | TriesRecord;

/** One row of the table `records`. */
export type Row = { readonly id: string; readonly version: number; readonly badge: Uint8Array | null; readonly wraps: string; readonly sealed: Uint8Array };

export const rowId = (kind: StoreRecord['kind'], id: string): string => `${kind}/${id}`;

/** The ways to unlock a record: the station's, and those of its person's security keys, each wrapping the same data key. Base64. */
type Wraps = { readonly station: string; readonly keys?: Readonly<Record<BadgeId, string>> };

const wrapName = (id: string): Buffer => fields('wrap', 'station', id);
const keyWrapName = (id: string, badge: BadgeId): Buffer => fields('wrap', 'key', badge, id);
const recordName = (id: string, version: number): Buffer => fields('record', id, version);

/** The row that follows `before` (null: a new record, with a new data key). */
export function sealRecord(keys: StationKeys, record: StoreRecord, before: Row | null): Row {
  const id = rowId(record.kind, record.id);
  const version = (before?.version ?? 0) + 1;
  const dataKey = before === null ? randomBytes(keyBytes) : openDataKey(keys, before);
  if (dataKey === null) throw new StoreDamage(id);
  const wraps: Wraps = { station: seal(keys.recordWrap, wrapName(id), dataKey).toString('base64') };
  const plain = Buffer.from(JSON.stringify(record));
  const sealed = seal(take(dataKey), recordName(id, version), plain);
  plain.fill(0);
  const index = indexOf(record);
  return { id, version, badge: index === null ? null : Buffer.from(index, 'hex'), wraps: before?.wraps ?? JSON.stringify(wraps), sealed };
}

/** Throws StoreDamage for a row that was changed without the station's keys. */
export function openRecord(keys: StationKeys, row: Row): StoreRecord {
  return openWith(openDataKey(keys, row), row);
}

/** The same as it was written, by whichever version: what an earlier one knew nothing of is not in it. Throws as above. */
export const openPlain = (keys: StationKeys, row: Row): unknown => plainOf(openDataKey(keys, row), row);

function plainOf(dataKey: Buffer | null, row: Row): unknown {
  const plain = dataKey === null ? null : unseal(take(dataKey), recordName(row.id, row.version), row.sealed);
  if (plain === null) throw new StoreDamage(row.id);
  const record: unknown = JSON.parse(plain.toString());
  plain.fill(0);
  return record;
}

function openWith(dataKey: Buffer | null, row: Row): StoreRecord {
  const record = withDefaults(plainOf(dataKey, row) as StoreRecord);
  // The index stands outside the sealed part: a badge whose row was given another's index is no badge of ours.
  if ((indexOf(record) ?? '') !== Buffer.from(row.badge ?? []).toString('hex')) throw new StoreDamage(row.id);
  return record;
}

/** What the row is found by besides its id. */
const indexOf = (record: StoreRecord): string | null => (record.kind === 'badge' ? record.index : record.kind === 'subscriber' ? (record.number?.index ?? null) : null);

/** Records from before there were roles, numbers and spare badges, or badges that prove anything. */
function withDefaults(record: StoreRecord): StoreRecord {
  switch (record.kind) {
    case 'subscriber':
      return { ...noDetails, ...record };
    case 'badge':
      return { ...oldBadge, ...record };
    case 'pin':
    case 'code':
    case 'tries':
    case 'group':
      return record;
    default:
      return record satisfies never;
  }
}
/** What nothing was said of. */
export const noDetails = { role: null, number: null, account: null, lent: [], vouched: [] } as const satisfies Partial<SubscriberRecord>;
const oldBadge = { proof: { kind: 'uid' }, lastUsed: null, spare: null } as const satisfies Partial<BadgeRecord>;

function openDataKey(keys: StationKeys, row: Row): Buffer | null {
  const { station } = JSON.parse(row.wraps) as Wraps;
  return unseal(keys.recordWrap, wrapName(row.id), Buffer.from(station, 'base64'));
}

/** What a security key's hmac-secret output (32 bytes, the caller's to overwrite) unlocks with, for this badge alone. */
export const shareKey = (output: Uint8Array, badge: BadgeId): KeyObject => derive(output, `key share ${badge}`);

/** The same record, which this key unlocks too from now on. */
export function addWrap(keys: StationKeys, row: Row, badge: BadgeId, share: KeyObject): Row {
  const dataKey = openDataKey(keys, row);
  if (dataKey === null) throw new StoreDamage(row.id);
  const wraps = JSON.parse(row.wraps) as Wraps;
  const wrapped = seal(share, keyWrapName(row.id, badge), dataKey).toString('base64');
  dataKey.fill(0);
  return { ...row, wraps: JSON.stringify({ ...wraps, keys: { ...wraps.keys, [badge]: wrapped } }) };
}

/** The same record, which these keys unlock no more. Its data key stays: whoever kept an older copy of the store, and the key, can still open what is written under it. */
export function dropWraps(row: Row, badges: readonly BadgeId[]): Row {
  const { station, keys = {} } = JSON.parse(row.wraps) as Wraps;
  const kept = Object.entries(keys).filter(([badge]) => !badges.includes(badge));
  if (kept.length === Object.keys(keys).length) return row;
  return { ...row, wraps: JSON.stringify({ station, ...(kept.length > 0 && { keys: Object.fromEntries(kept) }) }) };
}

/** By a security key alone, without any of the station's keys; null: not one of this row's, or another secret. */
export function openRecordByKey(row: Row, badge: BadgeId, share: KeyObject): StoreRecord | null {
  const { keys = {} } = JSON.parse(row.wraps) as Wraps;
  const wrapped = Object.hasOwn(keys, badge) ? keys[badge] : undefined;
  const dataKey = wrapped === undefined ? null : unseal(share, keyWrapName(row.id, badge), Buffer.from(wrapped, 'base64'));
  return dataKey === null ? null : openWith(dataKey, row);
}

/** What stands for one row in the seal over all of them. */
export const rowMark = (keys: StationKeys, row: Row): Buffer => mac(keys.storeSeal, fields('record', row.id, row.version, row.badge ?? '', row.wraps, row.sealed));

/** A record that no longer opens although the store was sound when it was opened. */
export class StoreDamage extends Error {
  constructor(id: string) {
    super(`The store's record ${id.split('/')[0] ?? ''} does not open: restore the store or enrol again.`);
  }
}
