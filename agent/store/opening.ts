/** A folder, keys and a counter come in; the open store goes out, or the reason why this station opens nobody. */

import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { RollbackCounter } from '../../core/ports.ts';
import { newGroupKey, openGroupKeys } from './group-keys.ts';
import { inspect } from './inspection.ts';
import type { Degraded, StationKeys } from './keys.ts';
import type { Migration } from './migrations.ts';
import { layOut, prepare } from './schema.ts';
import { emptySeal, encodeSeal, groupKeyMark, reseal } from './seal.ts';
import { Store } from './store.ts';
import { type Upgrade, upgrade } from './upgrade.ts';

/** `steps`: how older stores are brought to this version; all of them unless a test says otherwise. */
export type StorePlace = { readonly dir: string; readonly keys: StationKeys; readonly counter: RollbackCounter; readonly steps?: readonly Migration[] };
export type StoreOutcome =
  | { readonly kind: 'open'; readonly store: Store /** From an earlier version, a moment ago. */; readonly upgraded: Upgrade | null }
  /** No store yet, and no sign that there ever was one. */
  | { readonly kind: 'absent' }
  /** Another agent holds it. */
  | { readonly kind: 'inUse' }
  | Degraded;

export const storePath = (dir: string): string => join(dir, 'store.db');

export function openStore({ dir, keys, counter, steps }: StorePlace): StoreOutcome {
  const path = storePath(dir);
  if (!existsSync(path)) return missing(counter);
  const found = inspect(path, keys, counter);
  if (found.kind !== 'sound') return found;
  try {
    const db = new Database(path, { fileMustExist: true, timeout: 0 });
    prepare(db);
    // The exclusive lock is taken with the first write and kept until the process ends, however it ends.
    db.exec('BEGIN IMMEDIATE; COMMIT');
    if (found.ahead) counter.advance();
    const parts = { db, keys, group: found.group, id: found.id, seal: found.seal };
    const upgraded = upgrade({ dir, db, store: new Store({ ...parts, counter: { ...counter, advance: () => undefined } }), keys, ...(steps === undefined ? {} : { steps }) });
    if (upgraded.kind === 'current') return { kind: 'open', store: new Store({ ...parts, counter }), upgraded: null };
    db.close();
    if (upgraded.kind === 'degraded') return upgraded;
    // As any other store: looked through before it is believed.
    const again = openStore({ dir, keys, counter, ...(steps === undefined ? {} : { steps }) });
    return again.kind === 'open' ? { ...again, upgraded } : again;
  } catch (e) {
    if (e instanceof Database.SqliteError && e.code.startsWith('SQLITE_BUSY')) return { kind: 'inUse' };
    return { kind: 'degraded', cause: 'storeDamaged', detail: `The store cannot be written (${codeOf(e)}): free the disk, or give this account the right to write there.` };
  }
}

/** A store that only counted in the outside counter is a store that was taken away. */
function missing(counter: RollbackCounter): StoreOutcome {
  const outside = counter.read();
  if (outside.kind === 'absent' || (outside.kind === 'value' && outside.value === 0)) return { kind: 'absent' };
  return { kind: 'degraded', cause: 'storeOlder', detail: 'The store is missing, but its counter is there: bring the store back, or set the station up anew.' };
}

/** First set-up of a station; a store that is there is opened, never replaced. */
export function createStore(place: StorePlace): StoreOutcome {
  const { dir, keys, counter } = place;
  const path = storePath(dir);
  if (existsSync(path)) return openStore(place);
  const start = counter.read();
  const outside = start.kind === 'absent' ? counter.create() : start;
  if (outside.kind !== 'value')
    return { kind: 'degraded', cause: 'storeOlder', detail: outside.kind === 'unreadable' ? outside.why : 'The counter outside the store cannot be made.' };
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    layOutNew(`${path}.new`, keys, outside.value);
    renameSync(`${path}.new`, path);
  } catch (e) {
    return {
      kind: 'degraded',
      cause: 'storeDamaged',
      detail: `The store cannot be made in its folder (${codeOf(e)}): free the disk, or give this account the right to write there.`,
    };
  }
  return openStore(place);
}

/** Whole or not at all: the finished file gets the store's name only once it is on the disk. */
function layOutNew(path: string, keys: StationKeys, generation: number): void {
  for (const rest of ['', '-wal', '-journal', '-shm']) rmSync(path + rest, { force: true });
  // SQLite gives its own files the database's permissions; ours must be set before it writes.
  closeSync(openSync(path, 'wx', 0o600));
  const db = new Database(path);
  try {
    prepare(db);
    const id = randomBytes(8).toString('hex');
    db.transaction(() => {
      layOut(db);
      let seal = emptySeal(generation);
      const rows = [newGroupKey(keys, 'pepper'), newGroupKey(keys, 'badgeIndex')];
      if (openGroupKeys(keys, rows) === null) throw new Error('New group keys do not open.');
      for (const row of rows) {
        db.prepare('INSERT INTO group_keys (id, purpose, wrapped) VALUES (?, ?, ?)').run(row.id, row.purpose, row.wrapped);
        seal = reseal(seal, null, groupKeyMark(keys, row.id, row.purpose, row.wrapped));
      }
      const meta = db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
      meta.run('store', Buffer.from(id));
      meta.run('key', Buffer.from(keys.id));
      meta.run('seal', encodeSeal(keys, id, seal));
    })();
  } finally {
    db.close();
  }
  // To be written to, or Windows does not flush it.
  const fd = openSync(path, 'r+');
  fsyncSync(fd);
  closeSync(fd);
}

const codeOf = (e: unknown): string => (e as { code?: string }).code ?? 'unknown';
