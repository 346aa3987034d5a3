/** Milliseconds from a badge's UID to its holder, decrypted, in a store of 50,000 enrolments, against a bare indexed SELECT in the same database. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createKeys, type StationKeys } from '../../agent/store/keys.ts';
import { createStore, openStore, storePath } from '../../agent/store/opening.ts';
import { defaultCost } from '../../agent/store/pin-hash.ts';
import { noDetails, type StoreRecord } from '../../agent/store/records.ts';
import type { Store } from '../../agent/store/store.ts';
import { fileCounter } from '../../native/keys/file-counter.ts';
import { fileKeyHolder } from '../../native/keys/file-key.ts';
import { type Measurement, percentile, row } from './row.ts';

const people = 50_000;
const batch = 500;
const lookups = 20_000;

const uidOf = (n: number): Buffer => {
  const uid = Buffer.alloc(7, 4);
  uid.writeUInt32BE(n, 3);
  return uid;
};

/** A person, her badge and her PIN, with the sizes they have in a station; the hash is noise, which is what it looks like. */
function enrolment(store: Store, n: number): readonly StoreRecord[] {
  const id = `person${n}`;
  const badge = `badge${n}`;
  return [
    { kind: 'subscriber', id, given: 'Wilhelmina', initial: 'B', language: null, revoked: false, badges: [badge], ...noDetails },
    { kind: 'badge', id: badge, subscriber: id, proof: { kind: 'uid' }, revoked: false, lastUsed: null, spare: null, ...store.indexOf(uidOf(n)) },
    {
      kind: 'pin',
      id,
      length: 6,
      pepper: store.currentPepper.id,
      cost: defaultCost,
      salt: randomBytes(16).toString('base64'),
      hash: randomBytes(32).toString('base64'),
      failures: 0,
    },
  ];
}

const millis = (once: () => void): number => {
  const began = process.hrtime.bigint();
  once();
  return Number(process.hrtime.bigint() - began) / 1e6;
};

function fill(dir: string, keys: StationKeys, progress: (line: string) => void): void {
  const outcome = createStore({ dir, keys, counter: fileCounter(dir) });
  if (outcome.kind !== 'open') throw new Error('The store was not made.');
  const { store } = outcome;
  const took = millis(() => {
    for (let n = 0; n < people; n += batch) store.write(Array.from({ length: batch }, (_, i) => enrolment(store, n + i)).flat(), 'counted');
  });
  store[Symbol.dispose]();
  progress(`${people} people written in ${(took / 1_000).toFixed(1)} s`);
}

export const measurement: Measurement = {
  ids: ['vault'],
  run: (progress) => {
    const cache = join(import.meta.dirname, '..', '..', '.cache');
    mkdirSync(cache, { recursive: true });
    const dir = mkdtempSync(join(cache, 'bench-vault-'));
    try {
      const outcome = createKeys(fileKeyHolder(dir));
      if (outcome.kind !== 'keys') throw new Error('There is no machine key.');
      fill(dir, outcome.keys, progress);
      let opened = openStore({ dir, keys: outcome.keys, counter: fileCounter(dir) });
      if (opened.kind === 'open') opened.store[Symbol.dispose]();
      progress(`opened, with every record checked, in ${millis(() => (opened = openStore({ dir, keys: outcome.keys, counter: fileCounter(dir) }))).toFixed(0)} ms`);
      if (opened.kind !== 'open') throw new Error('The store did not open.');
      const { store } = opened;
      const order = Array.from({ length: lookups }, (_, i) => (i * 7_919) % people);
      const found = order.map((n) => {
        const uid = uidOf(n);
        let who: string | undefined;
        const took = millis(() => (who = store.findByBadge(uid)?.subscriber.id));
        if (who !== `person${n}`) throw new Error('Somebody else was found.');
        return took;
      });
      store[Symbol.dispose]();
      return Promise.resolve([row('vault', 'ms', found, { 'bare SELECT': percentile(found, 50) / bareSelect(dir, order) })]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

/** Median of reading one row of the same table by its key. */
function bareSelect(dir: string, order: readonly number[]): number {
  const db = new Database(storePath(dir), { readonly: true });
  const select = db.prepare('SELECT sealed FROM records WHERE id = ?');
  const took = order.map((n) => millis(() => select.get(`badge/badge${n}`)));
  db.close();
  return percentile(took, 50);
}
