/** A file, pieces beside it and a registry come in; what holds, where each value came from, and every fault of all of them at once with its place, go out. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { effective } from '../../agent/policy/effective.ts';
import { faultWords } from '../../agent/policy/fault.ts';
import { fields, keys } from '../../agent/policy/fields.ts';
import { type RegistryValue, registryKey, setupKey } from '../../agent/policy/group-policy.ts';
import { originWords } from '../../agent/policy/origin.ts';
import { readSources } from '../../agent/policy/reading.ts';
import { judgeSources, type Source } from '../../agent/policy/sources.ts';
import { defaultPolicy, forRole } from '../../core/policy.ts';

const site = { mode: 'installed', stationName: 'icu-3', computer: 'icu-3' } as const;
const file = (text: string, name = '/etc/tapward/policy.json'): Source => ({ kind: 'file', name, text });
const registry = (...values: readonly RegistryValue[]): Source => ({ kind: 'registry', name: `HKLM\\${registryKey}`, values });
const dword = (name: string, data: number, key = ''): RegistryValue => ({ key, name, type: 'REG_DWORD', data });
const sz = (name: string, data: string): RegistryValue => ({ key: '', name, type: 'REG_SZ', data });
const multi = (name: string, ...data: readonly string[]): RegistryValue => ({ key: '', name, type: 'REG_MULTI_SZ', data });
const judge = (...sources: readonly Source[]): ReturnType<typeof judgeSources> => judgeSources(sources, site);

test('the last source decides, its settings against the rules of those before it; each value says where it came from', () => {
  const { faults, resolveOn } = judge(
    file(
      '{\n  "inactivity": "10 min",\n  "undo": "5 s",\n  "rules": [\n    {"roles": ["nurse"],\n     "set": {"inactivity": "7 min",\n             "takeOver": "switch"}}\n  ]\n}',
    ),
    file('{"groups": {"icu": ["icu-*"]},\n "undo": "7 s"}', '/etc/tapward/policy.d/10-icu.json'),
    registry(dword('inactivity', 120), multi('rules', '[{"stations": ["@icu"],', '  "set": {"pinLength": 8}}]')),
  );
  assert.deepEqual(faults, []);
  const resolved = resolveOn('icu-3');
  const rows = effective(resolved, resolved.policy, 'nurse');
  const of = (key: string): readonly unknown[] => rows.flatMap((row) => (row.key === key ? [row.value, originWords(row.origin, row.key), row.isDefault] : []));
  assert.deepEqual(of('inactivity'), [120_000, `HKLM\\${registryKey}\\inactivity`, false], 'what the registry sets no rule of a file takes back');
  assert.deepEqual(of('takeOver'), ['switch', 'rule 1, /etc/tapward/policy.json:7', false]);
  assert.deepEqual(of('undo'), [7_000, '/etc/tapward/policy.d/10-icu.json:2', false]);
  assert.deepEqual(of('pinLength'), [8, `rule 1, HKLM\\${registryKey}\\rules:2`, false]);
  assert.deepEqual(of('warning'), [20_000, 'default', true]);
  assert.deepEqual(of('stationName'), ['icu-3', 'the station itself', false]);
  assert.deepEqual(
    rows.map(({ key }) => key),
    keys(),
  );
  assert.equal(resolveOn('er-1').policy.pinLength, 6);
  // Without the registry the nurse's rule holds.
  assert.equal(
    forRole(judge(file('{"inactivity": "10 min", "rules": [{"roles": ["nurse"], "set": {"inactivity": "7 min"}}]}')).resolveOn('icu-3').policy, 'nurse').inactivity,
    420_000,
  );
});

test('every fault of every source is said at once, each with its place and what is meant', () => {
  const { faults } = judge(
    file('{\n  "pinLenght": 8,\n  "inactivity": 5,\n  "undo": "1 s",\n  "undo": "2 s"\n}'),
    file('{"warning": "20 s",}', '/etc/tapward/policy.d/50.json'),
    { kind: 'unreadable', name: '/etc/tapward/policy.d/60.json', why: 'The policy file cannot be read (EACCES): give the agent’s account the right to read it.' },
    registry(
      sz('pinLength', '8'),
      dword('inactivity', 4_000),
      dword('Colour', 1),
      multi('__proto__', 'x'),
      sz('takeOver', 'always'),
      multi('keyModels', 'x'),
      multi('rules', '[{"roles": ["nurse"],', ' "set": {"pinLength": 8}}]'),
      multi('uidWindow', '{'),
      dword('notifyHook_none', 7),
      dword('lockKey_none', 1),
      sz('lockKey', 'F9'),
      dword('aes', 2, 'windowGrades'),
      dword('x', 1, 'Lists'),
      { key: '', name: 'desfireAid', type: 'other', data: null },
      multi('waits', '1 min', '30 s'),
    ),
  );
  const words = faults.map((fault) => faultWords(fault, true));
  const at = `HKLM\\${registryKey}\\`;
  for (const expected of [
    '/etc/tapward/policy.json, line 2: "pinLenght" is not a setting: take it out.',
    '/etc/tapward/policy.json, line 3: "inactivity" must be a time from 10 s to 1 h, with its unit: "20 s".',
    '/etc/tapward/policy.json, line 5: "undo" stands there twice: take one out.',
    '/etc/tapward/policy.d/60.json: The policy file cannot be read (EACCES): give the agent’s account the right to read it.',
    `${at}pinLength: "pinLength" must be a number (REG_DWORD).`,
    `${at}inactivity: "inactivity" must be a time from 10 s to 1 h.`,
    `${at}Colour: "Colour" is not a setting: take it out.`,
    `${at}__proto__: "__proto__" is not a setting: take it out.`,
    `${at}takeOver: "takeOver" must be one of ask, switch, refuse.`,
    `${at}keyModels: "keyModels" must be a list of at most 64 AAGUIDs.`,
    `${at}rules, line 2: Rule 1: "pinLength" cannot be set for a role: take "roles" out of the rule, and it holds for the station.`,
    `${at}notifyHook_none: "notifyHook_none" must be a number (REG_DWORD) 1 or 0.`,
    `${at}lockKey_none: "lockKey" stands beside "lockKey_none": take one out.`,
    `${at}windowGrades: "windowGrades" must be a number (REG_DWORD) 1 or 0 for each word.`,
    `${at}Lists: "Lists" is no key of settings: take it out.`,
    `${at}desfireAid: "desfireAid" must be a text (REG_SZ).`,
    '"waits" must not become shorter from one to the next.',
  ])
    assert.ok(words.includes(expected), `${expected}\nis not among\n${words.join('\n')}`);
  assert.ok(words.some((fault) => fault.startsWith('/etc/tapward/policy.d/50.json') && fault.includes('The policy file is not JSON')));
  assert.ok(words.some((fault) => fault.startsWith(`${at}uidWindow`) && fault.includes('"uidWindow" is not JSON')));
  assert.equal(words.length, 19);
});

test('a group of one source serves the rules of another; names of values count in any case, as Windows has it', () => {
  const { faults, resolveOn } = judge(
    file('{"rules": [{"stations": ["@icu"], "set": {"undo": "3 s"}}]}'),
    registry(multi('Groups', '{"icu": ["icu-*"]}'), dword('PINLENGTH', 9), dword('aes', 1, 'WindowGrades'), dword('piv', 0, 'WindowGrades')),
  );
  assert.deepEqual(faults, []);
  const { policy } = resolveOn('icu-3');
  assert.deepEqual([policy.undo, policy.pinLength, policy.windowGrades], [3_000, 9, ['aes']]);
});

test('sources are read in the order of their names; what is no such file is left alone', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-sources-'));
  try {
    const path = join(dir, 'policy.json');
    assert.deepEqual(
      readSources(path, () => null),
      [],
    );
    mkdirSync(join(dir, 'policy.d', '30-folder.json'), { recursive: true });
    for (const name of ['20-b.json', '10-a.json', '05-x.json.dpkg-old', '.40-hidden.json', 'README']) writeFileSync(join(dir, 'policy.d', name), '{}');
    writeFileSync(path, '{}');
    const names = readSources(path, (key) => [dword(key === registryKey ? 'pinLength' : 'undo', 8)]).map((source) => `${source.kind} ${source.name.replace(`${dir}/`, '')}`);
    assert.deepEqual(names, [
      `registry HKLM\\${setupKey}`,
      'file policy.json',
      'file policy.d/10-a.json',
      'file policy.d/20-b.json',
      'unreadable policy.d/30-folder.json',
      `registry HKLM\\${registryKey}`,
    ]);
    assert.deepEqual(
      readSources(join(dir, 'none.json'), (key) => (key === registryKey ? 'no right' : null))
        .filter(({ kind }) => kind === 'unreadable')
        .map(({ name }) => name.replace(`${dir}/`, '')),
      ['policy.d/30-folder.json', `HKLM\\${registryKey}`],
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

const anyValue: fc.Arbitrary<RegistryValue> = fc
  .record({
    key: fc.constantFrom('', '', '', 'windowGrades', 'x'),
    name: fc.oneof(fc.constantFrom(...keys(), ...keys().map((key) => `${key}_none`), 'rules', 'groups', '__proto__', ''), fc.string()),
  })
  .chain((where) =>
    fc.oneof(
      fc.string().map((data): RegistryValue => ({ ...where, type: 'REG_SZ', data })),
      fc.nat(0xffff_ffff).map((data): RegistryValue => ({ ...where, type: 'REG_DWORD', data })),
      fc.array(fc.oneof(fc.string(), fc.json())).map((data): RegistryValue => ({ ...where, type: 'REG_MULTI_SZ', data })),
      fc.constant<RegistryValue>({ ...where, type: 'other', data: null }),
    ),
  );

test('whatever stands in a registry, it is taken or refused in sentences; without a fault each setting is within its limits', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 4 }), (values) => {
      const { faults, resolveOn } = judge(registry(...values));
      for (const { sentence } of faults) assert.match(sentence, /^\S[^]*\.$/);
      if (faults.length > 0) return;
      taken++;
      const { policy } = resolveOn('icu-3');
      for (const key of keys()) {
        const { shape } = fields[key];
        if (shape.kind === 'whole' || shape.kind === 'time') assert.ok(Number(policy[key]) >= shape.from && Number(policy[key]) <= shape.to, key);
      }
      assert.deepEqual(Object.keys(policy).toSorted(), Object.keys(defaultPolicy).toSorted());
    }),
    { numRuns: 2_000 },
  );
  assert.ok(taken > 100, 'some of it must be taken, or this proves nothing');
});
