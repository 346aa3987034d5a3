/** Rules of any kind, for any role on any station, come in; what holds is always whole, within limits and free of contradictions, or the file is refused in words with their line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkPolicy } from '../../agent/policy/check.ts';
import { contradictions } from '../../agent/policy/contradictions.ts';
import { explain } from '../../agent/policy/explanation.ts';
import { fields, type Key, keys } from '../../agent/policy/fields.ts';
import { inMillis, inWords, judgePolicy, type PolicySite, parsePolicy } from '../../agent/policy-file.ts';
import type { BadgeAccount } from '../../agent/proofs/account.ts';
import { defaultPolicy, forRole, type Policy, roleSettings } from '../../core/policy.ts';

const site = (computer = 'icu-3'): PolicySite & { readonly computer: string } => ({ mode: 'installed', stationName: computer, computer });
const parse = (file: unknown, computer?: string): Policy => {
  const outcome = parsePolicy(JSON.stringify(file), site(computer));
  if (outcome.kind !== 'policy') throw new Error(outcome.kind === 'refused' ? outcome.faults.join(' ') : outcome.kind);
  return outcome.policy;
};
const faults = (text: string): readonly string[] => checkPolicy(text, site('pc-1')).map(({ sentence, line }) => (line === null ? sentence : `${line}: ${sentence}`));

test('later rules win, for the station and for each role; names match whole, in any case, by glob and by group', () => {
  const file = {
    inactivity: '10 min',
    groups: { icu: ['icu-*', 'PC-04?1'] },
    rules: [
      { roles: ['nurse'], set: { inactivity: '7 min', takeOver: 'switch' } },
      { stations: ['@icu'], set: { inactivity: '3 min', pinLength: 8 } },
      { roles: ['nurse', 'physician'], stations: ['@icu'], set: { inactivity: '2 min' } },
      { roles: ['physician'], stations: ['icu-9'], set: { inactivity: '1 min' } },
    ],
  };
  const minutes = (computer: string, role: string | null): number => forRole(parse(file, computer), role).inactivity / 60_000;
  assert.deepEqual(
    [
      minutes('er-1', null),
      minutes('er-1', 'nurse'),
      minutes('icu-3', null),
      minutes('ICU-3', 'nurse'),
      minutes('pc-0441', 'clerk'),
      minutes('icu-9', 'physician'),
      minutes('icu-99', 'physician'),
      minutes('my-icu-9', 'physician'),
    ],
    [10, 7, 3, 2, 3, 1, 2, 10],
  );
  // A rule for everybody on the station comes after the nurse's own: it wins, and her other setting stays.
  assert.deepEqual(parse(file, 'pc-0441').roles, { nurse: { takeOver: 'switch', inactivity: 120_000 }, physician: { inactivity: 120_000 } });
  assert.deepEqual(parse({ rules: [{ roles: ['nurse'], set: { undo: '5 s' } }, { set: { undo: '6 s' } }] }).roles, {});
  assert.equal(parse(file, 'icu-3').pinLength, 8);
  assert.equal(parse(file, 'er-1').pinLength, 6);
});

test('what a rule may not say is refused, every fault at once, each with its line', () => {
  const text = `{
  "inactivity": "10 min",
  "roles": {},
  "inactivity": "9 min",
  "groups": {"ICU": ["icu-*"], "er": []},
  "rules": [
    {"roles": ["nurse"], "set": {"pinLength": 8}},
    {"stations": ["@none", "icu-*"],
     "set": {"inactivity": 5, "colour": "red"}},
    {"roles": "nurse", "set": {}},
    {"roles": ["nurse"], "stations": ["a b"], "when": "night", "set": {"undo": "2 min"}},
    "nurse"
  ]
}`;
  assert.deepEqual(faults(text), [
    '3: "roles" is not a setting: take it out, and write what holds for a role into "rules".',
    '4: "inactivity" stands there twice: take one out.',
    '5: The group "ICU" must have a name of lower-case letters, digits and -.',
    '5: The group "er" must be a list of computer names, in which * and ? stand for any: ["icu-*"].',
    '7: Rule 1: "pinLength" cannot be set for a role: take "roles" out of the rule, and it holds for the station.',
    '8: Rule 2: there is no group "none": name it in "groups".',
    '9: Rule 2: "inactivity" must be a time from 10 s to 1 h, with its unit: "20 s".',
    '9: Rule 2: "colour" is not a setting: take it out.',
    '10: Rule 3: "roles" must be a list of roles in lower-case letters, digits and -; without it the rule holds for everybody.',
    '10: Rule 3: "set" must be an object of one or more settings.',
    '11: Rule 4: "when" has no place here: it has "roles", "stations" and "set".',
    '11: Rule 4: "stations" must be a list of computer names, in which * and ? stand for any, or of groups: ["@icu", "pc-0441"].',
    '11: Rule 4: "undo" must be a time from 0 ms to 1 min.',
    '12: Rule 5: it must be an object: {"roles": ["nurse"], "stations": ["@icu"], "set": {…}}.',
  ]);
  assert.match(faults('{\n "inactivity": "5 min",\n}')[0] ?? '', /^3: The policy file is not JSON/);
});

test('contradictions are found for everybody, for a role, and on stations other than this one', () => {
  assert.deepEqual(faults('{"windowAskBefore": "2 h", "windowOverall": "2 h"}'), [
    '"windowAskBefore" (2 h) must be shorter than "windowOverall" (2 h): the PIN would be asked at every tap.',
  ]);
  assert.deepEqual(faults('{"openOverall": "1 min", "warning": "1 min"}'), ['"warning" (1 min) must be shorter than "openOverall" (1 min): it would stand all the time.']);
  assert.deepEqual(faults('{"rules": [{"roles": ["nurse"], "set": {"shiftCodes": "on", "vouching": "off"}}]}'), [
    'For the role "nurse": "shiftCodes" must be on for the station, too: set it on for everybody, and off for the roles that may not.',
  ]);
  assert.deepEqual(faults('{"parkedWarning": "1 h", "parkedFor": "1 h"}'), ['"parkedWarning" (1 h) must be shorter than "parkedFor" (1 h).']);
  assert.deepEqual(faults('{"rules": [{"roles": ["nurse"], "set": {"warning": "2 min"}}, {"roles": ["nurse"], "set": {"inactivity": "1 min"}}]}'), [
    'For the role "nurse": "warning" (2 min) must be shorter than "inactivity" (1 min).',
  ]);
  assert.deepEqual(faults('{"rules": [{"stations": ["icu-*"], "set": {"inactivity": "15 s"}}]}'), [
    'On a station named icu-1: "warning" (20 s) must be shorter than "inactivity" (15 s).',
  ]);
});

/** A valid value of a setting, as a file writes it, made from its own description. */
function valueOf(key: Key): fc.Arbitrary<unknown> {
  const { type } = fields[key];
  const [, from, to] = /^a time from (.+) to (.+)$/.exec(type) ?? [];
  if (from !== undefined && to !== undefined) return fc.integer({ min: inMillis(from) ?? 0, max: inMillis(to) ?? 0 }).map(inWords);
  const [, least, most] = /^a whole number from (\d+) to (\d+)$/.exec(type) ?? [];
  if (least !== undefined) return fc.integer({ min: Number(least), max: Number(most) });
  const [, words] = /^one of (.+)$/.exec(type) ?? [];
  if (words !== undefined) return fc.constantFrom(...words.split(', ').filter((word) => word !== 'demo'));
  const [, some] = /^a list of ([a-z, ]+), which may be empty$/.exec(type) ?? [];
  if (some !== undefined) return fc.subarray(some.split(', '));
  if (key === 'uidWindow') return fc.option(fc.record({ owner: fc.constant('IT'), until: fc.constant('2027-03-31'), lasts: fc.constantFrom('1 min', '4 h') }));
  return fc.constant(defaultPolicy[key]);
}
const setOf = (among: readonly Key[]): fc.Arbitrary<Readonly<Record<string, unknown>>> =>
  fc.subarray([...among], { minLength: 1, maxLength: 6 }).chain((some) => fc.record(Object.fromEntries(some.map((key) => [key, valueOf(key)]))));
