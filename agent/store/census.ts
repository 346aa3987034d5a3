/** The bytes of a store of any version come in; everything it holds goes out, and what a second store lacks of the first. It reads the tables itself and knows of no migration: what counts is what the keys open. */
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import Database from 'better-sqlite3';
import type { StationKeys } from './keys.ts';
import { openPlain, type Row, type StoreRecord } from './records.ts';
import { decodeSeal, type Seal } from './seal.ts';

/** A record as it was written, by whichever version. */
export type Plain = Readonly<Record<string, unknown>> & { readonly kind: StoreRecord['kind'] };
type Counted = {
  readonly record: Plain;
  readonly index: string /** The security keys that open it too, each with what it opens by. */;
  readonly shares: Readonly<Record<string, string>>;
};
export type Census = {
  readonly version: number;
  readonly store: string;
  readonly seal: Seal;
  /** By the row's id. */
  readonly records: ReadonlyMap<string, Counted>;
  /** In their order: the last of a purpose is current. Each with its wrapped key, hex. */
  readonly groupKeys: readonly (readonly [id: string, purpose: string, wrapped: string])[];
  /** Every other value of the station's, hex. */
  readonly notes: ReadonlyMap<string, string>;
};

/** The header's two bytes that say "with a write-ahead log": a database in memory has none. */
const journalBytes = [18, 19] as const;

/** A database of its own, with no file and no log beside it; leaves `bytes` as they are. */
export function inMemory(bytes: Uint8Array): Database.Database {
  const copy = Buffer.from(bytes);
  for (const at of journalBytes) copy[at] = 1;
  return new Database(copy);
}

/** Throws where a row does not open, or these are no store's bytes. */
export function takeCensus(bytes: Uint8Array, keys: StationKeys): Census {
  const db = inMemory(bytes);
  try {
    const meta = new Map(
      db
        .prepare<[], { name: string; value: Buffer }>('SELECT name, value FROM meta')
        .all()
        .map(({ name, value }) => [name, value]),
    );
    const store = meta.get('store')?.toString() ?? '';
    const seal = decodeSeal(keys, store, meta.get('seal') ?? Buffer.of());
    if (seal === null) throw new Error('the seal over the store does not open');
    const rows = db.prepare<[], Row>('SELECT id, version, badge, wraps, sealed FROM records').all();
    return {
      version: db.pragma('user_version', { simple: true }) as number,
      store,
      seal,
      records: new Map(rows.map((row) => [row.id, { record: openPlain(keys, row) as Plain, index: Buffer.from(row.badge ?? []).toString('hex'), shares: sharesOf(row) }])),
      groupKeys: db
        .prepare<[], { id: string; purpose: string; wrapped: Buffer }>('SELECT id, purpose, wrapped FROM group_keys ORDER BY rowid')
        .all()
        .map(({ id, purpose, wrapped }) => [id, purpose, wrapped.toString('hex')]),
      notes: new Map([...meta].filter(([name]) => name !== 'seal').map(([name, value]) => [name, value.toString('hex')])),
    };
  } finally {
    db.close();
  }
}

const sharesOf = ({ wraps }: Row): Readonly<Record<string, string>> => (JSON.parse(wraps) as { keys?: Readonly<Record<string, string>> }).keys ?? {};

/**
 * What of `before` is not in `after`, in a few words; null: nothing was lost. A value that was there must be there and equal; one that was not may have come.
 * No record may have come or gone, and no write may have been counted: the counter outside is that of both.
 */
export function lostBetween(before: Census, after: Census): string | null {
  if (before.store !== after.store) return 'the store’s own id';
  if (before.seal.generation !== after.seal.generation) return 'the count of its writes';
  if (!isDeepStrictEqual(after.groupKeys.slice(0, before.groupKeys.length), before.groupKeys)) return 'a key of the station’s group';
  for (const [name, value] of before.notes) if (after.notes.get(name) !== value) return `the station’s ${name}`;
  for (const [id, { record, index, shares }] of before.records) {
    const now = after.records.get(id);
    if (now === undefined) return `a record (${record.kind})`;
    if (now.index !== index) return `what a record is found by (${record.kind})`;
    if (!isDeepStrictEqual(now.shares, shares)) return `a security key’s share in a record (${record.kind})`;
    for (const [name, value] of Object.entries(record)) if (value !== null && !isDeepStrictEqual(now.record[name], value)) return `"${name}" of a record (${record.kind})`;
  }
  return after.records.size === before.records.size ? null : 'the number of records: some came that were not there';
}

export const countOf = ({ records }: Census, kind: StoreRecord['kind']): number => [...records.values()].filter(({ record }) => record.kind === kind).length;

/** SHA-256 over every record as it is written, in the order of their ids: the same for two stores that hold the same. */
export function digestOf({ records, groupKeys }: Census): string {
  const all = [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, { record, index }]) => [id, index, record]);
  return hash('sha256', JSON.stringify([groupKeys.map(([id]) => id), all]), 'hex');
}
