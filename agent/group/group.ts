/** A station's store and ledger come in; all that it does as one of a group goes out: create, invite, join, export, import. */
import type { FileLedger } from '../ledger/ledger.ts';
import type { Store } from '../store/store.ts';
import { type Exported, exportPeople, type Progress } from './export.ts';
import { type Hearing, type Imported, importPeople } from './import.ts';
import { createMembership, type Membership } from './membership.ts';
import type { GroupRefusal } from './refusal.ts';

/** Every method throws, or rejects, where store or ledger could not be written. */
export type StationGroup = Membership & {
  readonly exportPeople: (actor: string, progress: Progress) => Promise<Exported | GroupRefusal>;
  readonly importPeople: (file: Buffer, actor: string, hearing: Hearing) => Promise<Imported | GroupRefusal>;
};

export function createStationGroup({
  store,
  ledger,
  wall = Date.now,
}: {
  readonly store: Store;
  readonly ledger: FileLedger /** Unix milliseconds. */;
  readonly wall?: () => number;
}): StationGroup {
  const end = (): { readonly ledger: string; readonly count: number; readonly head: string } => {
    const { ledger: id, count, head } = ledger.checkpoint();
    return { ledger: id, count, head };
  };
  return {
    ...createMembership({ store, ledger, wall }),
    exportPeople: (actor, progress) => exportPeople({ store, ledger, end, wall }, actor, progress),
    importPeople: (file, actor, hearing) => importPeople({ store, ledger, wall }, file, actor, hearing),
  };
}
