/** A running agent in a process of its own and the real `tapward` beside it: every command goes through the agent, in words and in JSON, with its exit code. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Status } from '../../agent/admin/contract.ts';
import type { Person } from '../../agent/enrolment.ts';
import { demoPeople, strangerUid } from '../../agent/evaluation/people.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { folder, type Printed, startAgentProcess, startTapward, tapward, tapwardJson } from './running.ts';

const place = folder();
const dir = join(place.path, 'station');
const agent = await startAgentProcess(dir);
after(async () => {
  await agent[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

const [sam, ana] = demoPeople as [Demo, Demo];
type Demo = (typeof demoPeople)[number];
const robin = { uid: '04010203040506', pin: '638204' };
/** PINs and UIDs that were used here; none may be found anywhere afterwards. */
const secrets: string[] = [robin.pin, robin.uid, '907351', '184629', strangerUid];
const printed: Printed[] = [];
const run = async (...[args, around]: [readonly string[], Parameters<typeof tapward>[2]?]): Promise<Printed> => {
  const said = await tapward(dir, args, around);
  printed.push(said);
  return said;
};
const people = async (): Promise<readonly Person[]> => ((await tapwardJson(dir, ['people'])).json as { people: readonly Person[] }).people;
const idOf = async (given: string): Promise<string> => (await people()).find(({ subscriber }) => subscriber.given === given)?.subscriber.id ?? 'nobody';
const entries = (): ReturnType<typeof readEntries> => readEntries(join(dir, 'ledger'));

/** Runs an enrolment and holds these cards to the tray's reader once it asks; `seen` is told each process's arguments meanwhile. */
async function enrol(args: readonly string[], input: string, cards: readonly string[], seen: () => void = () => undefined): Promise<Printed> {
  const program = startTapward(dir, ['enrol', ...args], { input });
  await program.says('Hold the badge');
  seen();
  for (const uid of cards) {
    await agent.do({ do: 'place', uid });
    await agent.do({ do: 'lift' });
  }
  const said = await program.ended;
  printed.push(said);
  return said;
}

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
  assert.match(head ?? '', /^PERSON {12}NAME {5}LANGUAGE {2}PIN {2}BADGES$/);
  assert.deepEqual(
    rows.map((row) => row.replaceAll(/[0-9a-f]{16}/g, '#').replaceAll(/ +/g, ' ')),
    ['# Sam B. - set #', '# Ana K. - set #', '# Luz M. es set #', '# Omar T. - set #', '# Mei L. - set #'],
  );
});

test('enrol: name, badge and PIN; the PIN and the name are nowhere in any process’s arguments', async () => {
  const around: string[] = [];
  const said = await enrol(['--pin-stdin', '--language', 'es'], `Robin\nS\n${robin.pin}\n`, [robin.uid], () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const file of ['cmdline', 'environ']) {
        try {
          around.push(readFileSync(`/proc/${pid}/${file}`, 'latin1'));
        } catch {
          // It ended, or is a kernel thread.
        }
      }
    }
  });
  assert.equal(said.err, 'Hold the badge to the reader.\nGot it. The badge may go.\n');
  assert.match(said.out, /^Robin S\. is enrolled as [0-9a-f]{16} with badge [0-9a-f]{16}\.\n$/);
  assert.equal(said.code, 0);
  assert.ok(
    around.some((text) => text.includes('--pin-stdin')),
    'the command itself was among the processes looked at',
  );
  // The test's own process names the PIN in its source, not in its arguments.
  for (const text of around) assert.ok(!text.includes(robin.pin) && !text.includes('Robin'));
  const [last] = entries().slice(-1);
  assert.deepEqual(last?.entry, { kind: 'enrolled', subscriber: await idOf('Robin'), actor: last?.entry.kind === 'enrolled' ? last.entry.actor : '' });
  assert.match(last?.entry.kind === 'enrolled' ? last.entry.actor : '', new RegExp(`${userInfo().username}$`));
  const spanish = (await people()).find(({ subscriber }) => subscriber.given === 'Robin');
  assert.equal(spanish?.subscriber.language, 'es');
  await agent.signIn(robin);
});

