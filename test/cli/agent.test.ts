/** A running agent in a process of its own and the real `tapward` beside it: every command goes through the agent, in words and in JSON, with its exit code. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Status } from '../../agent/admin/contract.ts';
import { demoPeople, strangerUid } from '../../agent/evaluation/people.ts';
import { startBeside } from './beside.ts';
import { startAgentProcess, tapward, tapwardJson } from './running.ts';

const beside = await startBeside();
after(() => beside[Symbol.asyncDispose]());
const { dir, agent, run, enrol, idOf, entries } = beside;
const [sam, ana] = demoPeople as [Demo, Demo];
type Demo = (typeof demoPeople)[number];
const robin = { uid: '04010203040506', pin: '638204' };

test('status: health, desk, readers, policy, last tap, ledger', async () => {
  const { code, json } = await tapwardJson(dir, ['status']);
  assert.equal(code, 0);
  const status = json as Status;
  assert.deepEqual(
    [status.kind, status.mode, status.health, status.desk, status.readers, status.pid],
    ['status', 'evaluation', { kind: 'ok' }, { kind: 'locked', subscriber: null }, ['Virtual reader'], agent.pid],
  );
  assert.match(status.policySha256, /^[0-9a-f]{64}$/);
  const { out } = await run(['status']);
  assert.match(out, /^health {4}ok\ndesk {6}locked\nreaders {3}Virtual reader\nPC\/SC {5}The PC\/SC service does not run: start it/);
  assert.match(out, /\nledger {4}\d+ entries\npolicy {4}sha256 [0-9a-f]{64}\nagent {5}version 0\.0\.0, evaluation, process \d+, up for \d+ s\n$/);
});

test('people: numbers, names, languages, PINs, badges in columns', async () => {
  const { code, out } = await run(['people']);
  assert.equal(code, 0);
  const [head, ...rows] = out.trimEnd().split('\n');
  assert.match(head ?? '', /^PERSON {12}NAME {5}LANGUAGE {2}ROLE {7}NUMBER {2}ACCOUNT {2}PIN {2}BADGES$/);
  assert.deepEqual(
    rows.map((row) => row.replaceAll(/[0-9a-f]{16}/g, '#').replaceAll(/ +/g, ' ')),
    [
      '# Sam B. - nurse 204817 - set #',
      '# Ana K. - nurse 730551 - set #',
      '# Luz M. es nurse 662299 - set #',
      '# Omar T. - physician 318446 - set #',
      '# Mei L. - physician 597120 - set #',
    ],
  );
});

test('revoke: the person who is signed in is locked out at once', async () => {
  assert.equal((await enrol(['--pin-stdin', '--language', 'es'], `Robin\nS\n${robin.pin}\n`, [robin.uid])).code, 0);
  await agent.signIn(robin);
  const id = await idOf('Robin');
  const { json } = await tapwardJson(dir, ['status']);
  assert.deepEqual((json as Status).desk, { kind: 'open', subscriber: id });
  const before = entries().length;
  const { code, out } = await run(['revoke', id.slice(0, 8)]);
  assert.deepEqual([code, out], [0, `${id} is revoked: it opens this station no more.\n`]);
  await agent.do({ do: 'until', screen: 'idle' });
  const since = entries()
    .slice(before)
    .map(({ entry }) => (entry.kind === 'locked' ? `locked ${entry.why}` : entry.kind));
  assert.deepEqual(since, ['revoked', 'locked revoked']);
  assert.match((await run(['people'])).out, new RegExp(`${id} +Robin S\\. +es +- +- +- +revoked`));
  await agent.tap(robin.uid, 'revoked');
  await agent.do({ do: 'gesture', kind: 'back' });
});

test('revoke --badge: that badge only, and who is signed in with it is locked out', async () => {
  const said = await enrol(['--for', (await idOf('Ana')).slice(0, 6)], '', [strangerUid]);
  assert.match(said.out, /^Badge [0-9a-f]{16} is now one of [0-9a-f]{16}’s: a badge that only shows a number and proves nothing: anyone with a reader can copy it\.\n$/);
  const badge = /^Badge (\w+)/.exec(said.out)?.[1] ?? '';
  await agent.signIn({ uid: strangerUid, pin: ana.pin });
  const { code, json } = await tapwardJson(dir, ['revoke', '--badge', badge]);
  assert.deepEqual([code, json], [0, { kind: 'done', subscriber: await idOf('Ana') }]);
  await agent.do({ do: 'until', screen: 'idle' });
  assert.match((await run(['people'])).out, new RegExp(`Ana K\\. +- +nurse +730551 +- +set +[0-9a-f]{16}, ${badge} \\(revoked\\)`));
  await agent.tap(ana.uid, 'pin');
  await agent.do({ do: 'gesture', kind: 'cancel' });
});

test('revoke --badge: work that another badge opened goes on', async () => {
  const said = await enrol(['--for', await idOf('Ana')], '', ['04c1c2c3c4c5c7']);
  const badge = /^Badge (\w+)/.exec(said.out)?.[1] ?? '';
  // Her badge was tapped a moment ago, and counts again only once it was away for a second.
  await pause(1_100);
  await agent.signIn(ana);
  assert.equal((await run(['revoke', '--badge', badge])).code, 0);
  assert.equal(((await tapwardJson(dir, ['status'])).json as Status).desk.kind, 'open');
  assert.ok(entries().some(({ entry }) => entry.kind === 'revoked' && entry.subscriber !== ''));
  await agent.do({ do: 'gesture', kind: 'lockNow' });
  await agent.do({ do: 'until', screen: 'idle' });
});

test('reset-pin: the new PIN opens, the old one does not', async () => {
  const { code, out } = await run(['reset-pin', await idOf('Sam'), '--pin-stdin'], { input: '907351\n' });
  assert.deepEqual([code, out], [0, `${await idOf('Sam')} has a new PIN, and all tries again.\n`]);
  await agent.tap(sam.uid, 'pin');
  await agent.do({ do: 'type', pin: sam.pin });
  await agent.do({ do: 'untilWrong', left: 4 });
  await agent.do({ do: 'type', pin: '907351' });
  await agent.do({ do: 'until', screen: 'open' });
  await agent.do({ do: 'gesture', kind: 'lockNow' });
  await agent.do({ do: 'until', screen: 'idle' });
});

test('ledger: show, verify with the start key, and a checkpoint that is written once', async () => {
  const { out } = await run(['ledger', 'show', '--last', '400']);
  const lines = out.trimEnd().split('\n');
  assert.equal(lines.length, entries().length);
  assert.match(lines[0] ?? '', /^0 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}agent started, version 0\.0\.0, evaluation$/);
  assert.ok(lines.some((line) => / {2}locked: the person or her badge was revoked, [0-9a-f]{16}$/.test(line)));
  const key = join(beside.path, 'start.key');
  writeFileSync(key, `${await agent.do({ do: 'startKey' })}\n`);
  const file = join(beside.path, 'checkpoint.json');
  const made = await run(['ledger', 'checkpoint', '--out', file]);
  assert.deepEqual([made.code, made.out], [0, `Checkpoint of ${entries().length} entries written to ${file}: carry it off this computer.\n`]);
  const again = await run(['ledger', 'checkpoint', '--out', file]);
  assert.deepEqual([again.code, again.err], [1, `${file} is there already and was left as it is: name another file.\n`]);
  const proved = await run(['ledger', 'verify', '--key', key, '--checkpoint', file]);
  assert.match(
    proved.out,
    /^The ledger holds: \d+ entries, \d+ signatures?\.\nEvery MAC was proved with the start key\.\nIt has all that the checkpoint counts\.\npublic key [\w-]{43}\n$/,
  );
  const { code, json } = await tapwardJson(dir, ['ledger', 'verify', '--key', '-'], { input: `${await agent.do({ do: 'startKey' })}\n` });
  assert.equal(code, 0);
  assert.partialDeepStrictEqual(json, { kind: 'sound', macs: true, checkpoint: false, entries: entries().length });
});

test('no PIN, no UID and no name is in the log, the ledger or the store; no PIN and no UID in any output', () => {
  beside.assertNoSecrets([robin.pin, robin.uid, '907351', strangerUid], ['Robin']);
});

test('while the door is gone, no command touches the store that the agent holds', async () => {
  await using own = await startAgentProcess(join(beside.path, 'doorless'), { tray: true });
  rmSync(join(own.dir, 'admin.sock'));
  const { code, err } = await tapward(own.dir, ['people']);
  assert.deepEqual([code, err], [3, 'An agent holds the store, but its door does not open: restart the agent.\n']);
});

test('a degraded station says so to every command, and changes nothing', async () => {
  await using own = await startAgentProcess(join(beside.path, 'broken'));
  await own.do({ do: 'break' });
  const status = await tapward(own.dir, ['status']);
  assert.equal(status.code, 1);
  assert.match(status.out, /^health {4}degraded: the agent met a fault of its own and locked\nmend {6}Look for TW1101 in its log, then start it again\.\n/);
  for (const args of [['people'], ['revoke', '0123456789abcdef'], ['reset-pin', '0123456789abcdef', '--pin-stdin'], ['enrol', '--pin-stdin']]) {
    const { code, err } = await tapward(own.dir, args, { input: 'Kim\nP\n184629\n' });
    assert.deepEqual([code, err], [3, 'The station is degraded and changes nothing: `tapward doctor` says why and how to mend it.\n'], args.join(' '));
  }
  await own.do({ do: 'place', uid: sam.uid });
  const why = await tapward(own.dir, ['why']);
  assert.match(why.out, /The station is degraded and opens nobody: the agent met a fault of its own and locked\. Run tapward doctor\.\n$/);
});
