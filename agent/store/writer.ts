/** Records and keys come in; they are sealed, written all or none, and the seal over all of them and the counter outside follow. What the store has of writing. */
import type Database from 'better-sqlite3';
import type { RollbackCounter } from '../../core/ports.ts';
import type { GroupKeyRow } from './group-keys.ts';
import type { StationKeys } from './keys.ts';
import { openRecord, type Row, rowId, rowMark, type StoreRecord, sealRecord } from './records.ts';
import { revised } from './revisions.ts';
import { encodeSeal, groupKeyMark, reseal, type Seal } from './seal.ts';

/** A record sealed ahead of its write, which is then a matter of moments. `marks`: what stood for its row in the seal, and what will. */
export type Prepared = { readonly record: StoreRecord; readonly after: Row; readonly moved: boolean; readonly marks: readonly [before: Buffer | null, after: Buffer] };
export type Change = (row: Row) => Row;
export type Written = {
  readonly records: readonly StoreRecord[];
  /** See Store.write. */
  readonly guard: 'counted' | 'uncounted';
  readonly change?: Change;
  readonly keys?: readonly GroupKeyRow[];
  readonly ahead?: readonly Prepared[];
};
export type WriterParts = { readonly db: Database.Database; readonly keys: StationKeys; readonly counter: RollbackCounter; readonly id: string; readonly seal: Seal };

const asItIs: Change = (row) => row;

export class Writer {
  readonly #parts: WriterParts;
  readonly #byId: Database.Statement<[string], Row>;
  readonly #version: Database.Statement<[string], number>;
  readonly #put: Database.Statement<[string, number, Uint8Array | null, string, Uint8Array]>;
  readonly #release: Database.Statement<[string]>;
  readonly #putKey: Database.Statement<[string, string, Uint8Array]>;
  readonly #putSeal: Database.Statement<[Uint8Array]>;
  #seal: Seal;
  /** The counter outside could not follow the last write: it must before the next one. */
  #behind = false;

  constructor(parts: WriterParts) {
    const { db, seal } = parts;
    this.#parts = parts;
    this.#seal = seal;
    this.#byId = db.prepare('SELECT id, version, badge, wraps, sealed FROM records WHERE id = ?');
    this.#version = db.prepare<[string], number>('SELECT version FROM records WHERE id = ?').pluck();
    this.#put = db.prepare(
      'INSERT INTO records (id, version, badge, wraps, sealed) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, badge = excluded.badge, wraps = excluded.wraps, sealed = excluded.sealed',
    );
    this.#release = db.prepare('UPDATE records SET badge = NULL WHERE id = ?');
    this.#putKey = db.prepare('INSERT INTO group_keys (id, purpose, wrapped) VALUES (?, ?, ?)');
    this.#putSeal = db.prepare("UPDATE meta SET value = ? WHERE name = 'seal'");
  }

  row(kind: StoreRecord['kind'], id: string): Row | null {
    return this.#byId.get(rowId(kind, id)) ?? null;
  }

  prepare(record: StoreRecord, change: Change = asItIs): Prepared {
    const { keys } = this.#parts;
    const before = this.row(record.kind, record.id);
    const after = change(sealRecord(keys, record, before));
    const moved = before !== null && !Buffer.from(before.badge ?? []).equals(Buffer.from(after.badge ?? []));
    return { record, after, moved, marks: [before && rowMark(keys, before), rowMark(keys, after)] };
  }

  /** Whether nothing was written to this row since. */
  isCurrent({ after: { id, version } }: Prepared): boolean {
    return version === (this.#version.get(id) ?? 0) + 1;
  }

  /** All or none, durable when it returns. What was prepared keeps the revision it has and must be current; the rest gets its next one. */
  commit({ records, guard, change, keys = [], ahead = [] }: Written): void {
    const { db, id, keys: station } = this.#parts;
    if (this.#behind) this.#follow();
    let next: Seal = guard === 'counted' ? { ...this.#seal, generation: this.#seal.generation + 1 } : this.#seal;
    const put = ({ after, marks: [before, mark] }: Prepared): void => {
      this.#put.run(after.id, after.version, after.badge, after.wraps, after.sealed);
      next = reseal(next, before, mark);
    };
    db.transaction(() => {
      // A number or badge that goes from one record to another is let go of first.
      for (const { after } of ahead.filter(({ moved }) => moved)) this.#release.run(after.id);
      for (const each of ahead) put(each);
      for (const record of records) put(this.prepare(revised(this.#before(record), record), change));
      for (const key of keys) {
        this.#putKey.run(key.id, key.purpose, key.wrapped);
        next = reseal(next, null, groupKeyMark(station, key.id, key.purpose, key.wrapped));
      }
      this.#putSeal.run(encodeSeal(station, id, next));
    })();
    this.#seal = next;
    if (guard === 'counted') this.#follow();
  }

  /** What is there of a person or a badge; of all else no revision follows from it. */
  #before({ kind, id }: StoreRecord): StoreRecord | null {
    const row = kind === 'subscriber' || kind === 'badge' ? this.row(kind, id) : null;
    return row && openRecord(this.#parts.keys, row);
  }

  /** The store first, the counter after it: a crash in between leaves the store one ahead, which opening mends; never the other way round. */
  #follow(): void {
    this.#behind = true;
    this.#parts.counter.advance();
    this.#behind = false;
  }
}
