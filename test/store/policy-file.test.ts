/** Policy files come in; whole policies, or every fault at once in words, go out. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inMillis, inWords, type PolicyOutcome, type PolicySite, parsePolicy, readPolicy, settings } from '../../agent/policy-file.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { folder } from './place.ts';

const site: PolicySite = { mode: 'installed', stationName: 'pc-7' };
const parse = (file: unknown, where: PolicySite = site): PolicyOutcome => parsePolicy(JSON.stringify(file), where);
const faults = (file: unknown, where?: PolicySite): readonly string[] => {
  const outcome = parse(file, where);
  return outcome.kind === 'refused' ? outcome.faults : [];
};

test('what the file leaves out keeps its default; the name is the computer’s own', () => {
  assert.deepEqual(parse({}), { kind: 'policy', policy: { ...defaultPolicy, stationName: 'pc-7' } });
  assert.deepEqual(parse({ inactivity: '10 min', waits: ['1 min', '1 h'], stationName: 'Ward 3', pinLength: 8 }), {
    kind: 'policy',
    policy: { ...defaultPolicy, inactivity: 600_000, waits: [60_000, 3_600_000], stationName: 'Ward 3', pinLength: 8 },
  });
});

test('no file is no fault; an unreadable one is', (t) => {
  const dir = folder(t);
  assert.deepEqual(readPolicy(join(dir, 'policy.json'), site), { kind: 'absent', policy: { ...defaultPolicy, stationName: 'pc-7' } });
  assert.equal(readPolicy(dir, site).kind, 'refused');
  writeFileSync(join(dir, 'policy.json'), '{"pinLength": 7}');
  const read = readPolicy(join(dir, 'policy.json'), site);
  assert.equal(read.kind === 'policy' && read.policy.pinLength, 7);
});

for (const [file, fault] of [
  [{ pinLength: 5 }, '"pinLength" must be a whole number from 6 to 12.'],
  [{ pinLength: '6' }, '"pinLength" must be a whole number from 6 to 12.'],
  [{ pinLenght: 6 }, '"pinLenght" is not a setting: take it out.'],
  [{ pin_length: 6 }, '"pin_length" is not a setting: take it out, or write "pinLength".'],
  [{ inactivity: '61 min' }, '"inactivity" must be a time from 10 s to 1 h.'],
  [{ inactivity: 300_000 }, '"inactivity" must be a time from 10 s to 1 h, with its unit: "20 s".'],
  [{ inactivity: '5 minutes' }, '"inactivity" must be a time from 10 s to 1 h.'],
  [{ inactivity: null }, '"inactivity" must be a time from 10 s to 1 h.'],
  [{ waits: [] }, '"waits" must be a list of 1 to 9 times from 1 s to 1 h.'],
  [{ waits: ['30 s', 'long'] }, '"waits" must be a list of 1 to 9 times from 1 s to 1 h.'],
  [{ waits: ['1 min', '30 s'] }, '"waits" must not become shorter from one to the next.'],
  [{ blockAfter: 11 }, '"blockAfter" must be a whole number from 2 to 10.'],
  [{ triesBeforeWait: 5, blockAfter: 5 }, '"triesBeforeWait" (5) must be smaller than "blockAfter" (5).'],
  [{ inactivity: '20 s' }, '"warning" (20 s) must be shorter than "inactivity" (20 s).'],
  [{ digitsWipedAfter: '30 s' }, '"digitsWipedAfter" (30 s) must not be longer than "pinGivesUpAfter" (20 s).'],
  [{ takeOver: 'always' }, '"takeOver" must be one of ask, switch, refuse.'],
  [{ addBadge: 'demo' }, '"addBadge" must be off or code on an installed station: demo people exist only in evaluation.'],
  [{ stationName: '' }, '"stationName" must be 1 to 40 characters.'],
  [{ stationName: 'a\u202eb' }, '"stationName" must be 1 to 40 characters.'],
  [{ helpPhone: 'call me' }, '"helpPhone" must be 1 to 24 characters of a telephone number.'],
  [['pinLength'], 'The policy file must be one JSON object of settings.'],
] as const) {
  test(`${JSON.stringify(file)} is refused in one sentence`, () => assert.deepEqual(faults(file), [fault]));
}

test('every fault is said at once', () => {
  assert.equal(faults({ pinLength: 5, inactivity: 1, color: 'red', waits: ['2 min', '1 min'], addBadge: 'demo' }).length, 5);
});

test('demo people are for evaluation', () => assert.deepEqual(faults({ addBadge: 'demo' }, { ...site, mode: 'evaluation' }), []));

test('what is not JSON is said to be none', () => {
  const outcome = parsePolicy('{"pinLength": 6,}', site);
  assert.ok(outcome.kind === 'refused');
  assert.match(outcome.faults.join(), /^The policy file is not JSON: .+\.$/);
});

test('times are written as they are read', () => {
  for (const [text, millis] of [
    ['500 ms', 500],
    ['20 s', 20_000],
    ['5 min', 300_000],
    ['1 h', 3_600_000],
  ] as const) {
    assert.equal(inMillis(text), millis);
    assert.equal(inWords(millis), text);
  }
  assert.equal(inMillis('1.5min'), 90_000);
  assert.equal(inWords(90_000), '90 s');
  for (const wrong of ['5', '-5 s', '5 s ', 's', '5 S', '1e3 s', '']) assert.equal(inMillis(wrong), null);
});

test('the table of settings is the Policy, its defaults are taken by the schema as they are written', () => {
  const table = settings();
  assert.deepEqual(
    table.map((s) => s.key),
    Object.keys(defaultPolicy).filter((key) => key !== 'roles'),
  );
  const file = Object.fromEntries(table.map((s) => [s.key, JSON.parse(s.default) as unknown])) as Record<keyof Policy, unknown>;
  assert.deepEqual(parse(file), { kind: 'policy', policy: defaultPolicy });
  for (const { key, type, meaning } of table) assert.ok(type.length > 0 && /^[A-Z].+\.$/.test(meaning), key);
});
