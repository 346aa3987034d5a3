/** A store and the copy that was made of it before its upgrade come in; the store as it was then goes out, in the old version, and what has come since and is lost with it. What was taken from people since stays taken. */
import { rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import Database from 'better-sqlite3';
import type { RollbackCounter } from '../../core/ports.ts';
import { type Backup, backupsIn, makeBackup, pruneBackups, storeIn } from './backups.ts';
import { type Census, inMemory, type Plain, takeCensus } from './census.ts';
import { inspect } from './inspection.ts';
import type { Degraded, StationKeys } from './keys.ts';
import { type Row, rowMark, type StoreRecord, sealRecord } from './records.ts';
import { prepare } from './schema.ts';
import { emptySeal, encodeSeal, groupKeyMark, reseal } from './seal.ts';

/** How many came, were set or were changed since, and are as before now. `kept`: revocations, spent codes and wrong tries since, which hold on. */
export type Lost = { readonly people: number; readonly badges: number; readonly pins: number; readonly changed: number; readonly kept: number };
export type RolledBack =
  /** `forward`: the copy of the store as it was a moment ago. */
  | { readonly kind: 'rolledBack'; readonly from: number; readonly to: number; readonly backup: string; readonly forward: string; readonly lost: Lost }
  | { readonly kind: 'none' }
  | { readonly kind: 'inUse' }
  | Degraded;

export type RollBackPlace = { readonly dir: string; readonly path: string; readonly keys: StationKeys; readonly counter: RollbackCounter };

/** One transaction: whatever ends it leaves the store as it was. The ledger is never set back. */
export function rollBack({ dir, path, keys, counter }: RollBackPlace): RolledBack {
  const found = inspect(path, keys, counter);
  if (found.kind !== 'sound') return found;
  const db = new Database(path, { fileMustExist: true, timeout: 0 });
  let forward: Backup | null = null;
  try {
    prepare(db);
    db.exec('BEGIN IMMEDIATE; COMMIT');
    if (found.ahead) counter.advance();
    const now = takeCensus(db.serialize(), keys);
    const backup = backupsIn(dir).findLast(({ version }) => version < now.version);
    if (backup === undefined) return { kind: 'none' };
    db.pragma('wal_checkpoint(TRUNCATE)');
    forward = makeBackup(dir, now.version, db.serialize());
    const lost = db.transaction(() => putBack(db, keys, backup, now))();
    pruneBackups(dir);
    return { kind: 'rolledBack', from: now.version, to: backup.version, backup: backup.name, forward: forward.name, lost };
  } catch (e) {
    // Or each try would take more of a disk that is full.
    if (forward !== null) rmSync(forward.path, { recursive: true, force: true });
    if (e instanceof Database.SqliteError && e.code.startsWith('SQLITE_BUSY')) return { kind: 'inUse' };
    const { code, message } = e as { code?: string; message?: string };
    return {
      kind: 'degraded',
      cause: 'upgradeFailed',
      detail: `The store could not be set back (${code ?? message ?? 'no reason given'}) and is as it was: free the disk, and run the command again.`,
    };
  } finally {
    db.close();
  }
}

function putBack(db: Database.Database, keys: StationKeys, backup: Backup, now: Census): Lost {
  const bytes = storeIn(backup);
  const then = takeCensus(bytes, keys);
  if (then.store !== now.store) throw new Error(`${backup.name} is another store’s`);
  const old = inMemory(bytes);
  try {
    copyTables(old, db);
  } finally {
    old.close();
  }
  db.pragma(`user_version = ${then.version}`);
  const machine = now.notes.get('machine');
  if (machine !== undefined)
    db.prepare("INSERT INTO meta (name, value) VALUES ('machine', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value").run(Buffer.from(machine, 'hex'));
  const kept = keepTaken(db, keys, now);
  sealAnew(db, keys, now);
  const after = takeCensus(db.serialize(), keys);
  if (after.seal.generation !== now.seal.generation || !isDeepStrictEqual([...after.records.keys()].sort(), [...then.records.keys()].sort()))
    throw new Error('it would not be what the copy holds');
  return { ...lostSince(then, now), kept };
}

/** Every table, made as it was made there. */
function copyTables(from: Database.Database, to: Database.Database): void {
  const tables = (db: Database.Database): readonly { name: string; sql: string }[] =>
    db.prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  for (const { name } of tables(to)) to.exec(`DROP TABLE "${name}"`);
  for (const { name, sql } of tables(from)) {
    to.exec(sql);
    const columns = (from.pragma(`table_info("${name}")`) as readonly unknown[]).length;
    const put = to.prepare(`INSERT INTO "${name}" VALUES (${Array.from({ length: columns }, () => '?').join(', ')})`);
    // In the order they came: the last of the group's keys is the current one.
    const order = /WITHOUT ROWID/i.test(sql) ? '' : ' ORDER BY rowid';
    for (const row of from.prepare(`SELECT * FROM "${name}"${order}`).raw().iterate()) put.run(...(row as readonly unknown[]));
  }
}

const rows = (db: Database.Database): readonly Row[] => db.prepare<[], Row>('SELECT id, version, badge, wraps, sealed FROM records').all();

/** Revocations, spent codes and wrong tries of since then: setting a store back gives nobody anything. How many there were. */
function keepTaken(db: Database.Database, keys: StationKeys, now: Census): number {
  const put = db.prepare('UPDATE records SET version = ?, wraps = ?, sealed = ? WHERE id = ?');
  const before = takeCensus(db.serialize(), keys);
  let kept = 0;
  for (const row of rows(db)) {
    const [then, later] = [before.records.get(row.id)?.record, now.records.get(row.id)?.record];
    const next = then === undefined || later === undefined ? null : taken(then, later);
    if (next === null) continue;
    const { version, wraps, sealed } = sealRecord(keys, next as unknown as StoreRecord, row);
    put.run(version, wraps, sealed, row.id);
    kept++;
  }
  return kept;
}

const most = (a: unknown, b: unknown): number => Math.max(Number(a ?? 0), Number(b ?? 0));

function taken(then: Plain, now: Plain): Plain | null {
  const next: Plain = {
    ...then,
    // One that was handed on since was taken from her before.
    ...((now['revoked'] === true || (then.kind === 'badge' && now['subscriber'] !== then['subscriber'])) && { revoked: true }),
    ...(now['spent'] === true && { spent: true }),
    ...('failures' in then && now['salt'] === then['salt'] && { failures: most(then['failures'], now['failures']) }),
    ...('keyFailures' in now && { keyFailures: most(then['keyFailures'], now['keyFailures']) }),
  };
  return isDeepStrictEqual(next, then) ? null : next;
}

/** Under the count of writes that the counter outside knows. */
function sealAnew(db: Database.Database, keys: StationKeys, { store, seal: { generation } }: Census): void {
  let seal = emptySeal(generation);
  for (const { id, purpose, wrapped } of db.prepare<[], { id: string; purpose: string; wrapped: Buffer }>('SELECT id, purpose, wrapped FROM group_keys').all())
    seal = reseal(seal, null, groupKeyMark(keys, id, purpose, wrapped));
  for (const row of rows(db)) seal = reseal(seal, null, rowMark(keys, row));
  db.prepare("UPDATE meta SET value = ? WHERE name = 'seal'").run(encodeSeal(keys, store, seal));
}

/** What the store keeps of its own account, or holds on. */
const notTold = new Set(['revoked', 'failures', 'keyFailures', 'spent', 'revision', 'life', 'resets', 'lastUsed', 'lent', 'vouched', 'badges']);

function lostSince(then: Census, now: Census): Omit<Lost, 'kept'> {
  const lost = { people: 0, badges: 0, pins: 0, changed: 0 };
  for (const [id, { record }] of now.records) {
    const old = then.records.get(id)?.record;
    const isNew = old === undefined;
    const differs = !isNew && Object.entries(old).some(([name, value]) => !notTold.has(name) && !isDeepStrictEqual(record[name], value));
    if (record.kind === 'subscriber' && isNew) lost.people++;
    if (record.kind === 'subscriber' && differs) lost.changed++;
    if (record.kind === 'badge' && isNew) lost.badges++;
    if (record.kind === 'pin' && (isNew || differs)) lost.pins++;
  }
  return lost;
}
