/** The bytes of a bundle come in; what it brings is merged with what is here, all of it or nothing, while taps go on; totals go out, and who must be told at once. */
import type { Ledger } from '../../core/ports.ts';
import { stationIdentity } from '../station/identity.ts';
import type { GroupRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Prepared } from '../store/writer.ts';
import { createBreath } from './breath.ts';
import { type BundleHeader, openBundle, readBundle } from './bundle.ts';
import type { Carried } from './carried.ts';
import type { Progress } from './export.ts';
import { readLine } from './lines.ts';
import { mergeBadge, mergePin } from './merge.ts';
import { badgeOf, badgeRecord, pinOf, pinRecord } from './people.ts';
import { type Effects, type Planned, plan, type Totals } from './plan.ts';
import { type GroupRefusal, groupRefusal } from './refusal.ts';

export type Imported = Totals & {
  readonly kind: 'imported';
  readonly from: string;
  readonly sequence: number;
  readonly sha256: string;
};
export type ImportParts = { readonly store: Store; readonly ledger: Ledger /** Unix milliseconds. */; readonly wall: () => number };
/** `applied`: at once when it is durable. */
export type Hearing = { readonly progress: Progress; readonly applied: (effects: Effects) => void };

/** So often the people here may be changed under an import before it gives up. */
const mostAttempts = 5;

/** Throws where store or ledger could not be written. `file` is the caller's. */
export async function importPeople({ store, ledger, wall }: ImportParts, file: Buffer, actor: string, { progress, applied }: Hearing): Promise<Imported | GroupRefusal> {
  const record = store.membership;
  if (record === null) return groupRefusal('noGroup');
  const read = readBundle(file, record.group, record.authority);
  if (read.kind === 'fault') return groupRefusal(read.fault);
  const { header, fileSha256 } = read;
  const stale = outOfTurn(store, record, header, fileSha256);
  if (stale !== null) return groupRefusal(stale);
  const bundle = store.keysFor('bundle').at(-1);
  const plain = bundle === undefined ? null : openBundle(header, read.sealed, bundle.key);
  if (plain === null) return groupRefusal('changed');
  try {
    const carried = await readLines(plain, keysOf(store));
    if (carried === null) return groupRefusal('foreignPeople');
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const asOf = store.peopleChanged;
      const planned = await plan(store, carried, progress);
      const now = store.membership;
      if (now === null || outOfTurn(store, now, header, fileSha256) !== null) return groupRefusal('busy');
      // From here to the end of the write nothing else has its turn.
      if (asOf !== store.peopleChanged) continue;
      const { totals } = planned;
      ledger.append({ kind: 'peopleImported', from: header.station, ledger: header.ledger, sequence: header.sequence, sha256: fileSha256, ...totals, actor });
      const heard: GroupRecord = { ...now, heard: { ...now.heard, [header.station]: { sequence: header.sequence, sha256: fileSha256, wall: wall() } } };
      store.writePrepared(current(store, planned.prepared), [heard]);
      applied(planned.effects);
      await tell(ledger, planned, actor);
      return { kind: 'imported', from: header.station, sequence: header.sequence, sha256: fileSha256, ...totals };
    }
    return groupRefusal('busy');
  } finally {
    plain.fill(0);
  }
}

/** Each station numbers its bundles, and says which came before: the same number twice, or a bundle that knows nothing of the one before it, are two stations. */
function outOfTurn(store: Store, { exported, heard }: GroupRecord, { station, sequence, before }: BundleHeader, sha256: string): GroupRefusal['because'] | null {
  if (station === stationIdentity(store).id)
    return exported === null || sequence > exported.sequence || (sequence === exported.sequence && sha256 !== exported.sha256) ? 'twins' : 'own';
  const last = Object.hasOwn(heard, station) ? heard[station] : undefined;
  if (last === undefined) return null;
  if (sequence === last.sequence) return sha256 === last.sha256 ? 'same' : 'twins';
  if (sequence < last.sequence) return 'older';
  const known = before?.sequence ?? 0;
  return known < last.sequence || (known === last.sequence && before?.sha256 !== last.sha256) ? 'twins' : null;
}

const keysOf = (store: Store): ReadonlySet<string> => new Set([...store.keysFor('pepper'), ...store.keysFor('badgeIndex')].map(({ id }) => id));

/** null: a line is no person, or somebody or some badge is there twice. */
async function readLines(plain: Buffer, keys: ReadonlySet<string>): Promise<readonly Carried[] | null> {
  const breath = createBreath();
  const all: Carried[] = [];
  const seen = new Set<string>();
  for (let from = 0; from < plain.length; ) {
    const end = plain.indexOf(0x0a, from);
    const one = end < 0 ? null : readLine(plain.subarray(from, end), keys);
    if (one === null) return null;
    for (const id of [`person ${one.person.id}`, ...one.badges.map((badge) => `badge ${badge.id}`)]) {
      if (seen.has(id)) return null;
      seen.add(id);
    }
    all.push(one);
    from = end + 1;
    await breath();
  }
  return all;
}

/** What a tap wrote to a badge or a PIN in the meantime counts too. */
const current = (store: Store, prepared: readonly Prepared[]): readonly Prepared[] =>
  prepared.map((one) => {
    if (store.isCurrent(one)) return one;
    const { record } = one;
    if (record.kind === 'badge') {
      const now = store.badge(record.id);
      return now === null ? one : store.prepare(badgeRecord(mergeBadge(badgeOf(now), badgeOf(record)), now));
    }
    const now = record.kind === 'pin' ? store.pin(record.id) : null;
    return now === null || record.kind !== 'pin' ? one : store.prepare(pinRecord(mergePin(pinOf(now), pinOf(record))));
  });

/** Each one who was revoked by it, by her own number. First done, then said. */
async function tell(ledger: Ledger, { effects }: Planned, actor: string): Promise<void> {
  const breath = createBreath();
  for (const { subscriber, badge } of effects.revoked) {
    ledger.append({ kind: 'revoked', subscriber, ...(badge !== null && { badge }), actor });
    await breath();
  }
}
