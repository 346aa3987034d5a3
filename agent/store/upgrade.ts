/** A store of an earlier version comes in, already open and held; a store of this version goes out, or nothing is changed. */
import type Database from 'better-sqlite3';
import { schemaVersion } from './schema.ts';
import type { Store } from './store.ts';

/** `today`: as BadgeRecord.lastUsed. Badges from before their use was noted count as used now, so that none is stale on the day of the upgrade. */
export function upgrade(db: Database.Database, store: Store, today: string): void {
  if ((db.pragma('user_version', { simple: true }) as number) >= schemaVersion) return;
  store.write(store.badges().map((badge) => ({ ...badge, lastUsed: badge.lastUsed ?? today })), 'uncounted');
  // Last: whatever ends the agent before this begins it anew.
  db.pragma(`user_version = ${schemaVersion}`);
}