const roleNames = ['nurse', 'physician', 'clerk', 'constructor'] as const;
const globs = ['*', 'icu-*', 'er-?', 'icu-3', '@icu', '@er'] as const;
const stations = fc.option(fc.subarray([...globs], { minLength: 1 }), { nil: undefined });
const rule = fc.oneof(fc.record({ stations, set: setOf(keys()) }), fc.record({ roles: fc.subarray([...roleNames], { minLength: 1 }), stations, set: setOf(roleSettings) }));
const file = fc.record({ groups: fc.constant({ icu: ['icu-*'], er: ['er-*', 'pc-7'] }), rules: fc.array(rule, { maxLength: 8 }) });

/** Written anew, without any of the code: what the rules say of one name. */
const speaks: { readonly [K in (typeof globs)[number]]: (name: string) => boolean } = {
  '*': () => true,
  'icu-*': (name) => name.startsWith('icu-'),
  'er-?': (name) => /^er-.$/.test(name),
  'icu-3': (name) => name === 'icu-3',
  '@icu': (name) => name.startsWith('icu-'),
  '@er': (name) => name.startsWith('er-') || name === 'pc-7',
};

test('no combination of rules, role and station is undefined', () => {
  let whole = 0;
  fc.assert(
    fc.property(file, fc.constantFrom('icu-3', 'icu-10', 'er-1', 'er-22', 'pc-7', 'lab'), (made, computer) => {
      const outcome = parsePolicy(JSON.stringify(made), site(computer));
      if (outcome.kind === 'refused') {
        // Each rule is valid: only settings together can be at fault.
        assert.ok(outcome.faults.length > 0 && outcome.faults.every((fault) => /must (not )?be|must not become|go together/.test(fault)), outcome.faults.join());
        return;
      }
      whole++;
      assert.ok(outcome.kind === 'policy');
      for (const role of [null, 'unheard-of', ...roleNames]) {
        const resolved = forRole(outcome.policy, role);
        const wanted = new Map<Key, unknown>();
        for (const each of made.rules) {
          const here = each.stations === undefined || each.stations.some((glob) => speaks[glob](computer));
          if (here && (!('roles' in each) || (role !== null && (each.roles as readonly string[]).includes(role))))
            for (const [key, value] of Object.entries(each.set)) wanted.set(key as Key, value);
        }
        for (const key of keys()) {
          const expected = wanted.has(key) ? fields[key].schema.parse(wanted.get(key)) : key === 'stationName' ? computer : defaultPolicy[key];
          assert.deepEqual(resolved[key], expected, `${key} for ${role ?? 'nobody'} on ${computer}`);
        }
        assert.deepEqual(contradictions({ ...resolved, roles: {} }, 'installed'), []);
      }
    }),
    { numRuns: 400 },
  );
  assert.ok(whole > 40, `only ${whole} files held`);
});

