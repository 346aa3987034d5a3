/** A store's version comes in; the numbered steps that bring it to this agent's go out, in order. A step that was ever released is never changed. */
import type { Store } from './store.ts';

export type Migration = {
  /** The version it ends with; the one before is where it begins. */
  readonly to: number;
  /** Within one transaction of its own; `today`: as BadgeRecord.lastUsed. Throws where it cannot be done. */
  readonly run: (store: Store, today: string) => void;
};

export const migrations: readonly Migration[] = [
  // Badges from before their use was noted count as used on the day of the upgrade, so that none is stale then.
  {
    to: 2,
    run: (store, today) =>
      store.write(
        store.badges().map((badge) => ({ ...badge, lastUsed: badge.lastUsed ?? today })),
        'uncounted',
      ),
  },
  // New kinds of keys (identity, station group) and of records; none that is there changes.
  { to: 3, run: () => undefined },
];
