/** The store comes in; everybody in it goes out as one signed bundle for the other stations of the group, its number durable and in the ledger before anybody has the file. */
import type { Ledger } from '../../core/ports.ts';
import { stationIdentity } from '../station/identity.ts';
import type { GroupRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { createBreath } from './breath.ts';
import { type BundleHeader, sealBundle, sha256 } from './bundle.ts';
import { lineOf } from './lines.ts';
import { authorityKey } from './membership.ts';
import { readPerson } from './people.ts';
import { type GroupRefusal, groupRefusal } from './refusal.ts';

export type Exported = { readonly kind: 'exported'; readonly file: Buffer; readonly sequence: number; readonly people: number; readonly sha256: string };
/** `done` of `all` people. */
export type Progress = (done: number, all: number) => void;
export type ExportParts = {
  readonly store: Store;
  readonly ledger: Ledger /** How far the ledger is. */;
  readonly end: () => BundleHeader['ledger'] /** Unix milliseconds. */;
  readonly wall: () => number;
};

/** Throws where store or ledger could not be written. */
export async function exportPeople({ store, ledger, end, wall }: ExportParts, actor: string, progress: Progress): Promise<Exported | GroupRefusal> {
  const before = store.membership;
  if (before === null) return groupRefusal('noGroup');
  const authority = authorityKey(store);
  const bundle = store.keysFor('bundle').at(-1);
  if (authority === null || bundle === undefined) return groupRefusal('mayNotExport');
  if (store.ids('subscriber').length === 0) return groupRefusal('nobody');
  const lines = await readAll(store, progress);
  if (lines === null) return groupRefusal('busy');
  const record = store.membership;
  if (record === null) return groupRefusal('noGroup');
  const people = Buffer.concat(lines);
  for (const line of lines) line.fill(0);
  // By the ledger, which goes on where a store is set back: no number is used twice.
  const ledgerEnd = end();
  const sequence = Math.max(ledgerEnd?.count ?? 0, record.exported?.sequence ?? 0) + 1;
  const last = record.exported && { sequence: record.exported.sequence, sha256: record.exported.sha256 };
  const made = { group: record.group, sequence, before: last, created: new Date(wall()).toISOString(), ledger: ledgerEnd };
  const file = sealBundle(made, people, { bundle: bundle.key, authority, station: stationIdentity(store) });
  const digest = sha256(file);
  ledger.append({ kind: 'peopleExported', sequence, people: lines.length, sha256: digest, actor });
  const after: GroupRecord = { ...record, exported: { sequence, sha256: digest, wall: wall() } };
  store.write([after], 'counted');
  return { kind: 'exported', file, sequence, people: lines.length, sha256: digest };
}

/** So often the people may be changed under an export before it gives up. */
const mostAttempts = 5;

/** Everybody at one moment, or a badge that is handed on meanwhile would be two people's, and the bundle no station's. null: people are changed all the time. */
async function readAll(store: Store, progress: Progress): Promise<readonly Buffer[] | null> {
  const breath = createBreath();
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const asOf = store.peopleChanged;
    const ids = store.ids('subscriber');
    const lines: Buffer[] = [];
    for (const [i, id] of ids.entries()) {
      const person = readPerson(store, id);
      if (person !== null) lines.push(Buffer.from(lineOf(person)));
      progress(i + 1, ids.length);
      await breath();
    }
    if (asOf === store.peopleChanged) return lines;
    for (const line of lines) line.fill(0);
  }
  return null;
}
