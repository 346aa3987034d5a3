/** Milliseconds from a bundle of 5,000 people to all of them durable in another station's store, against SQLite alone writing as many bytes; and the longest the agent did nothing else meanwhile. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import { createStationGroup } from '../../agent/group/group.ts';
import { newCode } from '../../agent/group/invitation.ts';
import { prepare } from '../../agent/store/schema.ts';
import { writePeople } from '../people/carried-people.ts';
import { placeIn } from '../store/place.ts';
import { type Measurement, percentile, row } from './row.ts';

const people = 5_000;
const rounds = 3;
const quiet = { progress: () => undefined, applied: () => undefined };

export const measurement: Measurement = {
  ids: ['import', 'importPause'],
  run: async (progress) => {
    const dir = mkdtempSync(join(tmpdir(), 'tapward-bench-import-'));
    try {
      const took: number[] = [];
      const pauses: number[] = [];
      const bare: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const at = join(dir, String(round));
        const [a, b] = [placeIn(join(at, 'a')).open(), placeIn(join(at, 'b')).open()];
        const [from, to] = [createStationGroup(a), createStationGroup(b)];
        from.create('bench');
        const code = newCode();
        const invited = from.invite('import', 1, code, 'bench');
        if (invited.kind !== 'invited' || to.join(invited.invitation, code, 'bench').kind !== 'group') throw new Error('The second station did not join.');
        writePeople(a.store, people);
        const exported = await from.exportPeople('bench', () => undefined);
        if (exported.kind !== 'exported') throw new Error(exported.because);
        const pause = monitorEventLoopDelay({ resolution: 1 });
        pause.enable();
        const began = performance.now();
        const imported = await to.importPeople(exported.file, 'bench', quiet);
        took.push(performance.now() - began);
        // The last pause counts once the loop has gone on.
        await new Promise((resolve) => setTimeout(resolve, 5));
        pauses.push(pause.max / 1e6);
        if (imported.kind !== 'imported' || imported.added !== people) throw new Error('Not everybody was imported.');
        bare.push(writeBare(join(at, 'bare.db'), exported.file.length));
        a.close();
        b.close();
        progress(`${people} people, ${exported.file.length} bytes: ${Math.round(took.at(-1) ?? 0)} ms`);
      }
      return [row('import', 'ms', took, { 'SQLite alone': percentile(took, 50) / percentile(bare, 50) }), row('importPause', 'ms', pauses)];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

/** Three rows a person in one transaction, under the store's own settings. */
function writeBare(path: string, bytes: number): number {
  const db = new Database(path);
  prepare(db);
  db.exec('CREATE TABLE records (id TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT');
  const put = db.prepare('INSERT INTO records (id, value) VALUES (?, ?)');
  const value = randomBytes(Math.ceil(bytes / (3 * people)));
  const began = performance.now();
  db.transaction(() => {
    for (let n = 0; n < 3 * people; n++) put.run(`record/${n}`, value);
  })();
  const took = performance.now() - began;
  db.close();
  return took;
}
