/** Entries go in; the chain, the MACs, the signatures and the checkpoint find every way in which somebody may have changed them afterwards. */
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lineHash, lineMac } from '../../agent/ledger/line.ts';
import { createLedger, openLedger } from '../../agent/ledger/opening.ts';
import { evolve, macKeyOf } from '../../agent/ledger/proofs.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { chunkBytes, reserveBytes, segmentPath } from '../../agent/ledger/segments.ts';
import { verifyLedger } from '../../agent/ledger/verification.ts';
import { copyOf, fingerprints, folder } from '../store/place.ts';
import { clock, edit, fill, filled, type LedgerPlace, newLedger, outcome, permit, reader, wrap } from './place.ts';

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

/** What somebody does who has everything the station has, but not the keys it had: rewrites entries and all hashes after them. */
function rewrite(place: LedgerPlace, change: (body: Record<string, unknown>) => void, keyOf: (seq: number) => Buffer): void {
  const lines = readFileSync(segmentPath(place.dir, 1), 'utf8').trim().split('\n');
  let prev = lineHash(Buffer.from(lines[0] ?? ''));
  const out = [lines[0] ?? ''];
  for (const line of lines.slice(1)) {
    const { mac: _, ...body } = JSON.parse(line) as Record<string, unknown>;
    change(body);
    body['prev'] = prev;
    const open = JSON.stringify(body).slice(0, -1);
    const whole = `${open},"mac":"${lineMac(macKeyOf(keyOf(Number(body['seq']))), Buffer.from(open))}"}`;
    out.push(whole);
    prev = lineHash(Buffer.from(whole));
  }
  writeFileSync(segmentPath(place.dir, 1), `${out.join('\n')}\n`);
}

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

test('an entry that was being written when the power went is cut off, and said', (t) => {
  const place = filled(t, 10);
  const used = readFileSync(segmentPath(place.dir, 1), 'latin1').trimEnd().length + 1;
  // Longer than the entry that will stand in its place.
  const torn = `{"seq":10,"wall":1800000000000,"at":5000,"entry":{"kind":"stopped","why":"${'x'.repeat(600)}`;
  edit(place.dir, (text) => text.slice(0, used) + torn + text.slice(used + torn.length));
  const bad = verifyLedger({ dir: place.dir });
  assert.ok(bad.kind === 'bad' && bad.seq === 10 && /incomplete/.test(bad.why), 'a reviewer is not told that all is well');
  const opened = place.openOk();
  assert.equal(opened.cut, torn.length);
  assert.equal(opened.ledger.append(reader(10)), 10);
  opened.ledger[Symbol.dispose]();
  assert.deepEqual(soundness(verifyLedger({ dir: place.dir, startKey: place.startKey })), { entries: 11, signatures: 0, macs: true });
  assert.equal(place.openOk().cut, 0);
});

test('entries behind the last sync of the key file are proved and kept', (t) => {
  const place = filled(t, 5);
  const keyFile = readFileSync(join(place.dir, 'evolving.key'));
  const { ledger } = place.openOk();
  fill(ledger, 20);
  ledger[Symbol.dispose]();
  writeFileSync(join(place.dir, 'evolving.key'), keyFile);
  const opened = place.openOk();
  assert.equal(opened.ledger.count, 25);
  assert.equal(opened.cut, 0);
  opened.ledger.append(reader(25));
  assert.deepEqual(soundness(verifyLedger({ dir: place.dir, startKey: place.startKey })), { entries: 26, signatures: 0, macs: true });
});

