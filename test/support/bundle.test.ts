/** A station with names, numbers and secrets in every place that can hold a text comes in; that its support bundle says how it is and holds none of them, is tested. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { demoEmergencyCode, demoPeople, strangerUid } from '../../agent/evaluation/people.ts';
import { startBeside } from '../cli/beside.ts';
import { tapwardJson } from '../cli/running.ts';
import { leaks, shapesOf, type Unpacked, unpack } from './search.ts';

const name = { given: 'Zephyrine', initial: 'Q' };
const [uid, pin, number] = ['04deadbe5511c0', '739251', '918273'];
const texts = {
  role: 'oncology-huxley',
  account: 'CLINIC\\zephyrine.q',
  checked: 'knew her voice, as Mirabelle said',
  statement: 'bed 4 of Barnabas could not wait',
  stationName: 'Pharmacy Tolliver',
  phone: '5550199',
  owner: 'Ignatius of IT',
  hook: '/opt/Bartholomew/tell',
  kiosk: 'kiosk-wilhelmina',
  roots: '/srv/Xanthippe/roots.pem',
  program: '/opt/Fitzgerald/app',
  app: 'Evangeline',
  logged: 'OMNIKEY 5022 of Thaddeus',
  key: 'b1c2d3e4f5061728394a5b6c7d8e9f00b1c2d3e4f5061728394a5b6c7d8e9f00',
};

const beside = await startBeside({ stationName: texts.stationName, helpPhone: texts.phone, shiftCodes: 'on', emergency: 'on', emergencyClaims: 'on' });
after(() => beside[Symbol.asyncDispose]());
const { dir, agent, run } = beside;
const sam = demoPeople[0] ?? assert.fail();
let issued = '';

async function live(): Promise<void> {
  const said = await beside.enrol(['--role', texts.role, '--number', number, '--account', texts.account, '--pin-stdin'], `${name.given}\n${name.initial}\n${pin}\n`, [uid]);
  assert.equal(said.code, 0, said.err);
  const { json } = await tapwardJson(dir, ['code', 'issue', '--for', 'shift', await beside.idOf(name.given), '--checked', texts.checked]);
  issued = (json as { readonly code: string }).code;
  await agent.signIn({ uid, pin });
  await agent.do({ do: 'gesture', kind: 'lockNow' });
  await agent.tap(strangerUid, 'unknown');
  await agent.do({ do: 'gesture', kind: 'back' });
  await agent.tap(sam.uid, 'pin');
  await agent.do({ do: 'type', pin: '000000' });
  await agent.do({ do: 'untilWrong', left: 4 });
  await agent.do({ do: 'gesture', kind: 'cancel' });
  appendFileSync(join(dir, 'agent.log'), `${new Date().toISOString()} TW1204 ${texts.logged}\nnot of ours: ${texts.key} ${name.given}\n`);
  writeFileSync(
    join(dir, 'policy.json'),
    JSON.stringify({
      stationName: texts.stationName,
      helpPhone: texts.phone,
      notifyHook: texts.hook,
      kioskAccount: texts.kiosk,
      pivRoots: texts.roots,
      inactivity: '3 min',
      pinLength: 7,
      stepUpApps: [{ program: texts.program, name: texts.app }],
      uidWindow: { owner: texts.owner, until: '2099-01-01', lasts: '1 h' },
      allowedCards: [{ type: null, from: uid, to: uid }],
      rules: [{ roles: [texts.role], set: { inactivity: '2 min' } }],
    }),
  );
}

async function bundled(file: string): Promise<Unpacked> {
  const path = join(beside.path, file);
  const { code, json } = await tapwardJson(dir, ['support-bundle', '--out', path]);
  assert.deepEqual([code, (json as { readonly members: number }).members], [0, 9], JSON.stringify(json));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  return unpack(readFileSync(path));
}

/** Shorter ones stand anywhere by chance. */
const long = (text: string): boolean => text.length > 4;
const secrets = async (): Promise<readonly string[]> => {
  const people = await beside.people();
  return [
    name.given,
    uid,
    pin,
    number,
    ...Object.values(texts),
    issued,
    strangerUid,
    demoEmergencyCode,
    hostname(),
    dir,
    beside.path,
    ...demoPeople.flatMap((one) => [one.uid, one.pin, one.number]),
    // A person's own number would lay two bundles side by side.
    ...people.flatMap(({ subscriber, badges }) => [subscriber.id, ...badges.map((badge) => badge.id)]),
    readFileSync(join(dir, 'machine.key')).toString('hex'),
    process.env['USER'] ?? 'no-such-user',
    ...texts.account.split('\\'),
    ...Object.values(texts).flatMap((text) => text.split(/[ /\\,-]/).filter((part) => /^[A-Z][a-z]{5,}$/.test(part))),
  ].filter(long);
};
const parsed = (members: Unpacked, member: string): unknown => JSON.parse(members[member] ?? 'null');

await live();

