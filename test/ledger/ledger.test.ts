/** Entries go in; the chain, the MACs, the signatures and the checkpoint find every way in which somebody may have changed them afterwards. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLedger } from '../../agent/ledger/opening.ts';
import { evolve } from '../../agent/ledger/proofs.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { segmentPath } from '../../agent/ledger/segments.ts';
import { verifyLedger } from '../../agent/ledger/verification.ts';
import { copyOf, folder } from '../store/place.ts';
import { clock, edit, fill, filled, newLedger, permit, reader, rewrite, wrap } from './place.ts';

const soundness = (v: ReturnType<typeof verifyLedger>): unknown => (v.kind === 'sound' ? { entries: v.entries, signatures: v.signatures, macs: v.macs } : v);

test('entries come back as they went in, with their number and both times', (t) => {
  const place = newLedger(t);
  const { ledger } = place.openOk();
  assert.equal(ledger.append(reader(0)), 0);
  assert.equal(ledger.append(permit('g1')), 1);
  assert.deepEqual(readEntries(place.dir), [
    { seq: 0, wall: 1_800_000_000_000, at: 5_000, entry: reader(0) },
    { seq: 1, wall: 1_800_000_000_000, at: 5_000, entry: permit('g1') },
  ]);
  assert.deepEqual(
    readEntries(place.dir, { last: 1 }).map((e) => e.seq),
    [1],
  );
  assert.deepEqual(readEntries(place.dir, { last: 0 }), []);
});

test('each line is a JSON object by itself', (t) => {
  const place = filled(t, 3);
  const lines = readFileSync(segmentPath(place.dir, 1), 'utf8').trim().split('\n');
  assert.deepEqual(
    lines.map((line) => Object.keys(JSON.parse(line) as object)),
    [['ledger', 'format', 'segment', 'first', 'prev', 'publicKey'], ...[0, 1, 2].map(() => ['seq', 'wall', 'at', 'prev', 'entry', 'mac'])],
  );
});

test('a whole ledger is sound, with the start key and without, across files and restarts', (t) => {
  const place = filled(t, 100);
  fill(place.openOk(8_000).ledger, 100);
  assert.ok(readdirSync(place.dir).filter((f) => f.endsWith('.jsonl')).length > 2);
  assert.deepEqual(soundness(verifyLedger({ dir: place.dir })), { entries: 200, signatures: 3, macs: false });
  assert.deepEqual(soundness(verifyLedger({ dir: place.dir, startKey: place.startKey })), { entries: 200, signatures: 3, macs: true });
  assert.deepEqual(
    readEntries(place.dir).map((e) => e.seq),
    Array.from({ length: 200 }, (_, i) => i),
  );
  assert.deepEqual(
    readEntries(place.dir, { last: 150 }).map((e) => e.seq),
    Array.from({ length: 150 }, (_, i) => 50 + i),
  );
});

test('the first bad entry is named', (t) => {
  for (const seq of [0, 1, 63, 64, 98]) {
    const place = filled(t, 100);
    edit(place.dir, (text) => text.replace(new RegExp(`("seq":${seq},.*?)"Reader`), '$1"Peader'));
    assert.deepEqual(verifyLedger({ dir: place.dir, startKey: place.startKey }), {
      kind: 'bad',
      seq,
      file: 'ledger-000001.jsonl',
      why: seq === 0 ? 'its MAC does not fit the start key' : 'its MAC does not fit',
    });
    const without = verifyLedger({ dir: place.dir });
    assert.ok(without.kind === 'bad' && without.seq !== null && without.seq <= seq + 1, 'without the start key the chain breaks at the next entry at the latest');
  }
});

test('the last entry, changed, is found by MAC and by the station itself', (t) => {
  const place = filled(t, 10);
  edit(place.dir, (text) => text.replace(/("seq":9,.*?)"lost"/, '$1"most"'));
  assert.equal(verifyLedger({ dir: place.dir, startKey: place.startKey }).kind, 'bad');
  assert.equal(place.open().kind, 'degraded');
});

test('history rewritten with every hash in order is found by the start key alone', (t) => {
  const place = filled(t, 20);
  rewrite(
    place,
    (body) => {
      if (body['seq'] === 3) body['entry'] = reader(99);
    },
    () => Buffer.alloc(32, 9),
  );
  assert.equal(verifyLedger({ dir: place.dir }).kind, 'sound');
  assert.deepEqual(verifyLedger({ dir: place.dir, startKey: place.startKey }), { kind: 'bad', seq: 0, file: 'ledger-000001.jsonl', why: 'its MAC does not fit the start key' });
  const opened = place.open();
  assert.equal(opened.kind === 'degraded' && opened.cause, 'ledgerDamaged', 'and by the station, which knows how its ledger ended');
});

test('the key on the station is of no use for entries that were written before it', (t) => {
  const place = newLedger(t);
  const { ledger } = place.openOk();
  const keys: string[] = [];
  const keyFile = join(place.dir, 'evolving.key');
  for (let n = 0; n < 5; n++) {
    ledger.append(reader(n));
    keys.push(readFileSync(keyFile).toString('hex'));
    assert.equal(statSync(keyFile).size, 100, 'one key, overwritten in place');
  }
  assert.equal(new Set(keys).size, 5);
  assert.equal(verifyLedger({ dir: place.dir, startKey: evolve(place.startKey) }).kind, 'bad');
});

test('signatures stand where they belong, and are of this ledger', (t) => {
  const place = filled(t, 64);
  const missing = copyOf(t, place.dir);
  edit(missing, (text) => text.replace(/,"signature":"[^"]*"/, ''));
  const found = verifyLedger({ dir: missing });
  assert.ok(found.kind === 'bad' && found.seq === 63 && /signature is missing/.test(found.why));
  const wrong = copyOf(t, place.dir);
  edit(wrong, (text) => text.replace(/,"signature":"(.)/, (_, c) => `,"signature":"${c === 'A' ? 'B' : 'A'}`));
  const bad = verifyLedger({ dir: wrong });
  assert.ok(bad.kind === 'bad' && bad.seq === 63 && /signature does not fit/.test(bad.why));
  const { publicKey } = newLedger(t).openOk().ledger;
  const other = verifyLedger({ dir: place.dir, publicKey });
  assert.ok(other.kind === 'bad' && /another public key/.test(other.why));
});

test('a ledger cut short is found against a checkpoint that left the station, and only against it', (t) => {
  const place = newLedger(t);
  const { ledger } = place.openOk(2_000);
  fill(ledger, 30);
  const checkpoint = ledger.checkpoint();
  fill(ledger, 5);
  ledger[Symbol.dispose]();
  assert.deepEqual(soundness(verifyLedger({ dir: place.dir, checkpoint })), { entries: 35, signatures: 0, macs: false });

  const files = readdirSync(place.dir)
    .filter((f) => f.endsWith('.jsonl'))
    .sort();
  for (const file of files.slice(-2)) rmSync(join(place.dir, file));
  const left = readEntries(place.dir).length;
  assert.ok(left < 30);
  assert.deepEqual(soundness(verifyLedger({ dir: place.dir, startKey: place.startKey })), { entries: left, signatures: 0, macs: true }, 'what is left is a ledger in itself');
  const found = verifyLedger({ dir: place.dir, checkpoint });
  assert.ok(found.kind === 'bad' && found.seq === left && /cut short: the checkpoint counts 30/.test(found.why));
  assert.equal(place.open().kind, 'degraded', 'the station itself knows from its key how long it was');
});

test('a checkpoint of another ledger, or changed, is not one', (t) => {
  const place = filled(t, 10);
  const checkpoint = place.openOk().ledger.checkpoint();
  for (const wrong of [{ ...checkpoint, count: 9 }, { ...checkpoint, wall: 0 }, { ...checkpoint, ledger: 'x' }, newLedger(t).openOk().ledger.checkpoint()]) {
    const found = verifyLedger({ dir: place.dir, checkpoint: wrong });
    assert.ok(found.kind === 'bad' && found.seq === null && /not one of this ledger/.test(found.why));
  }
});

test('a checkpoint finds a ledger that goes on differently', (t) => {
  const place = filled(t, 10);
  const copy = copyOf(t, place.dir);
  const { ledger } = place.openOk();
  fill(ledger, 5);
  const checkpoint = ledger.checkpoint();
  const other = openLedger({ dir: copy, wrap, clock });
  assert.ok(other.kind === 'open');
  t.after(() => other.ledger[Symbol.dispose]());
  for (let n = 0; n < 10; n++) other.ledger.append(reader(n + 50));
  assert.deepEqual(verifyLedger({ dir: copy, checkpoint }), { kind: 'bad', seq: 14, file: 'ledger-000001.jsonl', why: 'it is not the entry the checkpoint names' });
});

test('a missing file is named; a folder without a ledger too', (t) => {
  const place = filled(t, 60, 4_000);
  rmSync(segmentPath(place.dir, 2));
  assert.deepEqual(verifyLedger({ dir: place.dir }), { kind: 'bad', seq: null, file: 'ledger-000002.jsonl', why: 'a file of the ledger is missing' });
  assert.equal(place.open().kind, 'degraded');
  assert.equal(verifyLedger({ dir: folder(t) }).kind, 'bad');
  assert.equal(verifyLedger({ dir: join(place.dir, 'nowhere') }).kind, 'bad');
});

test('a file of the same ledger as it might have gone on is found', (t) => {
  const place = filled(t, 10, 2_000);
  const copy = copyOf(t, place.dir);
  fill(place.openOk(2_000).ledger, 40);
  const other = openLedger({ dir: copy, wrap, clock, fullAt: 2_000 });
  assert.ok(other.kind === 'open');
  t.after(() => other.ledger[Symbol.dispose]());
  for (let n = 0; n < 40; n++) other.ledger.append(reader(n + 50));
  cpSync(segmentPath(copy, 3), segmentPath(place.dir, 3));
  const found = verifyLedger({ dir: place.dir });
  assert.ok(found.kind === 'bad' && found.file === 'ledger-000003.jsonl' && /does not follow/.test(found.why));
});

test('files exchanged between two ledgers are found', (t) => {
  const [one, two] = [filled(t, 60, 4_000), filled(t, 60, 4_000)];
  cpSync(segmentPath(two.dir, 2), segmentPath(one.dir, 2));
  const found = verifyLedger({ dir: one.dir });
  assert.ok(found.kind === 'bad' && found.file === 'ledger-000002.jsonl');
});