test('a forged entry behind the last sync is not believed', (t) => {
  const place = filled(t, 5);
  const keyFile = readFileSync(join(place.dir, 'evolving.key'));
  const { ledger } = place.openOk();
  fill(ledger, 5);
  ledger[Symbol.dispose]();
  writeFileSync(join(place.dir, 'evolving.key'), keyFile);
  const copy = copyOf(t, place.dir);
  edit(place.dir, (text) => text.replace(/("seq":6,.*?)"lost"/, '$1"most"'));
  const opened = place.open();
  assert.equal(opened.kind === 'degraded' && opened.cause, 'ledgerDamaged');
  // Now with every hash in order. What follows a forged entry is not believed; a forged last one is an entry that was never acknowledged.
  for (const seq of [6, 9]) {
    cpSync(copy, place.dir, { recursive: true });
    let key = place.startKey;
    rewrite(
      place,
      (body) => {
        if (body['seq'] === seq) body['entry'] = reader(99);
      },
      (n) => {
        const own = n < seq ? key : Buffer.alloc(32, 9);
        key = evolve(key);
        return own;
      },
    );
    const forged = place.open();
    if (forged.kind === 'open') forged.ledger[Symbol.dispose]();
    assert.deepEqual(forged.kind === 'open' ? [forged.ledger.count, forged.cut > 0] : forged.kind, seq === 9 ? [9, true] : 'degraded');
  }
});

test('what a run left unfinished is found: permits without outcome, and the last presentation', (t) => {
  const place = newLedger(t);
  const { ledger } = place.openOk();
  ledger.append({ kind: 'tap', tap: 41, reader: 'R', subscriber: null, reason: 'unknown', stages: {} });
  for (const entry of [permit('g1'), outcome('g1'), permit('g2'), permit('g3'), { kind: 'outcomeUnknown', grant: 'g3', subscriber: 'ab12' } as const]) ledger.append(entry);
  ledger[Symbol.dispose]();
  const opened = place.openOk();
  assert.deepEqual(opened.unfinished, [permit('g2')]);
  assert.equal(opened.lastPresentation, 41);
});

test('another machine key opens no ledger; a ledger is never begun anew over one', (t) => {
  const place = filled(t, 3);
  const before = fingerprints(place.dir);
  const other = openLedger({ dir: place.dir, wrap: createSecretKey(Buffer.alloc(32, 2)), clock });
  assert.ok(other.kind === 'degraded' && other.cause === 'ledgerDamaged' && /another station/.test(other.detail));
  assert.equal(createLedger({ dir: place.dir, wrap }).kind, 'degraded');
  assert.deepEqual(fingerprints(place.dir), before);
  assert.deepEqual(openLedger({ dir: join(folder(t), 'ledger'), wrap, clock }), { kind: 'absent' });
});

test('a set-up that was cut short is done again', (t) => {
  const dir = join(folder(t), 'ledger');
  mkdirSync(`${dir}.new`);
  writeFileSync(join(`${dir}.new`, 'signing.key'), 'half');
  assert.equal(openLedger({ dir, wrap, clock }).kind, 'absent');
  assert.equal(createLedger({ dir, wrap }).kind, 'created');
  const opened = openLedger({ dir, wrap, clock });
  assert.ok(opened.kind === 'open');
  opened.ledger[Symbol.dispose]();
});

test('the reserve lies ready before it is needed, whatever the ledger holds', (t) => {
  const place = newLedger(t);
  const { ledger } = place.openOk();
  for (let n = 0; n < 1_200; n++) {
    ledger.append(reader(n));
    if (n % 100 !== 0) continue;
    const bytes = readFileSync(segmentPath(place.dir, 1), 'latin1');
    const free = bytes.length - bytes.trimEnd().length - 1;
    assert.ok(free >= reserveBytes && free <= reserveBytes + chunkBytes, `${free} bytes are free`);
  }
});

test('a file that grew beyond its padding is refused', (t) => {
  const place = filled(t, 3);
  appendFileSync(segmentPath(place.dir, 1), '{"seq":3}\n{"seq":4}\n');
  assert.equal(place.open().kind, 'degraded');
  truncateSync(segmentPath(place.dir, 1), 50);
  assert.equal(place.open().kind, 'degraded');
});
