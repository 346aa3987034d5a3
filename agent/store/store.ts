/** Records come in and are durable when `write` returns; a badge's UID comes in and its holder goes out. The one holder of the open database. */
import type { KeyObject } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { Holder, RollbackCounter, Vault } from '../../core/ports.ts';
import type { BadgeId, SubscriberId } from '../../core/types.ts';
import type { MachineMarks } from '../../native/machine/marks.ts';
import { gradeOf } from '../proofs/record.ts';
import type { GroupKey, GroupKeyRow, GroupKeys, Purpose, RawKey } from './group-keys.ts';
import { blindIndex, numberIndex, openGroupKeys, wrapKey } from './group-keys.ts';
import type { StationKeys } from './keys.ts';
import { readMachine, writeMachine } from './machine-note.ts';
import { digitsOf, publicPart } from './person.ts';
import type { BadgeRecord, CodeRecord, GroupRecord, PinRecord, Row, StaffNumber, StoreRecord, SubscriberRecord, TriesRecord } from './records.ts';
import { addWrap, dropWraps, groupId, openRecord, openRecordByKey, rowId, StoreDamage, shareKey } from './records.ts';
import type { Seal } from './seal.ts';
import { type Change, type Prepared, Writer, type Written } from './writer.ts';

export type OpenedStore = {
  readonly db: Database.Database;
  readonly keys: StationKeys;
  readonly group: GroupKeys;
  readonly counter: RollbackCounter;
  readonly id: string;
  readonly seal: Seal;
};

export class Store implements Vault {
  readonly id: string;
  readonly #db: Database.Database;
  readonly #keys: StationKeys;
  readonly #writer: Writer;
  #group: GroupKeys;
  readonly #byIndex: Database.Statement<[Uint8Array], Row>;
  #hasKeys: boolean | null = null;
  #peopleChanged = 0;

  constructor({ db, keys, group, counter, id, seal }: OpenedStore) {
    this.id = id;
    this.#db = db;
    this.#keys = keys;
    this.#group = group;
    this.#byIndex = db.prepare('SELECT id, version, badge, wraps, sealed FROM records WHERE badge = ?');
    this.#writer = new Writer({ db, keys, counter, id, seal });
  }

  /** Nobody was ever enrolled here. */
  get pristine(): boolean {
    return this.#db.prepare('SELECT 1 FROM records LIMIT 1').get() === undefined;
  }

  /** Whether any badge here is a security key: known from the last look, so that a stranger's phone is not asked for one. */
  get hasKeys(): boolean {
    this.#hasKeys ??= this.badges().some(({ proof, revoked }) => proof.kind === 'fido' && !revoked);
    return this.#hasKeys;
  }

  /** Rises with every write of somebody's record. */
  get peopleChanged(): number {
    return this.#peopleChanged;
  }

