/** 400 copies of a station's store and ledger are torn or have bits flipped: each opens to what was acknowledged, or is refused with a reason and left as it was. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writtenBytes } from '../../agent/ledger/line.ts';
import { type Recorded, readEntries } from '../../agent/ledger/reading.ts';
import { verifyLedger } from '../../agent/ledger/verification.ts';
import { openDurable } from '../../agent/store/durable.ts';
import { pinOf } from './pin-of.ts';
import { type Cleanup, digits, enrolled, fingerprints, folder, ledgerDir, type Place, placeIn, uidOf } from './place.ts';
import { type Random, random, seed } from './random.ts';

const copies = 200;
const uid = (n: number): string => `04a1b2c3d4e5${String(n).padStart(2, '0')}`;

type Original = { readonly dir: string; readonly startKey: Buffer; readonly people: unknown; readonly entries: readonly Recorded[] };

/** A station stopped as if its power had gone: nothing closed, the last writes still in SQLite's log. */
async function original(t: Cleanup): Promise<Original> {
  const [running, dir] = [folder(t), folder(t)];
  const place = placeIn(running);
  const { durable, enrolment, verifier, ledger, close } = place.open();
  for (let n = 0; n < 12; n++) {
    const { subscriber } = await enrolled(enrolment, 'Sam', uid(n), '482915');
    await verifier.verify(subscriber.id, pinOf(digits(n % 3 === 0 ? '482915' : '917364')), 'uid');
    for (let i = 0; i < 6; i++) ledger.append({ kind: 'reader', reader: `Reader ${i}`, change: 'found' });
  }
  const people = enrolment.people();
  cpSync(running, dir, { recursive: true });
  close();
  return { dir, startKey: durable.startKey ?? assert.fail(), people, entries: readEntries(ledgerDir(place.dir)) };
}

const faults: Readonly<Record<string, (bytes: Buffer, chance: Random) => Buffer>> = {
  'a bit flipped': (bytes, { below }) => {
    const at = below(bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at);
    return bytes;
  },
  'cut off': (bytes, { below }) => bytes.subarray(0, below(bytes.length)),
  'a sector lost': (bytes, { below }) => {
    const at = below(bytes.length);
    return bytes.fill(0, at, Math.min(bytes.length, at + 512));
  },
  'a sector of something else': (bytes, { below }) => {
    const [at, from] = [below(bytes.length), below(bytes.length)];
    bytes.copy(bytes, at, from, from + 512);
    return bytes;
  },
  'the end lost': (bytes, { below }) => bytes.fill(0, bytes.length - below(Math.min(bytes.length, 2_000))),
};

async function judge(place: Place, { startKey, people, entries }: Original, what: string): Promise<'opened' | 'refused'> {
  const before = fingerprints(place.dir);
  const { holder, counter, clock, dir } = place;
  const opened = openDurable({ dir, holder, counter, clock, mode: 'evaluation' });
  assert.ok(opened.kind === 'durable', what);
  if (opened.degraded !== null) {
    assert.match(opened.degraded.detail, /^[A-Z].+\.$/, what);
    opened.ledger?.[Symbol.dispose]();
    opened.store?.[Symbol.dispose]();
    const part = opened.store === null ? 'store' : 'ledger';
    const left = (of: Readonly<Record<string, string>>): unknown => Object.entries(of).filter(([file]) => file.startsWith(part));
    assert.deepEqual(left(fingerprints(dir)), left(before), `${what}: what is refused is left as it was`);
    return 'refused';
  }
  opened.ledger?.[Symbol.dispose]();
  opened.store?.[Symbol.dispose]();
  const again = place.open();
  assert.deepEqual(again.enrolment.people(), people, what);
  for (let n = 0; n < 12; n++) assert.ok(again.store.findByBadge(uidOf(uid(n))), what);
  const id = again.store.findByBadge(uidOf(uid(0)))?.subscriber.id ?? '';
  assert.equal((await again.verifier.verify(id, pinOf(digits('917364')), 'uid')).kind, 'refused', what);
  again.close();
  assert.deepEqual(readEntries(ledgerDir(dir)), entries, what);
  assert.equal(verifyLedger({ dir: ledgerDir(dir), startKey }).kind, 'sound', what);
  return 'opened';
}

for (const [part, files] of [
  ['store', ['store.db', 'store.db', 'store.db-wal', 'store.db-wal', 'store.db-wal']],
  ['ledger', ['ledger/ledger-000001.jsonl', 'ledger/ledger-000001.jsonl', 'ledger/ledger-000001.jsonl', 'ledger/evolving.key', 'ledger/signing.key']],
] as const) {
  test(`${copies} damaged copies of the ${part}`, async (t) => {
    const chance = random(seed);
    const source = await original(t);
    const tally = { opened: 0, refused: 0 };
    const dir = join(folder(t), 'copy');
    for (let n = 0; n < copies; n++) {
      cpSync(source.dir, dir, { recursive: true });
      const place = placeIn(dir);
      const file = chance.pick(files);
      const path = join(place.dir, file);
      const fault = chance.pick(Object.keys(faults));
      const whole = readFileSync(path);
      // What stands behind the written part is padding and tells nothing.
      const written = Buffer.from(whole.subarray(0, file.endsWith('.jsonl') ? writtenBytes(whole) : whole.length));
      const bad = faults[fault]?.(Buffer.from(written), chance) ?? assert.fail();
      const cut = bad.length < written.length;
      writeFileSync(path, cut ? bad : Buffer.concat([bad, whole.subarray(written.length)]));
      if (cut) truncateSync(path, bad.length);
      assert.equal(statSync(path).size, cut ? bad.length : whole.length);
      tally[await judge(place, source, `copy ${n} (seed ${seed}): ${file}, ${fault}`)]++;
      rmSync(dir, { recursive: true });
    }
    t.diagnostic(`${tally.opened} opened whole, ${tally.refused} were refused`);
    assert.ok(tally.refused > 0);
  });
}

test('the undamaged copy opens: it is the damage that is refused', async (t) => {
  const source = await original(t);
  assert.equal(await judge(placeIn(source.dir), source, 'whole'), 'opened');
});
