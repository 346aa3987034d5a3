/** A real tapward-host, run by Wine's service manager, comes in; that it hands a password out once, to the console's own logon screen, is tested. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { need } from '../needs.ts';
import { ask, type Visitor } from './host-rig.ts';
import { changed, password, secret, share, startTalk, type Talk } from './talk.ts';

const skip = need('mingw', 'wine');
let talk: Talk;
before(
  async () => {
    if (skip === false) talk = await startTalk();
  },
  { timeout: 200_000 },
);
after(async () => {
  if (skip === false) await talk.rig[Symbol.asyncDispose]();
});

test('a password typed once is sealed under the share of the one who proved herself, and handed out once, by her next grant', { skip, timeout: 60_000 }, async () => {
  assert.equal(await talk.refusal(talk.offer('ana')), 'noSecret');
  await talk.capture('ana');
  const { tile } = await talk.newTile();
  const grant = talk.offer('ana');
  const { got, ticket } = await talk.redeems(tile);
  assert.equal(got, password);
  tile.say('REDEEM', ticket);
  assert.deepEqual(await tile.next('REFUSED'), ['REFUSED', ticket, 'used']);
  tile.say('RESULT', ticket, '0', '0');
  assert.deepEqual(await talk.agent.next('RESULT'), ['RESULT', grant, '0', '0']);
  talk.offer('ANA');
  assert.equal((await talk.redeems(tile)).got, password, 'Windows writes accounts in any case, and her mark was cleared');
  await talk.leave(tile);
});

test('one try: after a refusal, or without an answer, it is stale before anybody could try again; a new password heals it', { skip, timeout: 60_000 }, async () => {
  assert.equal(await talk.refusal(talk.offer('ana')), 'stale', 'the last grant had no answer');
  await talk.capture('ana');
  const { tile } = await talk.newTile();
  talk.offer('ana');
  const { ticket } = await talk.redeems(tile);
  tile.say('RESULT', ticket, 'c000006d', '0');
  assert.equal((await talk.agent.next('RESULT'))[2], 'c000006d');
  assert.equal(await talk.refusal(talk.offer('ana')), 'stale');
  await talk.leave(tile);
  await talk.capture('ana');
});

test('another PIN’s share opens nothing, and asks for the password once', { skip, timeout: 60_000 }, async () => {
  const { tile } = await talk.newTile();
  const grant = talk.offer('ana', changed);
  const [, ticket = ''] = await tile.next('GRANT');
  tile.say('REDEEM', ticket);
  assert.equal((await tile.next('REFUSED'))[2], 'stale');
  assert.equal(await talk.refusal(grant), 'stale');
  tile.say('CAPTURE', 'ana', 'WARD', secret);
  await talk.agent.next('SEALED');
  talk.offer('ana', changed);
  const { got, ticket: next } = await talk.redeems(tile);
  assert.equal(got, password);
  tile.say('RESULT', next, '0', '0');
  await talk.agent.next('RESULT');
  await talk.leave(tile);
});

test('within a window the host alone keeps the record’s key; at its end, or dropped, a share is needed again', { skip, timeout: 60_000 }, async () => {
  const { tile } = await talk.newTile();
  const opens = async (by: string): Promise<void> => {
    talk.offer('ana', by);
    const { got, ticket } = await talk.redeems(tile);
    assert.equal(got, password);
    tile.say('RESULT', ticket, '0', '0');
    await talk.agent.next('RESULT');
  };
  assert.equal(await talk.refusal(talk.offer('ana', '-')), 'noSecret');
  talk.agent.say('KEEP', 'WARD', 'ana', 60_000);
  await opens(changed);
  await opens('-');
  await opens('-');
  talk.agent.say('DROP', 'WARD', 'ana');
  assert.equal(await talk.refusal(talk.offer('ana', '-')), 'noSecret');
  talk.agent.say('KEEP', 'WARD', 'ana', 1_200);
  await opens(changed);
  await new Promise((resolve) => setTimeout(resolve, 1_600));
  assert.equal(await talk.refusal(talk.offer('ana', '-')), 'noSecret');
  await talk.leave(tile);
});

test('a grant is one connection’s, one tap’s, and over when it is: replayed, overtaken, revoked and late ones are refused', { skip, timeout: 60_000 }, async () => {
  const [one, two] = [await talk.newTile(), await talk.newTile()];
  talk.offer('ana', changed);
  const [[, ofOne = ''], [, ofTwo = '']] = [await one.tile.next('GRANT'), await two.tile.next('GRANT')];
  assert.ok(ofOne.startsWith(one.nonce) && ofTwo.startsWith(two.nonce) && ofOne !== ofTwo);
  const refused = async (tile: Visitor, ticket: string): Promise<string> => {
    tile.say('REDEEM', ticket);
    return (await tile.next('REFUSED'))[2] ?? '';
  };
  assert.equal(await refused(two.tile, ofOne), 'unknown', 'heard on another connection');
  assert.equal(await refused(one.tile, ofOne.slice(0, -1)), 'unknown');
  const newer = talk.offer('ana', changed);
  assert.deepEqual(await one.tile.next('REVOKED'), ['REVOKED', ofOne]);
  const [, last = ''] = await one.tile.next('GRANT');
  assert.equal(await refused(one.tile, ofOne), 'unknown');
  await talk.agent.next('REFUSED');
  talk.agent.say('REVOKE', newer);
  assert.equal(await talk.refusal(newer), 'revoked');
  assert.equal(await refused(one.tile, last), 'unknown');
  const late = talk.offer('ana', changed, 300);
  assert.equal(await talk.refusal(late), 'expired');
  assert.equal(await talk.refusal(talk.offer('ana', changed, 1_000, 7)), 'notConsole');
  for (const { tile } of [one, two]) await talk.leave(tile);
});

test('digits pass only while they are asked for; a password only once, and only of whom the agent awaits', { skip, timeout: 60_000 }, async () => {
  const { tile } = await talk.newTile();
  talk.agent.say('SHOW', 'pin', 6, 'Ana R');
  assert.deepEqual(await tile.next('SHOW'), ['SHOW', 'pin', '6', 'Ana R']);
  tile.say('PIN', '846297');
  assert.deepEqual(await talk.agent.next('PIN'), ['PIN', '1', '846297']);
  tile.say('CANCEL');
  assert.deepEqual(await talk.agent.next('CANCEL'), ['CANCEL', '1']);
  talk.agent.say('SHOW', 'idle', 0, '');
  await tile.next('SHOW');
  tile.say('PIN', '846297');
  await tile.ended;
  const { tile: other } = await talk.newTile();
  other.say('CAPTURE', 'sam', 'WARD', secret);
  other.say('CAPTURE', 'sam', 'WARD', secret);
  await other.ended;
  assert.equal(await talk.refusal(talk.offer('sam', randomBytes(32).toString('base64'))), 'noSecret');
});

test('no password, share or digit is in a log, on the disk, or in memory once it was used', { skip, timeout: 60_000 }, async () => {
  const process = talk.rig.process();
  const count = (bytes: Buffer): Promise<number> => ask(talk.rig.stranger, `memory ${process} ${bytes.toString('hex')}`);
  const marker = randomBytes(32);
  assert.equal(await talk.refusal(talk.offer('control', marker.toString('base64'))), 'noSecret');
  assert.ok((await count(marker)) >= 1, 'a share that waits for its password is found: this search can see');
  for (const [what, bytes] of [
    ['password', Buffer.from(password, 'utf16le')],
    ['password in base64', Buffer.from(secret)],
    ['share', Buffer.from(changed, 'base64')],
    ['older share', Buffer.from(share, 'base64')],
    ['share in base64', Buffer.from(changed)],
    ['digits', Buffer.from('846297')],
  ] as const)
    assert.equal(await count(bytes), 0, what);
  const files = [talk.rig.folder, join(talk.rig.folder, 'sealed')].flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(folder, name)),
  );
  assert.ok(files.some((file) => file.endsWith('.record')));
  for (const file of files)
    for (const bytes of [Buffer.from(password, 'utf16le'), Buffer.from(secret), Buffer.from(changed), Buffer.from('846297'), Buffer.from('ana')])
      assert.ok(!readFileSync(file).includes(bytes), file);
});