  /** Of the computer the station was set up on; null: not noted. Throws StoreDamage where it does not open. */
  get machine(): MachineMarks | null {
    return readMachine(this.#db, this.#keys, this.id);
  }

  /** Durable when it returns. */
  noteMachine(marks: MachineMarks): void {
    writeMachine(this.#db, this.#keys, this.id, marks);
  }

  /** The station's own key for statements to applications (Ed25519, private). */
  get statementKey(): KeyObject {
    return this.#keys.statement;
  }

  /** The station's own key for the names of people's work. */
  get contextKey(): KeyObject {
    return this.#keys.context;
  }

  /** The pepper for new PINs; `pepper(id)` the one a record was made with. */
  get currentPepper(): GroupKey {
    return last(this.#group.pepper);
  }

  pepper(id: string): GroupKey | null {
    return this.#group.pepper.find((k) => k.id === id) ?? null;
  }

  /** The last is current; empty: the station has none of these. */
  keysFor(purpose: Purpose): readonly GroupKey[] {
    return this.#group[purpose];
  }

  /** What a badge record must hold to be found again by this UID. */
  indexOf(uid: Uint8Array): Pick<BadgeRecord, 'index' | 'indexKey'> {
    const { id, key } = last(this.#group.badgeIndex);
    return { index: blindIndex(key, uid).toString('hex'), indexKey: id };
  }

  /** Throws StoreDamage where a record was changed behind the store's back. */
  findByBadge(uid: Uint8Array): Holder | null {
    for (const { key } of this.#group.badgeIndex) {
      const row = this.#byIndex.get(blindIndex(key, uid));
      if (row === undefined) continue;
      const badge = openRecord(this.#keys, row);
      if (badge.kind !== 'badge') throw new StoreDamage(row.id);
      const subscriber = this.subscriber(badge.subscriber);
      if (subscriber === null) throw new StoreDamage(row.id);
      return { badge: badge.id, grade: gradeOf(badge.proof), subscriber: publicPart(subscriber), revoked: badge.revoked || subscriber.revoked };
    }
    return null;
  }

  /** As her record must hold it to be found by it. */
  numbered(digits: string): StaffNumber {
    const { id, key } = last(this.#group.badgeIndex);
    return { digits, index: numberIndex(key, digitsOf(digits)).toString('hex'), indexKey: id };
  }

  /** Whose staff number this is; `digits`: values 0–9. Throws as above. */
  findByNumber(digits: Uint8Array): SubscriberRecord | null {
    for (const { key } of this.#group.badgeIndex) {
      const row = this.#byIndex.get(numberIndex(key, digits));
      if (row === undefined) continue;
      const subscriber = openRecord(this.#keys, row);
      if (subscriber.kind !== 'subscriber') throw new StoreDamage(row.id);
      return subscriber;
    }
    return null;
  }

  subscriber(id: SubscriberId): SubscriberRecord | null {
    return this.#read('subscriber', id);
  }

  badge(id: BadgeId): BadgeRecord | null {
    return this.#read('badge', id);
  }

  pin(id: SubscriberId): PinRecord | null {
    return this.#read('pin', id);
  }

  code(id: string): CodeRecord | null {
    return this.#read('code', id);
  }

  /** null: this station is in no group. */
  get membership(): GroupRecord | null {
    return this.#read('group', groupId);
  }

  tries(id: string): TriesRecord {
    return this.#read('tries', id) ?? { kind: 'tries', id, failures: 0 };
  }

  /** Of everybody, or of every badge, without opening a record. */
  ids(kind: 'subscriber' | 'badge'): readonly string[] {
    return this.#db
      .prepare<[string], string>('SELECT id FROM records WHERE id GLOB ? ORDER BY rowid')
      .pluck()
      .all(rowId(kind, '*'))
      .map((row) => row.slice(kind.length + 1));
  }

  subscribers(): readonly SubscriberRecord[] {
    return this.#all('subscriber');
  }

  badges(): readonly BadgeRecord[] {
    return this.#all('badge');
  }

  /**
   * All of `records` or none, durable when it returns; throws if they could not be made so.
   * `counted`: restoring a copy from before this write is found out. Only a write whose undoing helps nobody may be `uncounted`.
   */
  write(
    records: readonly StoreRecord[],
    guard: 'counted' | 'uncounted',
    /** Security keys that unlock none of the written records any more. */ unwrap: readonly BadgeId[] = [],
  ): void {
    this.#commit({ records, guard, change: without(unwrap) });
  }

  /** As it is, without a new revision: people who were carried bring their own. `unwrap`: as above. */
  prepare(record: StoreRecord, unwrap: readonly BadgeId[] = []): Prepared {
    return this.#writer.prepare(record, without(unwrap));
  }

  /** Whether nothing was written to this row since. */
  isCurrent(prepared: Prepared): boolean {
    return this.#writer.isCurrent(prepared);
  }

  /** All of them and `records`, counted, or none; the caller has seen that each is current. */
  writePrepared(ahead: readonly Prepared[], records: readonly StoreRecord[]): void {
    this.#commit({ records, guard: 'counted', ahead });
  }

  /** Keys that are current from now on, and what goes with them, in one counted write; `raw` stays with the caller. */
  addKeys(added: readonly RawKey[], records: readonly StoreRecord[] = []): void {
    this.#commit({ records, guard: 'counted', keys: added.map((one) => wrapKey(this.#keys, one)) });
    const opened = openGroupKeys(this.#keys, this.#db.prepare<[], GroupKeyRow>('SELECT id, purpose, wrapped FROM group_keys ORDER BY rowid').all());
    if (opened === null) throw new Error('Keys that were just written do not open.');
    this.#group = opened;
  }

  /** Her record is unlocked by this security key too, by what it makes of the salt in `badge`; both durable when this returns. `output` stays with the caller. */
  addShare(badge: BadgeRecord, output: Uint8Array): void {
    const subscriber = this.subscriber(badge.subscriber);
    if (subscriber === null) throw new StoreDamage(rowId('badge', badge.id));
    const share = shareKey(output, badge.id);
    const own = rowId('subscriber', subscriber.id);
    this.#commit({ records: [subscriber, badge], guard: 'counted', change: (row) => (row.id === own ? addWrap(this.#keys, row, badge.id, share) : row) });
  }

  /** Her record by her security key alone; null: it does not unlock it. `output` stays with the caller. */
  openByKey(subscriber: SubscriberId, badge: BadgeId, output: Uint8Array): SubscriberRecord | null {
    const row = this.#writer.row('subscriber', subscriber);
    const record = row === null ? null : openRecordByKey(row, badge, shareKey(output, badge));
    return record?.kind === 'subscriber' ? record : null;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #commit(written: Written): void {
    this.#writer.commit(written);
    const kinds = new Set([...(written.ahead ?? []).map(({ record }) => record), ...written.records].map(({ kind }) => kind));
    if (kinds.has('badge')) this.#hasKeys = null;
    if (kinds.has('subscriber')) this.#peopleChanged++;
  }

  #all<K extends 'subscriber' | 'badge'>(kind: K): readonly Extract<StoreRecord, { kind: K }>[] {
    const rows = this.#db.prepare<[string], Row>('SELECT id, version, badge, wraps, sealed FROM records WHERE id GLOB ? ORDER BY rowid').all(rowId(kind, '*'));
    const isOne = (record: StoreRecord): record is Extract<StoreRecord, { kind: K }> => record.kind === kind;
    return rows.map((row) => openRecord(this.#keys, row)).filter(isOne);
  }

  #read<K extends StoreRecord['kind']>(kind: K, id: string): Extract<StoreRecord, { kind: K }> | null {
    const row = this.#writer.row(kind, id);
    if (row === null) return null;
    const record = openRecord(this.#keys, row);
    if (record.kind !== kind) throw new StoreDamage(row.id);
    return record as Extract<StoreRecord, { kind: K }>;
  }
}

const without =
  (unwrap: readonly BadgeId[]): Change =>
  (row) =>
    dropWraps(row, unwrap);

function last(keys: readonly GroupKey[]): GroupKey {
  const key = keys.at(-1);
  if (key === undefined) throw new Error('The store has no group key.');
  return key;
}
