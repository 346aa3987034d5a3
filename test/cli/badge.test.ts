/** Blank cards, used cards and cards pulled away too early lie on the reader of a running station; badges that `tapward` made provable, or one sentence why not, must come out. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { keyOf, type Site } from '../../native/desfire/diversification.ts';
import { proveAes } from '../../native/desfire/proof.ts';
import { commonFrames } from '../cards/air.ts';
import type { DesfireCard } from '../cards/desfire/card.ts';
import { remembered } from '../desfire/memory.ts';
import { newCard, overheard, random } from '../desfire/rig.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { type ReaderStation, skip, startReaderStation } from './reader-station.ts';

type Demo = (typeof demoPeople)[number];
const [sam, ana] = demoPeople as [Demo, Demo];
const asCard = (uid: string): DesfireCard => newCard('EV3', uid);
const card = { sam: asCard('04A1B2C3D4E5A1'), ana: asCard(ana.uid) };

let station: ReaderStation;
let keyFile = '';
const steps = (text: string): readonly string[] => text.split('\n').filter((line) => /^\d of \d: /.test(line));
const last = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
const personalise = (whom: string, ...more: readonly string[]): readonly string[] => ['badge', 'personalise', '--for', whom, '--site-key', keyFile, ...more];
const siteOf = (path: string): Site => ({
  masterKey: Uint8Array.from(Buffer.from(readFileSync(path, 'utf8').trim(), 'hex')),
  aid: Uint8Array.from([0x54, 0x57, 0x01]),
  systemId: Buffer.from('Tapward'),
});
/** What a station kept of the badge at that version: its record, whoever has it. */
const recordOf = (uid: string, keyVersion: number, path = keyFile) => {
  const site = siteOf(path);
  const bytes = Uint8Array.from(Buffer.from(uid, 'hex'));
  return { aid: site.aid, keyNo: 1, keyVersion, uid: bytes, key: keyOf(site, { uid: bytes, aid: site.aid, keyNo: 1, keyVersion }) };
};
const proves = (which: DesfireCard, record: ReturnType<typeof recordOf>) => {
  which.powered();
  return proveAes(overheard(which).transmit, record, random);
};

before(async () => {
  if (skip !== false) return;
  station = await startReaderStation();
  keyFile = join(station.path, 'site.key');
});
after(() => (skip === false ? station[Symbol.asyncDispose]() : undefined));

test('a site key is made once, for its owner alone, and never over another', { skip }, async () => {
  const made = await station.run(['site-key', 'create', keyFile]);
  assert.deepEqual([made.code, made.err], [0, '']);
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  const were = readFileSync(keyFile, 'utf8');
  assert.match(were, /^[0-9a-f]{32}\n$/);
  assert.ok(!made.out.includes(were.trim()));
  assert.equal((await station.run(['site-key', 'create', keyFile])).code, 1);
  assert.equal(readFileSync(keyFile, 'utf8'), were);
});

test('a blank card becomes her badge in three steps; tap and PIN open, a copy of its UID does not', { skip }, async (t) => {
  const id = await station.idOf('Sam');
  const said = await station.hold(card.sam, personalise(id), { pace: { air: commonFrames } });
  assert.equal(said.code, 0, said.err);
  assert.deepEqual(steps(said.err), ['1 of 3: reading the badge.', '2 of 3: binding the key it proves itself by.', '3 of 3: checking it as a tap does.']);
  assert.match(
    said.out,
    new RegExp(`^Badge [0-9a-f]{16} is now one of ${id}’s: a badge that proves itself by its own AES key\\.\nThe badge was on the reader for [\\d.]+ s, \\d+ command APDUs\\.\n$`),
  );
  t.diagnostic(last(said.out));
  await station.signIn(card.sam, sam.pin);
  const permit = station.entries().findLast((entry) => entry.kind === 'permit');
  assert.deepEqual(permit?.kind === 'permit' && [permit.grade, permit.factors, permit.reached], ['aes', ['badge', 'pin'], 'AAL1']);
  station.stand.insert(1, virtualCard('04a1b2c3d4e5a1'));
  await station.agent.do({ do: 'until', screen: 'unproved' });
  station.stand.remove(1);
  await station.agent.do({ do: 'gesture', kind: 'back' });
  const why = await station.run(['why', '--last', '1']);
  assert.match(why.out, /\n {2}Proof: NOT proved, missing: it has no such application or key\.\n/);
});

