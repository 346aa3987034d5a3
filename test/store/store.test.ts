/** The store is opened whole, under another key, damaged, older, newer, exchanged in part: what opens gives back what went in, and what does not open is left as it was. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { loadKeys } from '../../agent/store/keys.ts';
import { createStore, openStore, storePath } from '../../agent/store/opening.ts';
import { schemaVersion } from '../../agent/store/schema.ts';
import type { DegradedCause } from '../../core/types.ts';
import { fileCounter } from '../../native/keys/file-counter.ts';
import { fileKeyHolder } from '../../native/keys/file-key.ts';
import { type Cleanup, copyOf, digits, enrolled, fingerprints, folder, keysOf, newPlace, type Place, uidOf } from './place.ts';

const sam = '04a1b2c3d4e501';
const ana = '04a1b2c3d4e502';

/** A station with two people, closed again. */
async function twoPeople(t: Cleanup): Promise<Place> {
  const place = newPlace(t);
  const { enrolment, close } = place.open();
  await enrolled(enrolment, 'Sam', sam, '482915');
  await enrolled(enrolment, 'Ana', ana, '730164');
  close();
  return place;
}

const reopen = ({ dir, holder, counter }: Place) => openStore({ dir, keys: keysOf(holder), counter });

function assertDegraded(place: Place, cause: DegradedCause, words: RegExp): void {
  const before = fingerprints(place.dir);
  const outcome = reopen(place);
  assert.equal(outcome.kind, 'degraded');
  if (outcome.kind !== 'degraded') return;
  assert.equal(outcome.cause, cause);
  assert.match(outcome.detail, words);
  assert.deepEqual(fingerprints(place.dir), before, 'a store that does not open is left as it was');
}

/** Changes rows as somebody with the disk and a SQLite of his own would. */
function tamper(place: Place, ...statements: readonly string[]): void {
  const db = new Database(storePath(place.dir));
  for (const sql of statements) assert.ok(db.prepare(sql).run().changes > 0, sql);
  db.close();
}

test('a badge is found by its UID, and only by it', async (t) => {
  const place = await twoPeople(t);
  const { store, close } = place.open();
  const holder = store.findByBadge(uidOf(sam));
  assert.deepEqual(holder && { ...holder, badge: '', subscriber: { ...holder.subscriber, id: '' } }, {
    badge: '',
    grade: 'uid',
    revoked: false,
    subscriber: { id: '', given: 'Sam', initial: 'B', language: null, role: null },
  });
  assert.notEqual(holder?.subscriber.id, store.findByBadge(uidOf(ana))?.subscriber.id);
  assert.equal(store.findByBadge(uidOf('04a1b2c3d4e5')), null);
  assert.equal(store.findByBadge(uidOf('04a1b2c3d4e50100')), null);
  close();
});

test('only the owner may read the files', { skip: process.platform === 'win32' && 'Windows protects the folder instead' }, async (t) => {
  const place = await twoPeople(t);
  const { close } = place.open();
  for (const path of ['store.db', 'store.db-wal', 'ledger/evolving.key', 'ledger/signing.key', 'ledger/ledger-000001.jsonl', '../keys/machine.key', '../keys/counter']) {
    assert.equal(statSync(join(place.dir, path)).mode & 0o077, 0, path);
  }
  close();
});

test('two agents never hold one store', async (t) => {
  const place = await twoPeople(t);
  const { close } = place.open();
  assert.deepEqual(reopen(place), { kind: 'inUse' });
  close();
  assert.equal(reopen(place).kind, 'open');
});

test('another machine key opens nothing', async (t) => {
  const place = await twoPeople(t);
  const other = fileKeyHolder(folder(t));
  other.create();
  assertDegraded({ ...place, holder: other }, 'storeKey', /another machine key/);
});

test('a machine key that is gone is not replaced while there is a store', async (t) => {
  const place = await twoPeople(t);
  rmSync(join(place.dir, '../keys/machine.key'));
  assert.throws(() => place.open(), /storeKey .*missing/);
  assert.equal(loadKeys(place.holder).kind, 'absent');
});

test('a store of a newer agent is left alone', async (t) => {
  const place = await twoPeople(t);
  const db = new Database(storePath(place.dir));
  db.pragma(`user_version = ${schemaVersion + 1}`);
  db.close();
  assertDegraded(place, 'storeNewer', /install the newer agent/);
});

test('a file that is no store is left alone', async (t) => {
  const place = await twoPeople(t);
  for (const content of ['', 'not a database at all, but longer than a header would be'.repeat(40)]) {
    writeFileSync(storePath(place.dir), content);
    assertDegraded(place, 'storeDamaged', /restore it/);
  }
});

test('an older copy of the store is found out by the counter outside it', async (t) => {
  const place = await twoPeople(t);
  const copy = copyOf(t, place.dir);
  const { verifier, store, close } = place.open();
  const { subscriber } = store.findByBadge(uidOf(sam)) ?? assert.fail();
  const pin = digits('111111');
  await verifier.verify(subscriber.id, { count: 6, spend: (use) => use(pin), wipe: () => undefined }, 'uid');
  close();
  assert.equal(reopen(place).kind, 'open');
  rmSync(place.dir, { recursive: true });
  cpSync(copy, place.dir, { recursive: true });
  assertDegraded(place, 'storeOlder', /older copy \(1 writes behind\)/);
});