test('whatever stands in the file, it is taken or refused in sentences, never thrown at', () => {
  fc.assert(
    fc.property(
      fc.record({ rules: fc.jsonValue(), groups: fc.jsonValue() }, { requiredKeys: [] }),
      fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('rules', '__proto__', 'roles', ...keys())), fc.jsonValue()),
      (parts, more) => {
        const { faults: found } = judgePolicy(JSON.stringify({ ...more, ...parts }), site());
        for (const { sentence, line } of found) assert.ok(sentence.endsWith('.') && (line === null || line >= 1), sentence);
      },
    ),
    { numRuns: 500 },
  );
});

test('what a tap would come to is what the core decides: no window for a spare, and one that only goes stale still counts', () => {
  const { resolveOn } = judgePolicy('{"windowGrades": ["aes"]}', site());
  const account = {
    id: 'b1',
    person: { id: 's1', given: 'Sam', initial: 'B', language: null, role: null },
    revoked: false,
    proves: { kind: 'aes', keyVersion: 0 },
    lastUsed: null,
    spareUntil: null,
  } as const;
  const outlook = (over: Partial<BadgeAccount>, live: readonly (readonly [string, { readonly left: number; readonly tap: number }])[]) =>
    explain({ resolved: resolveOn('pc-1'), role: null, badges: [{ ...account, ...over }], live: new Map(live), wall: 0 }).badges[0];
  const asked = (seen: ReturnType<typeof outlook>): unknown => (seen?.kind === 'opens' ? [seen.asked, seen.window] : seen);
  assert.deepEqual(asked(outlook({}, [['b1', { left: 600_000, tap: 600_000 }]])), ['none', 14_400_000], 'ten minutes until nobody was there for an hour');
  assert.deepEqual(asked(outlook({}, [['b1', { left: 600_000, tap: 0 }]])), ['pin', 14_400_000], 'ten minutes until the end of all');
  assert.deepEqual(asked(outlook({ spareUntil: 1 }, [])), ['pin', 0]);
});