test('a card with applications of others is left as it is, unless they may stand beside ours', { skip }, async () => {
  const used = asCard('04A1B2C3D4E5A2');
  used.memory.applications.set('f48120', { settings: 0x0f, keys: [], files: new Map() });
  const were = remembered(used);
  const id = await station.idOf('Luz');
  const said = await station.hold(used, personalise(id));
  assert.deepEqual([said.code, last(said.err)], [1, 'This badge carries applications of others (doors, canteen): take a blank one, or say that ours may stand beside them.']);
  assert.equal(remembered(used), were);
  assert.equal((await station.hold(used, personalise(id, '--beside-others'))).code, 0);
  assert.deepEqual([...used.memory.applications.keys()], ['f48120', '545701']);
});

test('pulled away at any step: said so, nobody is enrolled, and the same command finishes it', { skip }, async () => {
  const id = await station.idOf('Omar');
  const enrolled = (): number => station.entries().filter(({ kind }) => kind === 'enrolled').length;
  const pulled = asCard('04A1B2C3D4E5A3');
  const were = enrolled();
  for (const pulledAt of [2, 14]) {
    const said = await station.hold(pulled, personalise(id), { pulledAt });
    assert.deepEqual(
      [said.code, last(said.err)],
      [1, 'The badge left the reader before it was done: lay it back and run the same command again, which goes on where this one ended.'],
      `at ${pulledAt}`,
    );
    assert.equal(enrolled(), were);
  }
  assert.equal((await station.hold(pulled, personalise(id))).code, 0);
  assert.equal(enrolled(), were + 1);
  await station.tap(pulled, 'pin');
  await station.agent.do({ do: 'gesture', kind: 'cancel' });
});

test('somebody else’s badge is refused untouched, and so is a person who is not there', { skip }, async () => {
  const were = remembered(card.sam);
  const said = await station.hold(card.sam, personalise(await station.idOf('Ana')));
  assert.deepEqual([said.code, last(said.err)], [1, `This badge belongs to ${await station.idOf('Sam')}: take another badge.`]);
  assert.equal(remembered(card.sam), were);
  const nobody = await station.run(personalise('00000000000000ff'));
  assert.deepEqual([nobody.code, nobody.err], [1, 'Nobody has this number: look it up with `tapward people`.\n']);
  await station.agent.do({ do: 'gesture', kind: 'cancel' });
});

test('hidden from now on, her badge’s old UID opens nothing: the record it had by that is gone', { skip }, async () => {
  const id = await station.idOf('Ana');
  const was = (await station.badges()).find(({ person }) => person.id === id);
  assert.equal(was?.proves.kind, 'uid');
  assert.equal((await station.hold(card.ana, personalise(id, '--random-uid'))).code, 0);
  const now = (await station.badges()).filter(({ person }) => person.id === id);
  assert.deepEqual(
    now.map((badge) => [badge.id, badge.proves]),
    [[was.id, { kind: 'aes', keyVersion: 1 }]],
  );
  await station.signIn(card.ana, ana.pin);
  station.stand.insert(1, virtualCard(ana.uid));
  await station.agent.do({ do: 'until', screen: 'unknown' });
  station.stand.remove(1);
  await station.agent.do({ do: 'gesture', kind: 'back' });
});

