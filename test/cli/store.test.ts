/** A station whose agent does not run comes in; commands open its store themselves, `ledger verify` names the first bad entry, and the next agent finds all they did. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Person } from '../../agent/enrolment.ts';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { folder, startAgentProcess, tapward, tapwardJson } from './running.ts';

const place = folder();
after(() => place[Symbol.dispose]());
const dir = join(place.path, 'station');
const [sam, ana, luz] = demoPeople as [Demo, Demo, Demo];
type Demo = (typeof demoPeople)[number];

/** 70 entries and more, so that one is signed; killed, so that nothing is tidied up behind it. */
const startKey = await (async () => {
  await using agent = await startAgentProcess(dir, { policy: { sameBadgeAfter: 0, keepAfterOpen: 0 } });
  const key = await agent.do({ do: 'startKey' });
  for (let i = 0; i < 11; i++) {
    await agent.signIn(sam);
    await agent.do({ do: 'gesture', kind: 'lockNow' });
    await agent.do({ do: 'until', screen: 'idle' });
  }
  await agent.kill();
  return key ?? '';
})();
const keyFile = join(place.path, 'start.key');
writeFileSync(keyFile, startKey);

const people = async (): Promise<readonly Person[]> => ((await tapwardJson(dir, ['people'])).json as { people: readonly Person[] }).people;
const idOf = async (given: string): Promise<string> => (await people()).find(({ subscriber }) => subscriber.given === given)?.subscriber.id ?? 'nobody';
let copies = 0;
function copy(): string {
  const path = join(place.path, `copy-${++copies}`);
  cpSync(dir, path, { recursive: true });
  return path;
}
const segment = (of: string): string => join(of, 'ledger', 'ledger-000001.jsonl');

test('status without an agent: exit 3', async () => {
  assert.deepEqual(await tapward(dir, ['status']), { code: 3, out: '', err: `No agent runs for ${dir}: start it, or run tapward doctor.\n` });
});

test('ledger verify: sound, by the agent’s key or without it, and on a copy of the ledger alone', async () => {
  const { code, json } = await tapwardJson(dir, ['ledger', 'verify', '--key', keyFile]);
  assert.equal(code, 0);
  assert.partialDeepStrictEqual(json, { kind: 'sound', macs: true, signatures: 1, checkpoint: false });
  const { publicKey } = json as { publicKey: string };
  assert.equal((await tapward(join(copy(), 'ledger'), ['ledger', 'verify', '--public-key', publicKey])).code, 0);
});

test('ledger verify names the first bad entry after one changed byte, with the key and without', async () => {
  for (const seq of [0, 20, 63, 70]) {
    const changed = copy();
    const text = readFileSync(segment(changed), 'latin1');
    const at = text.indexOf(`{"seq":${seq},"wall":`) + `{"seq":${seq},"wall":`.length;
    const bytes = Buffer.from(text, 'latin1');
    bytes[at] = bytes[at] === 0x31 ? 0x32 : 0x31;
    writeFileSync(segment(changed), bytes);
    const { code, out, err } = await tapward(changed, ['ledger', 'verify', '--key', keyFile]);
    assert.deepEqual([code, err], [1, '']);
    assert.equal(out, `The ledger does not hold: entry ${seq} is the first bad one (ledger-000001.jsonl): its MAC does not fit${seq === 0 ? ' the start key' : ''}.\n`);
    const { code: without, json } = await tapwardJson(changed, ['ledger', 'verify']);
    // Without the key the chain shows it at the entry after, which names another hash; a signed one shows it itself.
    assert.equal(without, 1);
    assert.partialDeepStrictEqual(json, { kind: 'bad', seq: seq === 63 ? 63 : seq + 1 });
  }
});

test('ledger verify finds a ledger cut short by its checkpoint, and by nothing else', async () => {
  const checkpoint = join(place.path, 'checkpoint.json');
  assert.equal((await tapward(dir, ['ledger', 'checkpoint', '--out', checkpoint])).code, 0);
  const cut = copy();
  const text = readFileSync(segment(cut), 'latin1');
  truncateSync(segment(cut), text.indexOf('{"seq":69,'));
  assert.equal((await tapward(cut, ['ledger', 'verify', '--key', keyFile])).code, 0);
  const { code, out } = await tapward(cut, ['ledger', 'verify', '--checkpoint', checkpoint]);
  assert.equal(code, 1);
  assert.match(out, /^The ledger does not hold: entry 69 is the first bad one \(ledger-000001\.jsonl\): the ledger was cut short: the checkpoint counts \d+ entries\.\n$/);
});

