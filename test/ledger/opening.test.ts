/** A ledger is left by a crash, a power cut or somebody else in every state it may be found in; what opens has all that was acknowledged, and says what it cut. */
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLedger, openLedger } from '../../agent/ledger/opening.ts';
import { evolve } from '../../agent/ledger/proofs.ts';
import { chunkBytes, reserveBytes, segmentPath } from '../../agent/ledger/segments.ts';
import { verifyLedger } from '../../agent/ledger/verification.ts';
import { copyOf, fingerprints, folder } from '../store/place.ts';
import { clock, edit, fill, filled, newLedger, outcome, permit, reader, rewrite, wrap } from './place.ts';

const soundness = (v: ReturnType<typeof verifyLedger>): unknown => (v.kind === 'sound' ? { entries: v.entries, signatures: v.signatures, macs: v.macs } : v);

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