test('with a running agent: what a help desk needs is there, and nothing of anybody', async () => {
  const members = await bundled('running.tar.gz');
  assert.deepEqual(leaks(members, await secrets()), []);
  assert.deepEqual(Object.keys(members), [
    'README.txt',
    'diagnostics.json',
    'doctor.json',
    'ledger.json',
    'policy.json',
    'readers.json',
    'station.json',
    'system.json',
    'timings.json',
  ]);
  const station = parsed(members, 'station.json') as { readonly agent: { readonly health: string }; readonly people: unknown };
  assert.deepEqual([station.agent.health, station.people], ['ok', [{ what: 'set', times: 6 }]]);
  const ledger = parsed(members, 'ledger.json') as {
    readonly chain: string;
    readonly head: string;
    readonly kinds: readonly { readonly what: string; readonly times: number }[];
    readonly lastEntries: readonly Readonly<Record<string, unknown>>[];
  };
  assert.deepEqual([ledger.chain, ledger.head.length], ['holds', 43]);
  assert.ok(ledger.kinds.some(({ what, times }) => what === 'enrolled' && times === 6));
  assert.deepEqual(
    ledger.lastEntries.filter(({ kind }) => kind === 'codeIssued').map(({ kind, subscriber, actor, purpose, ...rest }) => [kind, subscriber, actor, purpose, Object.keys(rest)]),
    [['codeIssued', 'P6', 'A2', 'shift', ['seq', 'time']]],
  );
  assert.ok(!JSON.stringify(ledger).includes('other'), 'each word of the ledger is known');
  const log = parsed(members, 'diagnostics.json') as { readonly counts: readonly { readonly what: string; readonly times: number }[] };
  assert.ok(log.counts.some(({ what, times }) => what === 'TW1204' && times === 1));
  const readers = parsed(members, 'readers.json') as { readonly service: string; readonly readers: readonly unknown[] };
  assert.deepEqual([readers.service, readers.readers.length], ['noService', 1]);
  const timings = parsed(members, 'timings.json') as { readonly check: { readonly taps: number } };
  assert.ok(timings.check.taps >= 1);
});

test('the file is there already, or the folder is none: left alone, and one sentence', async () => {
  const path = join(beside.path, 'running.tar.gz');
  const before = readFileSync(path);
  assert.match((await run(['support-bundle', '--out', path])).err, /running\.tar\.gz is there already and was left as it is: name another file\.\n$/);
  assert.deepEqual(readFileSync(path), before);
  assert.match((await run(['support-bundle', '--out', join(beside.path, 'no', 'file')])).err, /file cannot be written \(ENOENT\)/);
});

test('with a dead agent: the same from the files, and each setting’s value or only that it is set', async () => {
  const known = await secrets();
  await agent.kill();
  const members = await bundled('dead.tar.gz');
  assert.deepEqual(leaks(members, known), []);
  assert.equal((parsed(members, 'station.json') as { readonly agent: null }).agent, null);
  const policy = parsed(members, 'policy.json') as { readonly settings: readonly { readonly key: string; readonly value: unknown; readonly origin: { readonly kind: string } }[] };
  const of = (key: string): unknown => policy.settings.find((one) => one.key === key)?.value;
  assert.deepEqual(
    ['pinLength', 'inactivity', 'leastGrade', 'waits', 'stationName', 'helpPhone', 'notifyHook', 'pivRoots', 'pivCrl', 'stepUpApps', 'allowedCards', 'uidWindow'].map(of),
    [
      7,
      180_000,
      'uid',
      [30_000, 60_000, 300_000],
      'set, and left out',
      'set, and left out',
      'set, and left out',
      'set, and left out',
      null,
      { entries: 1 },
      { entries: 1 },
      'set, and left out',
    ],
  );
  const doctor = parsed(members, 'doctor.json') as readonly { readonly about: string; readonly grade: string; readonly what: string | null }[];
  assert.deepEqual(
    doctor.find(({ about }) => about === 'agent'),
    { about: 'agent', grade: 'warn', what: 'No agent runs for this station' },
  );
  assert.ok(doctor.some(({ about, what }) => about === 'ledger' && what === 'The ledger holds: … entries, … signatures'));
});

test('the search itself finds a secret however it is written', () => {
  const text = 'a{"x":"739251"}';
  assert.deepEqual(leaks({ a: text }, ['739251', '739252']), ['a: 739251']);
  for (const written of [
    Buffer.from('xZephyrine', 'utf8').toString('base64'),
    Buffer.from('Zephyrine').toString('hex'),
    'eniryhpeZ',
    'ZEPHYRINE',
    'Z e p h y r i n e',
    Buffer.from('Zephyrine', 'utf16le').toString('utf8'),
  ])
    assert.deepEqual(leaks({ a: `..${written}..` }, ['Zephyrine']), ['a: Zephyrine'], written);
  assert.ok(shapesOf(uid).some((shape) => shape.equals(Buffer.from(uid, 'hex'))));
});
