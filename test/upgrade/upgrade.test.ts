/** Stations that earlier versions truly wrote come in; the same people, badges, PINs and ledger in this version go out, a copy beside them, and the old version works on wherever anything goes wrong. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { byUid } from '../../agent/enrolment.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { verifyLedger } from '../../agent/ledger/verification.ts';
import { backupsIn, storeIn } from '../../agent/store/backups.ts';
import { lostBetween, takeCensus } from '../../agent/store/census.ts';
import { type Migration, migrations } from '../../agent/store/migrations.ts';
import { openStore, storePath } from '../../agent/store/opening.ts';
import { rollBack } from '../../agent/store/roll-back.ts';
import { schemaVersion } from '../../agent/store/schema.ts';
import { need } from '../needs.ts';
import { pinOf } from '../store/pin-of.ts';
import { digits, folder, keysOf, ledgerDir, type Opened, placeIn, uidOf } from '../store/place.ts';
import { pinOfPerson, uidOfPerson } from './person.ts';
import { asOld, codeOf } from './versions.ts';

const people = 6;
const skip = need('history');
const expected = ['accepted', 'revoked', 'accepted', 'accepted', 'accepted', 'accepted'];
const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

async function look({ store, verifier }: Opened): Promise<readonly string[]> {
  const found: string[] = [];
  for (let n = 0; n < people; n++) {
    const holder = store.findByBadge(uidOf(uidOfPerson(n)));
    if (holder === null || holder.revoked) found.push(holder === null ? 'unknown' : 'revoked');
    else found.push((await verifier.verify(holder.subscriber.id, pinOf(digits(pinOfPerson(n))), 'uid')).kind);
  }
  return found;
}

const idOf = ({ store }: Opened, n: number): string => store.findByBadge(uidOf(uidOfPerson(n)))?.subscriber.id ?? assert.fail();

for (const version of [1, 2]) {
  test(`a station of store version ${version}: everybody, her PIN, her wrong tries and the ledger, a copy beside it; and back again`, { skip }, async (t) => {
    const code = codeOf(version, t);
    const dir = folder(t);
    asOld(code, dir, 'fill', String(people));
    const place = placeIn(dir);
    const old = readFileSync(storePath(place.dir));
    const before = takeCensus(old, keysOf(place.holder));
    assert.deepEqual([before.version, before.records.size > people], [version, true]);
    const entriesBefore = readEntries(ledgerDir(place.dir)).length;

    const opened = place.open();
    assert.equal(opened.store.pin(idOf(opened, 2))?.failures, 3, 'her wrong tries of before');
    assert.equal(opened.durable.upgraded?.people, people);
    assert.deepEqual(await look(opened), expected);
    // What an earlier version knew nothing of: nobody has it, and no badge is stale on the day of the upgrade.
    assert.deepEqual(
      new Set(opened.store.badges().map(({ lastUsed, spare, proof }) => `${lastUsed} ${spare === null} ${proof.kind}`)),
      new Set([`${new Date().toISOString().slice(0, 10)} true uid`]),
    );
    assert.ok(opened.store.subscribers().every(({ role, number, account }) => role === null && number === null && account === null));
    const sound = verifyLedger({ dir: ledgerDir(place.dir) });
    assert.ok(sound.kind === 'sound' && sound.entries > entriesBefore, JSON.stringify(sound));
    const told = readEntries(ledgerDir(place.dir))
      .map(({ entry }) => entry)
      .find(({ kind }) => kind === 'upgraded');
    assert.deepEqual(told, { kind: 'upgraded', from: version, to: schemaVersion, backup: `backup-${version}-1`, digest: opened.durable.upgraded?.digest });
    const [backup] = backupsIn(place.dir);
    assert.ok(backup !== undefined && storeIn(backup).equals(old), 'the copy is the old store, byte for byte');
    assert.deepEqual(readdirSync(join(backup.path, 'ledger')).sort(), ['ledger-000001.jsonl', 'signing.key']);
    assert.deepEqual(
      [backup.path, join(backup.path, 'store.db')].map((path) => statSync(path).mode & 0o777),
      [0o700, 0o600],
    );

    // What comes before the way back: somebody new, somebody revoked, a new PIN, a wrong try.
    const enrolled = await opened.enrolment.enrol({ given: 'New', initial: 'N', language: null }, byUid(uidOf('04ffffffffffff')), digits('583021'), 'test');
    assert.equal(enrolled.kind, 'enrolled');
    assert.equal(opened.enrolment.revokePerson(idOf(opened, 3), 'test').kind, 'done');
    assert.equal((await opened.enrolment.resetPin(idOf(opened, 4), digits('739152'), 'test')).kind, 'done');
    for (let n = 0; n < 2; n++) await opened.verifier.verify(idOf(opened, 5), pinOf(digits('111111')), 'uid');
    opened.close();
    assert.match(JSON.stringify(asOld(code, dir, 'look', String(people))), /storeNewer .*has version 3, this agent reads up to \d: install the newer agent again/);

    const back = rollBack({ dir: place.dir, path: storePath(place.dir), keys: keysOf(place.holder), counter: place.counter });
    assert.ok(back.kind === 'rolledBack', JSON.stringify(back));
    assert.deepEqual({ ...back.lost, kept: back.lost.kept > 1 }, { people: 1, badges: 1, pins: 2, changed: 0, kept: true });
    const rolled = takeCensus(readFileSync(storePath(place.dir)), keysOf(place.holder));
    const failuresOf = (n: number): unknown => [...rolled.records.values()].find(({ record }) => record.kind === 'pin' && record['id'] === holderIn(rolled, n))?.record['failures'];
    assert.deepEqual([failuresOf(5), rolled.version], [2, version]);
    assert.deepEqual(asOld(code, dir, 'look', String(people)), {
      found: ['accepted', 'revoked', 'accepted', 'revoked', 'accepted', 'accepted'],
      entries: readEntries(ledgerDir(place.dir)).length,
    });
    // And forward once more, from what the old version left.
    const again = place.open();
    assert.deepEqual((await look(again)).slice(0, 4), ['accepted', 'revoked', 'accepted', 'revoked']);
    again.close();
    assert.equal(backupsIn(place.dir).length, 2);
  });
}

/** Whose badge person n's is in a census: by what it is found by, in the order of enrolment. */
const holderIn = ({ records }: ReturnType<typeof takeCensus>, n: number): unknown => [...records.values()].filter(({ record }) => record.kind === 'badge')[n]?.record['subscriber'];