test('a store taken away altogether is not taken for a new station', async (t) => {
  const place = await twoPeople(t);
  rmSync(place.dir, { recursive: true });
  const outcome = reopen(place);
  assert.equal(outcome.kind === 'degraded' && outcome.cause, 'storeOlder');
});

test('a counter that is gone, or was set back, is found out', async (t) => {
  const place = await twoPeople(t);
  const path = join(place.dir, '../keys/counter');
  rmSync(path);
  assertDegraded(place, 'storeOlder', /counter .* missing/);
  fileCounter(join(place.dir, '../keys')).create();
  assertDegraded(place, 'storeOlder', /set back/);
  writeFileSync(path, 'x'.repeat(42));
  assertDegraded(place, 'storeOlder', /damaged/);
});

test('a crash between store and counter is mended, not mistaken for an older copy', async (t) => {
  const place = await twoPeople(t);
  const { store } = place.open();
  const { subscriber } = store.findByBadge(uidOf(sam)) ?? assert.fail();
  store[Symbol.dispose]();
  const stuck = { ...place.counter, advance: () => assert.fail('the power is gone') };
  const opened = openStore({ dir: place.dir, keys: keysOf(place.holder), counter: stuck });
  assert.ok(opened.kind === 'open');
  const record = opened.store.pin(subscriber.id) ?? assert.fail();
  assert.throws(() => opened.store.write([{ ...record, failures: 3 }], 'counted'), /power/);
  assert.throws(() => opened.store.write([{ ...record, failures: 0 }], 'uncounted'), /power/, 'nothing is written before the counter has followed');
  opened.store[Symbol.dispose]();
  const behind = place.counter.read();
  const again = reopen(place);
  assert.ok(again.kind === 'open' && behind.kind === 'value');
  assert.deepEqual(place.counter.read(), { kind: 'value', value: behind.value + 1 }, 'the counter has followed');
  assert.equal(again.store.pin(subscriber.id)?.failures, 3);
  again.store[Symbol.dispose]();
  const last = reopen(place);
  assert.equal(last.kind, 'open');
  if (last.kind === 'open') last.store[Symbol.dispose]();
});

test('one record put back alone is found out by the seal', async (t) => {
  const place = await twoPeople(t);
  const { store, close } = place.open();
  const { subscriber } = store.findByBadge(uidOf(sam)) ?? assert.fail();
  close();
  const copy = copyOf(t, place.dir);
  const again = place.open();
  const pin = digits('111111');
  await again.verifier.verify(subscriber.id, { count: 6, spend: (use) => use(pin), wipe: () => undefined }, 'uid');
  again.close();
  const db = new Database(storePath(place.dir));
  db.exec(`ATTACH '${storePath(copy)}' AS older; INSERT OR REPLACE INTO main.records SELECT * FROM older.records WHERE id = 'pin/${subscriber.id}'; DETACH older`);
  db.close();
  assertDegraded(place, 'storeDamaged', /behind its back/);
});

for (const [what, statements] of [
  ['a badge is given another index', ['UPDATE records SET badge = zeroblob(32) WHERE id = (SELECT id FROM records WHERE badge IS NOT NULL ORDER BY id LIMIT 1)']],
  ['a record is left out', ["DELETE FROM records WHERE id = (SELECT id FROM records WHERE id LIKE 'badge/%' LIMIT 1)"]],
  ['a data key is exchanged', ["UPDATE records SET wraps = (SELECT wraps FROM records WHERE id LIKE 'badge/%' LIMIT 1) WHERE id LIKE 'pin/%'"]],
  ['a record is given to another', ["UPDATE records SET sealed = (SELECT sealed FROM records WHERE id LIKE 'pin/%' ORDER BY id LIMIT 1) WHERE id LIKE 'pin/%'"]],
  ['a version is changed', ["UPDATE records SET version = version + 1 WHERE id LIKE 'pin/%'"]],
  ['a group key is exchanged', ["UPDATE group_keys SET wrapped = zeroblob(60) WHERE purpose = 'pepper'"]],
  ['the seal is taken away', ["DELETE FROM meta WHERE name = 'seal'"]],
  ['the seal is changed', ["UPDATE meta SET value = zeroblob(100) WHERE name = 'seal'"]],
] as const) {
  test(`${what}: found out`, async (t) => {
    const place = await twoPeople(t);
    tamper(place, ...statements);
    assertDegraded(place, 'storeDamaged', /restore/);
  });
}

test('a badge that leads to nobody opens nobody: it throws', async (t) => {
  const place = await twoPeople(t);
  const { store, close } = place.open();
  const record = store.badge(store.findByBadge(uidOf(sam))?.badge ?? '') ?? assert.fail();
  store.write([{ ...record, id: 'other', index: store.indexOf(uidOf('04ffffffffff01')).index, subscriber: 'nobody' }], 'counted');
  assert.throws(() => store.findByBadge(uidOf('04ffffffffff01')), /does not open/);
  close();
});

test('a set-up that was cut short leaves no store behind, or a whole one', (t) => {
  const dir = folder(t);
  const holder = fileKeyHolder(dir);
  holder.create();
  writeFileSync(join(dir, 'store.db.new'), 'half');
  const place = { dir, keys: keysOf(holder), counter: fileCounter(dir) };
  assert.equal(openStore(place).kind, 'absent');
  const made = createStore(place);
  assert.ok(made.kind === 'open' && made.store.pristine);
  assert.ok(!existsSync(join(dir, 'store.db.new')));
  made.store[Symbol.dispose]();
  assert.equal(createStore(place).kind, 'open');
});
