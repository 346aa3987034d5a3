/** A store's file, the station's keys and the outside counter come in; whether it is whole, ours and the newest goes out. Nothing is changed, whatever is found. */
import Database from 'better-sqlite3';
import type { RollbackCounter } from '../../core/ports.ts';
import type { GroupKeyRow, GroupKeys } from './group-keys.ts';
import { openGroupKeys } from './group-keys.ts';
import type { Degraded, StationKeys } from './keys.ts';
import type { Row } from './records.ts';
import { rowMark } from './records.ts';
import { applicationId, schemaVersion } from './schema.ts';
import type { Seal } from './seal.ts';
import { decodeSeal, emptySeal, groupKeyMark, reseal } from './seal.ts';

export type Sound = {
  readonly kind: 'sound';
  readonly id: string;
  readonly seal: Seal;
  readonly group: GroupKeys /** The store is one write ahead of the counter: a crash between the two. */;
  readonly ahead: boolean;
};
export type Inspection = Sound | { readonly kind: 'inUse' } | Degraded;

const damaged = (detail: string): Degraded => ({ kind: 'degraded', cause: 'storeDamaged', detail });

/** The order of the checks is the order in which their answers can be trusted: file, tables, key, contents, age. */
export function inspect(path: string, keys: StationKeys, counter: RollbackCounter): Inspection {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true, timeout: 0 });
    return checkTables(db) ?? checkContents(db, keys, counter);
  } catch (e) {
    const code = e instanceof Database.SqliteError ? e.code : null;
    if (code === null) throw e;
    if (code.startsWith('SQLITE_BUSY')) return { kind: 'inUse' };
    return damaged(`The store cannot be read as a database (${code}): restore it from its copy, or set the station up anew.`);
  } finally {
    db?.close();
  }
}

function checkTables(db: Database.Database): Degraded | null {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (db.pragma('application_id', { simple: true }) !== applicationId) return damaged('The store is not a Tapward database: restore it from its copy, or set the station up anew.');
  if (version > schemaVersion)
    return { kind: 'degraded', cause: 'storeNewer', detail: `The store has version ${version}, this agent reads up to ${schemaVersion}: install the newer agent again.` };
  if (version < 1) return damaged('The store has no version: restore it from its copy, or set the station up anew.');
  const faults = db.pragma('integrity_check(1)', { simple: true });
  return faults === 'ok' ? null : damaged('The store is damaged on the disk: restore it from its copy, or set the station up anew.');
}

function checkContents(db: Database.Database, keys: StationKeys, counter: RollbackCounter): Sound | Degraded {
  const meta = (name: string): Buffer | undefined => db.prepare<[string], { value: Buffer }>('SELECT value FROM meta WHERE name = ?').get(name)?.value;
  const madeUnder = meta('key')?.toString();
  if (madeUnder !== keys.id)
    return { kind: 'degraded', cause: 'storeKey', detail: 'The store was made under another machine key: bring that key back, or set the station up anew.' };
  const id = meta('store')?.toString() ?? '';
  const sealed = meta('seal');
  const seal = sealed === undefined ? null : decodeSeal(keys, id, sealed);
  if (seal === null) return damaged('The seal over the store does not open: restore the store from its copy, or set the station up anew.');

  let found = emptySeal(seal.generation);
  const groupRows = db.prepare<[], GroupKeyRow>('SELECT id, purpose, wrapped FROM group_keys ORDER BY rowid').all();
  for (const row of groupRows) found = reseal(found, null, groupKeyMark(keys, row.id, row.purpose, row.wrapped));
  for (const row of db.prepare<[], Row>('SELECT id, version, badge, wraps, sealed FROM records').iterate()) found = reseal(found, null, rowMark(keys, row));
  if (found.rows !== seal.rows || !found.sum.equals(seal.sum))
    return damaged('Records of the store were changed or exchanged behind its back: restore it from its copy, or set the station up anew.');
  const group = openGroupKeys(keys, groupRows);
  if (group === null) return damaged('The group keys in the store do not open: restore the store from its copy, or set the station up anew.');

  const outside = counter.read();
  const older = (why: string): Degraded => ({ kind: 'degraded', cause: 'storeOlder', detail: `${why} Restore the newest store, or set the station up anew.` });
  if (outside.kind === 'absent') return older('The counter kept outside the store is missing.');
  if (outside.kind === 'unreadable') return older(outside.why);
  if (seal.generation < outside.value) return older(`The store is an older copy (${outside.value - seal.generation} writes behind).`);
  if (seal.generation > outside.value + 1) return older('The counter kept outside the store was set back or belongs to another station.');
  return { kind: 'sound', id, seal, group, ahead: seal.generation === outside.value + 1 };
}