test('steps that fail, lose or change something leave the store byte for byte, and the old version at work', { skip }, async (t) => {
  const code = codeOf(2, t);
  const dir = folder(t);
  asOld(code, dir, 'fill', String(people));
  const place = placeIn(dir);
  const keys = keysOf(place.holder);
  const before = hashOf(storePath(place.dir));
  const open = (steps: readonly Migration[]): ReturnType<typeof openStore> => openStore({ dir: place.dir, keys, counter: place.counter, steps });
  const step = (run: Migration['run']): readonly Migration[] => [...migrations, { to: schemaVersion + 1, run }];
  const bad: readonly (readonly [RegExp, readonly Migration[]])[] = [
    [
      /\(no luck\) and is as it was: install the version before again/,
      step(() => {
        throw new Error('no luck');
      }),
    ],
    [
      /"given" of a record \(subscriber\) would be lost/,
      step((store) =>
        store.write(
          store.subscribers().map((one) => ({ ...one, given: 'X' })),
          'uncounted',
        ),
      ),
    ],
    [
      /"revoked" of a record/,
      step((store) =>
        store.write(
          store.subscribers().map((one) => ({ ...one, revoked: false })),
          'uncounted',
        ),
      ),
    ],
    [/the count of its writes would be lost/, step((store) => store.write([{ kind: 'tries', id: 'somebody', failures: 0 }], 'counted'))],
    [/some came that were not there would be lost/, step((store) => store.write([{ kind: 'tries', id: 'somebody', failures: 0 }], 'uncounted'))],
  ];
  const counterBefore = readFileSync(join(dir, 'keys', 'counter'));
  for (const [why, steps] of bad) {
    const outcome = open(steps);
    assert.ok(outcome.kind === 'degraded' && outcome.cause === 'upgradeFailed', JSON.stringify(outcome.kind));
    assert.match(outcome.detail, why);
    assert.equal(hashOf(storePath(place.dir)), before);
    assert.deepEqual(backupsIn(place.dir), []);
    assert.deepEqual(readFileSync(join(dir, 'keys', 'counter')), counterBefore, why.source);
  }
  assert.deepEqual((asOld(code, dir, 'look', String(people)) as { found: unknown }).found, expected);
});

