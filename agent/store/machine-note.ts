/** The marks of a computer come in and lie in the store's own table, sealed; they go out as they were noted. */
import type Database from 'better-sqlite3';
import type { MachineMarks } from '../../native/machine/marks.ts';
import type { StationKeys } from './keys.ts';
import { StoreDamage } from './records.ts';
import { fields, seal, unseal } from './sealing.ts';

const name = (store: string): Buffer => fields('machine', store);

/** null: not noted. Throws StoreDamage where it does not open. */
export function readMachine(db: Database.Database, keys: StationKeys, store: string): MachineMarks | null {
  const row = db.prepare<[], { value: Buffer }>("SELECT value FROM meta WHERE name = 'machine'").get();
  if (row === undefined) return null;
  const plain = unseal(keys.recordWrap, name(store), row.value);
  if (plain === null) throw new StoreDamage('machine');
  return JSON.parse(plain.toString()) as MachineMarks;
}

/** Durable when it returns; throws where it could not be made so. */
export function writeMachine(db: Database.Database, keys: StationKeys, store: string, { system, board }: MachineMarks): void {
  const sealed = seal(keys.recordWrap, name(store), Buffer.from(JSON.stringify({ system, board })));
  db.prepare("INSERT INTO meta (name, value) VALUES ('machine', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value").run(sealed);
}
