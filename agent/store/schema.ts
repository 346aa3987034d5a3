/** The store's tables: what a database must look like to be ours, and how a new one is laid out. */
import type Database from 'better-sqlite3';

/** In SQLite's header, so that another program's database is never taken for a store: "Tapw". */
export const applicationId = 0x54617077;
/** Rises with every change of tables or record shapes; a newer store is never opened by an older agent. */
export const schemaVersion = 3;

/** Settings of every connection. Full sync: a commit is on the disk when it returns; secure delete: replaced bytes do not linger in free pages. */
export function prepare(db: Database.Database): void {
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  // macOS keeps a synced write in the disk's own memory unless told otherwise; elsewhere this says nothing.
  db.pragma('fullfsync = ON');
  db.pragma('secure_delete = ON');
  db.pragma('trusted_schema = OFF');
}

/**
 * `records.badge` is the blind index a record is found by, a badge's of its UID and a person's of her staff number, null for all else; `wraps` the data key once per unlocking path (JSON, base64).
 * `meta`: `store` (its id), `key` (id of the machine key it was made under), `seal` (see seal.ts).
 */
export function layOut(db: Database.Database): void {
  db.exec(`
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE group_keys (id TEXT PRIMARY KEY, purpose TEXT NOT NULL, wrapped BLOB NOT NULL) STRICT;
    CREATE TABLE records (id TEXT PRIMARY KEY, version INTEGER NOT NULL, badge BLOB UNIQUE, wraps TEXT NOT NULL, sealed BLOB NOT NULL) STRICT;
  `);
  db.pragma(`application_id = ${applicationId}`);
  db.pragma(`user_version = ${schemaVersion}`);
}