test('a full disk: nothing is begun, the old version works on, and with room it goes through', {
  skip: skip || need('linux') || (process.getuid?.() !== 0 && 'needs root to mount a small disk'),
}, (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'tapward-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const code = codeOf(2, t);
  const dir = join(disk, 'here');
  mkdirSync(dir);
  asOld(code, dir, 'fill', String(people));
  const place = placeIn(dir);
  const before = hashOf(storePath(place.dir));
  const keys = keysOf(place.holder);
  const filler = join(disk, 'filler');
  const fd = openSync(filler, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(4096, 1));
  } catch (e) {
    assert.equal((e as { code?: string }).code, 'ENOSPC');
  }
  closeSync(fd);
  const outcome = openStore({ dir: place.dir, keys, counter: place.counter });
  assert.ok(outcome.kind === 'degraded', outcome.kind);
  assert.match(`${outcome.cause} ${outcome.detail}`, /^(upgradeFailed .*the disk is full|storeDamaged .*free the disk)/);
  assert.equal(hashOf(storePath(place.dir)), before);
  assert.deepEqual(
    readdirSync(place.dir).filter((name) => name.startsWith('backup')),
    [],
  );
  rmSync(filler);
  assert.deepEqual((asOld(code, dir, 'look', '1') as { found: unknown }).found, ['accepted']);
  const opened = place.open();
  assert.equal(opened.durable.upgraded?.from, 2);
  opened.close();
});

test('the proof finds a record, a badge’s index, a key of the group and a share that are gone', { skip }, (t) => {
  const dir = folder(t);
  asOld(codeOf(2, t), dir, 'fill', String(people));
  const place = placeIn(dir);
  const before = takeCensus(readFileSync(storePath(place.dir)), keysOf(place.holder));
  const without = (change: (records: Map<string, Partial<NonNullable<ReturnType<typeof before.records.get>>>>) => void): typeof before => {
    const records = new Map<string, Partial<NonNullable<ReturnType<typeof before.records.get>>>>(before.records);
    change(records);
    return { ...before, records: records as typeof before.records };
  };
  const [id = '', one] = [...before.records].find(([key]) => key.startsWith('badge/')) ?? [];
  assert.equal(lostBetween(before, before), null);
  assert.match(
    lostBetween(
      before,
      without((r) => r.delete(id)),
    ) ?? '',
    /a record \(badge\)/,
  );
  assert.match(
    lostBetween(
      before,
      without((r) => r.set(id, { ...one, index: '00' })),
    ) ?? '',
    /found by \(badge\)/,
  );
  assert.match(lostBetween(before, { ...before, groupKeys: before.groupKeys.slice(1) }) ?? '', /key of the station’s group/);
  const shared = without((r) => r.set(id, { ...one, shares: { key: 'x' } }));
  assert.match(lostBetween(shared, before) ?? '', /share in a record/);
  assert.match(lostBetween({ ...before, notes: new Map([...before.notes, ['machine', 'ff']]) }, before) ?? '', /machine/);
});

test('the steps are numbered without a gap and end with this version', () => {
  assert.deepEqual(
    migrations.map(({ to }) => to),
    Array.from({ length: schemaVersion - 1 }, (_, i) => i + 2),
  );
});
