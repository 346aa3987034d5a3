/** A store of an earlier version comes in, already open and held; the same store in this version goes out, with a copy of the old beside it and nothing lost, or the old one untouched, and the reason. */

import { rmSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { type Backup, makeBackup, pruneBackups, storeIn } from './backups.ts';
import { type Census, countOf, digestOf, lostBetween, takeCensus } from './census.ts';
import type { Degraded, StationKeys } from './keys.ts';
import { type Migration, migrations } from './migrations.ts';
import { schemaVersion } from './schema.ts';
import type { Store } from './store.ts';

/** `digest`: of all that the old store held (census.ts). */
export type Upgrade = { readonly from: number; readonly to: number; readonly people: number; readonly badges: number; readonly digest: string; readonly backup: string };
export type Upgraded = { readonly kind: 'current' } | ({ readonly kind: 'upgraded' } & Upgrade) | Degraded;

export type Upgrading = {
  readonly dir: string;
  readonly db: Database.Database;
  readonly store: Store;
  readonly keys: StationKeys /** Those of this version unless a test says otherwise. */;
  readonly steps?: readonly Migration[];
};

/**
 * All steps and the proof are one transaction of the database: whatever ends the agent before it is committed leaves the old store, and it begins anew.
 * Where it fails, `store` is not to be used any more.
 */
export function upgrade({ dir, db, store, keys, steps = migrations }: Upgrading): Upgraded {
  const from = db.pragma('user_version', { simple: true }) as number;
  const to = steps.at(-1)?.to ?? schemaVersion;
  if (from >= to) return { kind: 'current' };
  let backup: Backup | null = null;
  try {
    // Those of starts that were cut short among them.
    pruneBackups(dir);
    // Into the one file: a copy holds what the log held.
    db.pragma('wal_checkpoint(TRUNCATE)');
    backup = makeBackup(dir, from, db.serialize());
    const before = takeCensus(storeIn(backup), keys);
    db.transaction(() => {
      for (const step of steps) if (step.to > from) take(db, store, step);
      const lost = lostBetween(before, takeCensus(db.serialize(), keys));
      if (lost !== null) throw new Error(`${lost} would be lost`);
    })();
    pruneBackups(dir);
    return { kind: 'upgraded', backup: backup.name, from, to, ...told(before) };
  } catch (e) {
    if (backup !== null) rmSync(backup.path, { recursive: true, force: true });
    return { kind: 'degraded', cause: 'upgradeFailed', detail: sentence(e, from, to) };
  }
}

function take(db: Database.Database, store: Store, { to, run }: Migration): void {
  // Within the one around it: a savepoint.
  db.transaction(() => {
    run(store, new Date().toISOString().slice(0, 10));
    db.pragma(`user_version = ${to}`);
  })();
}

const told = (before: Census): Pick<Upgrade, 'people' | 'badges' | 'digest'> => ({
  people: countOf(before, 'subscriber'),
  badges: countOf(before, 'badge'),
  digest: digestOf(before),
});

function sentence(e: unknown, from: number, to: number): string {
  const { code, message } = e as { code?: string; message?: string };
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || code?.startsWith('SQLITE_FULL') === true;
  const why = isFull ? 'the disk is full' : (code ?? message ?? 'no reason given');
  return `The store could not be brought from version ${from} to ${to} (${why}) and is as it was: ${isFull ? 'free the disk and restart the agent' : 'install the version before again, and report this'}.`;
}
