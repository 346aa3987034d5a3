/** The core's own unions, and entries with secrets in every field, come in; that a support bundle knows each word, and lets no other text through, is tested. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { subjects } from '../../agent/cli/support.ts';
import type { Recorded } from '../../agent/ledger/reading.ts';
import { diagnosticFacts } from '../../agent/support/diagnostics.ts';
import { createEntryFacts, vocabulary } from '../../agent/support/entries.ts';
import { counts, digest, fixed, moment, pseudonyms, version, whole, word } from '../../agent/support/fact.ts';
import { readerFacts } from '../../agent/support/readers.ts';
import { root } from '../../build/setup.mjs';

const source = (name: string): string => readFileSync(join(root, 'core', name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
const quoted = (text: string): readonly string[] => [...text.matchAll(/'([A-Za-z0-9]+)'/g)].map(([, one]) => one ?? '');
const unionOf = (name: string, type: string): readonly string[] =>
  quoted(new RegExp(`export type ${type} =([\\s\\S]*?);`).exec(source(name))?.[1] ?? assert.fail(`${type} is not in ${name}`));

test('every word that an entry may have is known', () => {
  const all = [
    ...quoted(/export type Entry =([\s\S]*)$/.exec(source('entry.ts'))?.[1] ?? ''),
    ...['TapReason', 'LockReason', 'DegradedCause', 'ReaderServiceCause', 'ProofFault', 'Grade', 'Factor', 'Reached'].flatMap((type) => unionOf('types.ts', type)),
    ...['FormKind', 'FormStep', 'FormRefusal', 'EmergencyReason'].flatMap((type) => unionOf('form.ts', type)),
    ...['Intent', 'OutcomeCode'].flatMap((type) => unionOf('session.ts', type)),
    ...unionOf('step-up.ts', 'AskRefusal'),
    ...unionOf('types.ts', 'Verdict'),
  ].filter((one) => one !== 'kind');
  assert.ok(all.length > 150);
  assert.deepEqual(
    [...new Set(all)].filter((one) => !vocabulary.includes(one)),
    [],
    'add these to agent/support/entries.ts',
  );
});

test('every subject of the doctor’s is known', () => {
  const folder = join(root, 'agent/cli/doctor');
  const named = readdirSync(folder).flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/\b(?:ok|warn|bad|grave)\(\s*'([\w-]+)'/g)].map(([, id]) => id ?? ''));
  assert.ok(named.length > 40);
  assert.deepEqual(
    [...new Set(named)].filter((id) => !subjects.includes(id)),
    [],
    'add these to agent/cli/support.ts',
  );
});

test('whatever stands in an entry, only words, numbers and pseudonyms come out', () => {
  const secret = 'Zephyrine 918273';
  const fields = [
    'version',
    'mode',
    'why',
    'reader',
    'change',
    'what',
    'cause',
    'tap',
    'subscriber',
    'reason',
    'stages',
    'result',
    'attempt',
    'verdict',
    'left',
    'ask',
    'app',
    'act',
    'factors',
    'reached',
    'grant',
    'intent',
    'grade',
    'by',
    'displaced',
    'ms',
    'confirmed',
    'claimant',
    'minutes',
    'number',
    'wall',
    'proved',
    'entry',
    'emergency',
    'actor',
    'statement',
    'step',
    'form',
    'purpose',
    'checked',
    'voucher',
    'until',
    'sha256',
    'keys',
    'group',
    'station',
    'badge',
    'backup',
    'digest',
  ];
  const facts = createEntryFacts();
  for (const value of [secret, [secret], { kind: secret, subscriber: secret, read: secret, number: secret }]) {
    const entry: unknown = { kind: 'tap', ...Object.fromEntries(fields.map((name) => [name, value])) };
    const told = JSON.stringify(facts.of({ seq: 1, wall: 0, at: 0, entry } as Recorded));
    assert.ok(!/Zephyrine|918273/.test(told), told);
  }
  assert.ok(!JSON.stringify(readerFacts([`OMNIKEY 5022 of ${secret}`], facts)).includes('Zeph'));
  assert.deepEqual(readerFacts(['OMNIKEY CardMan 5022 CL 0', 'Mackerel'], createEntryFacts()), [
    { reader: 'R1', maker: ['OMNIKEY'], slot: ['CL'] },
    { reader: 'R2', maker: [], slot: [] },
  ]);
});

test('diagnostics: ids and times of the agent’s log and the Windows host’s, and no word of theirs', (t) => {
  const place = mkdtempSync(join(tmpdir(), 'tapward-logs-'));
  t.after(() => rmSync(place, { recursive: true }));
  for (const name of ['Tapward', 'Tapward-Host']) mkdirSync(join(place, name));
  writeFileSync(join(place, 'Tapward/agent.log'), '2026-11-22T08:00:01.250Z TW1204 OMNIKEY of Zephyrine\nTW1001 no time\n2026-11-22T08:00:02.000Z TW9999 Zephyrine\n');
  writeFileSync(join(place, 'Tapward-Host/host.log'), '2026-11-22T08:00:00Z TW2010 The host has started. (918273)\r\n');
  const { last } = diagnosticFacts(join(place, 'Tapward'), () => '') as { readonly last: unknown };
  assert.deepEqual(last, [
    { time: '2026-11-22T08:00:00Z', id: 'TW2010' },
    { time: '2026-11-22T08:00:01Z', id: 'TW1204' },
    { time: '2026-11-22T08:00:02Z', id: 'other' },
  ]);
});

test('a fact is a number, a known word, a time, a digest, or a version, and nothing else', () => {
  assert.deepEqual([word(['a'], 'a'), word(['a'], 'b'), word(['a'], 1)], ['a', 'other', 'other']);
  assert.deepEqual([whole(1.23456), whole('482917'), whole(Number.NaN)], [1.235, null, null]);
  assert.deepEqual([moment(0), moment('2026-11-22T08:00:00.123Z'), moment('tomorrow'), moment('482917')], ['1970-01-01T00:00:00Z', '2026-11-22T08:00:00Z', null, null]);
  assert.deepEqual(
    [version('6.1.0-28-amd64'), version('pcsc-lite version 2.3.3.'), version('482917'), version('482917.1'), version('Zephyrine 1.0 of Zoe')],
    ['6.1.0', '2.3.3', null, null, '1.0'],
  );
  assert.deepEqual([digest('Zephyrine'), digest('a'.repeat(64))], [null, 'a'.repeat(64)]);
  assert.throws(() => fixed([`a`, 'b'] as unknown as TemplateStringsArray));
  const person = pseudonyms('P');
  assert.deepEqual([person('x'), person('y'), person('x'), person(3)], ['P1', 'P2', 'P1', null]);
  assert.deepEqual(counts([word(['a', 'b'], 'b'), word(['a', 'b'], 'a'), word(['a', 'b'], 'b')]), [
    { what: 'b', times: 2 },
    { what: 'a', times: 1 },
  ]);
});