test('ledger verify refuses what is no key and no checkpoint in one sentence', async () => {
  const junk = join(place.path, 'junk');
  writeFileSync(junk, '{}');
  for (const [args, why] of [
    [['--key', junk], 'The start key must be the 43 letters and digits shown when the station was set up.'],
    [['--key', join(place.path, 'away')], `${join(place.path, 'away')} cannot be read (ENOENT): name the file with the start key.`],
    [['--checkpoint', junk], `${junk} is no checkpoint: give the file that \`tapward ledger checkpoint --out\` wrote.`],
    [['--checkpoint', join(place.path, 'away')], `${join(place.path, 'away')} cannot be read (ENOENT): name the file with the checkpoint.`],
  ] as const) {
    assert.deepEqual(await tapward(dir, ['ledger', 'verify', ...args]), { code: 2, out: '', err: `${why}\n` });
  }
});

test('ledger show goes on where an entry cannot be read', async () => {
  const changed = copy();
  const bytes = Buffer.from(
    readFileSync(segment(changed), 'latin1')
      .replace('"kind":"policy","sha256"', '"kind":"prlicy","sha256"')
      .replace('"kind":"tap","tap":1,"reader"', '"kind":"tap","tap":1,"rrader"'),
    'latin1',
  );
  writeFileSync(segment(changed), bytes);
  const { code, out } = await tapward(changed, ['ledger', 'show', '--last', '1000']);
  assert.equal(code, 0);
  assert.match(out, /an entry of no known kind: run tapward ledger verify\n[\s\S]*an entry that cannot be read: run tapward ledger verify\n/);
});

test('people, reset-pin and revoke open the store themselves, and the next agent knows of it', async () => {
  const before = readEntries(join(dir, 'ledger')).length;
  const [samId, anaId, luzId] = [await idOf('Sam'), await idOf('Ana'), await idOf('Luz')];
  assert.equal((await tapward(dir, ['reset-pin', samId, '--pin-stdin'], { input: '907351\n' })).code, 0);
  assert.equal((await tapward(dir, ['revoke', anaId])).code, 0);
  const [luzBadge] = (await people()).find(({ subscriber }) => subscriber.id === luzId)?.badges ?? [];
  assert.equal((await tapward(dir, ['revoke', '--badge', luzBadge?.id ?? ''])).code, 0);
  const since = readEntries(join(dir, 'ledger')).slice(before);
  assert.deepEqual(
    since.map(({ entry }) => [entry.kind, 'subscriber' in entry ? entry.subscriber : null]),
    [
      ['pinReset', samId],
      ['revoked', anaId],
      ['revoked', luzId],
    ],
  );
  await using agent = await startAgentProcess(dir);
  await agent.signIn({ uid: sam.uid, pin: '907351' });
  await agent.do({ do: 'gesture', kind: 'lockNow' });
  await agent.do({ do: 'until', screen: 'idle' });
  await agent.tap(ana.uid, 'revoked');
  await agent.do({ do: 'gesture', kind: 'back' });
  await agent.tap(luz.uid, 'revoked');
});

test('what cannot be done is said, and nothing is written', async () => {
  const before = readEntries(join(dir, 'ledger')).length;
  for (const [args, code, why] of [
    [['revoke', '0123456789abcdef'], 1, 'Nobody has this number: look it up with `tapward people`.'],
    [['revoke', 'Sam'], 2, 'Name the person by its number, or at least 4 letters of it: `tapward people` shows it.'],
    [['revoke', '--badge', '0123456789abcdef'], 1, 'No badge has this number: look it up with `tapward people`.'],
    [['reset-pin', 'ffff0000', '--pin-stdin'], 1, 'Nobody has a number that begins so: look it up with `tapward people`.'],
    [['reset-pin', await idOf('Ana'), '--pin-stdin'], 1, 'This person was revoked: enrol her anew.'],
    [['enrol', '--pin-stdin'], 3, 'The PC/SC service does not run: start it (Debian: systemctl enable --now pcscd.socket).'],
  ] as const) {
    assert.deepEqual(await tapward(dir, args, { input: args[0] === 'enrol' ? 'Kim\nP\n184629\n' : '184629\n' }), { code, out: '', err: `${why}\n` }, args.join(' '));
  }
  assert.equal(readEntries(join(dir, 'ledger')).length, before);
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.endsWith('.new')),
    [],
  );
});