test('revoke: the person who is signed in is locked out at once', async () => {
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
  assert.match((await run(['people'])).out, new RegExp(`${id} +Robin S\\. +es +revoked`));
  await agent.tap(robin.uid, 'revoked');
  await agent.do({ do: 'gesture', kind: 'back' });
});

test('revoke --badge: that badge only, and who is signed in with it is locked out', async () => {
  const said = await enrol(['--for', (await idOf('Ana')).slice(0, 6)], '', [strangerUid]);
  assert.match(said.out, /^Badge [0-9a-f]{16} is now one of [0-9a-f]{16}’s\.\n$/);
  const badge = /^Badge (\w+)/.exec(said.out)?.[1] ?? '';
  await agent.signIn({ uid: strangerUid, pin: ana.pin });
  const { code, json } = await tapwardJson(dir, ['revoke', '--badge', badge]);
  assert.deepEqual([code, json], [0, { kind: 'done', subscriber: await idOf('Ana') }]);
  await agent.do({ do: 'until', screen: 'idle' });
  assert.match((await run(['people'])).out, new RegExp(`Ana K\\. +- +set +[0-9a-f]{16}, ${badge} \\(revoked\\)`));
  await agent.tap(ana.uid, 'pin');
  await agent.do({ do: 'gesture', kind: 'cancel' });
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

const askedBadge = 'Hold the badge to the reader.\n';
const refusals: readonly (readonly [what: string, input: string, cards: readonly string[], code: number, last: string])[] = [
  ['a badge that belongs to somebody', 'Noor\nD\n184629\n', [ana.uid], 1, 'This badge belongs to #: take another badge.'],
  ['a PIN that counts up', 'Noor\nD\n123456\n', [robin.uid], 1, 'This PIN is easy to guess, because it counts up or down: choose another one.'],
  ['a PIN that is a date', 'Noor\nD\n311299\n', [robin.uid], 1, 'This PIN is easy to guess, because it reads as a date or a year: choose another one.'],
  ['a short PIN', 'Noor\nD\n1846\n', [robin.uid], 2, 'The PIN has the wrong length: choose exactly 6 digits.'],
  ['a PIN with letters', 'Noor\nD\n18462x\n', [robin.uid], 2, 'A PIN is digits and nothing else: choose one.'],
  ['no PIN', 'Noor\nD\n', [robin.uid], 2, 'The PIN is missing: send it on standard input, one line of digits.'],
];
for (const [what, input, cards, code, last] of refusals) {
  test(`enrol refuses ${what}, and nobody is enrolled`, async () => {
    const enrolled = (): number => entries().filter(({ entry }) => entry.kind === 'enrolled').length;
    const before = enrolled();
    const said = await enrol(['--pin-stdin'], input, cards);
    assert.equal(said.code, code);
    assert.equal(said.out, '');
    assert.equal(
      said.err
        .trimEnd()
        .split('\n')
        .at(-1)
        ?.replaceAll(/[0-9a-f]{16}/g, '#'),
      last,
    );
    assert.ok(said.err.startsWith(askedBadge));
    assert.equal(enrolled(), before);
  });
}

test('enrol names what is wrong with a name before it asks for anything else', async () => {
  for (const [input, why] of [
    ['R2D2\nS\n184629\n', 'Give the first name in letters, at most 24.'],
    ['Noor\nDe\n184629\n', 'Give the initial of the last name as one letter.'],
    ['Noor\n', 'First name or last initial is missing: send each in a line of its own.'],
  ] as const) {
    const { code, err } = await run(['enrol', '--pin-stdin'], { input });
    assert.deepEqual([code, err], [2, `${why}\n`]);
  }
});

test('a phone is told apart, and the badge after it is taken', async () => {
  const said = await enrol(['--pin-stdin'], 'Noor\nD\n184629\n', ['08aabbcc', '04f1f2f3f4f5f6']);
  assert.deepEqual(said.err, `${askedBadge}Phone or bank card? Hold the badge there alone.\nGot it. The badge may go.\n`);
  assert.equal(said.code, 0);
});

test('no badge in time: one sentence', async () => {
  const { code, err } = await run(['enrol', '--wait', '1', '--pin-stdin'], { input: 'Kim\nP\n184629\n' });
  assert.equal(code, 1);
  assert.equal(err, `${askedBadge}No badge came within 1 second: run the command again and hold one to the reader; one that lies there already must be lifted first.\n`);
});

test('two enrolments at once: the second is told to wait', async () => {
  const first = startTapward(dir, ['enrol', '--pin-stdin'], { input: 'Kim\nP\n184629\n' });
  await first.says('Hold the badge');
  const second = await run(['enrol', '--pin-stdin'], { input: 'Lee\nP\n184629\n' });
  assert.deepEqual([second.code, second.err], [1, 'Another command waits for a badge already: let it finish, then try again.\n']);
  first.child.kill('SIGTERM');
  await first.ended;
  // Its going is noticed: the next enrolment need not wait.
  assert.equal((await enrol(['--for', await idOf('Ana')], '', ['04e1e2e3e4e5e6'])).code, 0);
});

test('the tray unplugged: no reader, said at once', async () => {
  await agent.do({ do: 'unplug' });
  const { code, err } = await run(['enrol', '--pin-stdin'], { input: 'Kim\nP\n184629\n' });
  assert.deepEqual([code, err], [3, 'The PC/SC service does not run: start it (Debian: systemctl enable --now pcscd.socket).\n']);
  await agent.do({ do: 'plug' });
});

test('ledger: show, verify with the start key, and a checkpoint that is written once', async () => {
  const { out } = await run(['ledger', 'show', '--last', '400']);
  const lines = out.trimEnd().split('\n');
  assert.equal(lines.length, entries().length);
  assert.match(lines[0] ?? '', /^0 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}agent started, version 0\.0\.0, evaluation$/);
  assert.ok(lines.some((line) => / {2}locked: the person was revoked, [0-9a-f]{16}$/.test(line)));
  const key = join(place.path, 'start.key');
  writeFileSync(key, `${await agent.do({ do: 'startKey' })}\n`);
  const file = join(place.path, 'checkpoint.json');
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

test('no PIN and no UID is in the log, the ledger, the store or any output', async () => {
  const files = [...readdirSync(dir), ...readdirSync(join(dir, 'ledger')).map((name) => join('ledger', name))]
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile());
  assert.ok(files.some((path) => path.endsWith('agent.log')) && files.some((path) => path.endsWith('.jsonl')) && files.some((path) => path.endsWith('store.db')));
  const texts = [...files.map((path) => [path, readFileSync(path, 'latin1')] as const), ...printed.map(({ out, err }, i) => [`output ${i}`, out + err] as const)];
  for (const secret of [...secrets, ...demoPeople.flatMap(({ uid, pin }) => [uid, pin])]) {
    for (const [where, text] of texts) {
      assert.ok(!text.includes(secret), `${where} holds a secret`);
      assert.ok(!text.includes(secret.split('').join(',')), `${where} holds a secret, as a list`);
      assert.ok(!text.includes(Buffer.from(secret, 'hex').toString('latin1')) || /^\d{6}$/.test(secret), `${where} holds a UID, as bytes`);
    }
  }
  const names = texts.filter(([where]) => where.endsWith('agent.log') || where.includes('ledger'));
  for (const [where, text] of names) assert.ok(!text.includes('Robin') && !text.includes('"Sam'), `${where} names a person`);
});

test('while the door is gone, no command touches the store that the agent holds', async () => {
  await using own = await startAgentProcess(join(place.path, 'doorless'), { tray: true });
  rmSync(join(own.dir, 'admin.sock'));
  const { code, err } = await tapward(own.dir, ['people']);
  assert.deepEqual([code, err], [3, 'An agent holds the store, but its door does not open: restart the agent.\n']);
});

test('a degraded station says so to every command, and changes nothing', async () => {
  await using own = await startAgentProcess(join(place.path, 'broken'));
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