test('rotated, the badge opens, and what was kept of it before proves nothing any more', { skip }, async () => {
  const uid = '04a1b2c3d4e5a1';
  const id = await station.idOf('Sam');
  assert.equal((await proves(card.sam, recordOf(uid, 1))).kind, 'proved');
  const half = await station.hold(card.sam, ['badge', 'rotate', '--for', id, '--site-key', keyFile], { pulledAt: 6 });
  assert.equal(half.code, 1);
  const said = await station.hold(card.sam, ['badge', 'rotate', '--for', id, '--site-key', keyFile]);
  assert.equal(said.code, 0, said.err);
  assert.match(said.out, /has version 2 of its keys; what any station kept of version 1 is worth nothing now\.\n$/);
  assert.deepEqual(await proves(card.sam, recordOf(uid, 1)), { kind: 'unproved', because: 'wrong' });
  assert.equal((await proves(card.sam, recordOf(uid, 2))).kind, 'proved');
  assert.deepEqual(
    (await station.badges()).filter(({ person, proves: { kind } }) => person.id === id && kind === 'aes').map(({ proves: of }) => of),
    [{ kind: 'aes', keyVersion: 2 }],
  );
  await station.tap(card.sam, 'pin');
  await station.agent.do({ do: 'gesture', kind: 'cancel' });
});

test('with a new site key a hidden badge gets another number, and its record follows', { skip }, async () => {
  const next = join(station.path, 'next.key');
  assert.equal((await station.run(['site-key', 'create', next])).code, 0);
  const id = await station.idOf('Ana');
  const mine = async () => (await station.badges()).filter(({ person }) => person.id === id);
  const [was] = await mine();
  const said = await station.hold(card.ana, ['badge', 'rotate', '--for', id, '--site-key', keyFile, '--new-site-key', next]);
  assert.equal(said.code, 0, said.err);
  assert.deepEqual(
    (await mine()).map((badge) => [badge.id, badge.proves]),
    [[was?.id, { kind: 'aes', keyVersion: 2 }]],
  );
  assert.equal((await proves(card.ana, recordOf(ana.uid, 2, next))).kind, 'proved');
  // Her window stands on the badge, which is the same one.
  await station.tap(card.ana, 'open');
  await station.agent.do({ do: 'gesture', kind: 'lockNow' });
});

test('a key file that others may read, a link, zeros, or none: refused before a badge is asked for', { skip }, async () => {
  const id = await station.idOf('Mei');
  const file = (name: string, content: string, mode = 0o600): string => {
    const path = join(station.path, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  const group = file('group.key', readFileSync(keyFile, 'utf8'), 0o640);
  const link = join(station.path, 'link.key');
  symlinkSync(keyFile, link);
  const zeros = file('zeros.key', `${'0'.repeat(32)}\n`);
  const absent = join(station.path, 'none.key');
  const table: readonly (readonly [args: readonly string[], code: number, why: RegExp])[] = [
    [['--site-key', group], 1, /^Others may read .*group\.key: run chmod 600 on it, and make a new site key if anybody may have read it\.$/],
    [['--site-key', link], 1, /is a symbolic link: name the file itself\.$/],
    [['--site-key', zeros], 1, /holds a key of zeros/],
    [['--site-key', absent], 1, /^There is no site key at /],
    [['--site-key', keyFile, '--card-key', zeros], 1, /holds a key of zeros, which every badge is delivered with: name none, and it is replaced\.$/],
    [['--site-key', keyFile, '--card-key', absent], 1, /^There is no card master key at /],
    [['--site-key', keyFile, '--card-key', keyFile, '--leave-card-key'], 2, /^Give --card-key or --leave-card-key, not both\.$/],
    [['--site-key', keyFile, '--key-version', '256'], 2, /^--key-version takes a whole number from 1 to 255\.$/],
    [['--site-key', keyFile, '--system', 'a name of twenty bytes'], 2, /^--system takes 1 to 19 /],
    [[], 2, /^Name the file of the site key with --site-key/],
  ];
  for (const [args, code, why] of table) {
    const said = await station.run(['badge', 'personalise', '--for', id, ...args]);
    assert.equal(said.code, code, said.err);
    assert.match(said.err.trimEnd(), why);
  }
});
