/** What Group Policy writes by our template comes in through Wine's registry; the agent's reader, run by Node for Windows, finds each value as it was written, and the policy that was meant. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RegistryValue } from '../../agent/policy/group-policy.ts';
import type { Policy } from '../../core/policy.ts';
import { need } from '../needs.ts';
import { until } from '../windows/host-rig.ts';
import { appWithKoffi } from '../windows/node-windows.ts';
import { startWine } from '../windows/wine.ts';
import { groupPolicy, named, readTemplate } from './template.ts';

type Found = {
  readonly values: readonly RegistryValue[] | null | string;
  readonly names: readonly string[];
  readonly faults: readonly { readonly sentence: string; readonly source: string | null }[];
  readonly policy: Policy;
  readonly none: unknown;
};

const base = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Tapward';
const hex = (bytes: Buffer): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(',');
/** As regedit exports it. */
function regFile(values: readonly RegistryValue[]): Buffer {
  const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const data = (value: RegistryValue): string =>
    value.type === 'REG_DWORD'
      ? `dword:${value.data.toString(16).padStart(8, '0')}`
      : value.type === 'REG_SZ'
        ? quoted(value.data)
        : value.type === 'REG_MULTI_SZ'
          ? `hex(7):${hex(Buffer.from(`${value.data.map((line) => `${line}\0`).join('')}\0`, 'utf16le'))}`
          : assert.fail('no such value is written');
  const keys = [...new Set(values.map(({ key }) => key))];
  const text = [
    'Windows Registry Editor Version 5.00',
    '',
    ...keys.flatMap((key) => [
      `[${base}${key === '' ? '' : `\\${key}`}]`,
      ...values.filter((value) => value.key === key).map((value) => `${quoted(value.name)}=${data(value)}`),
      '',
    ]),
  ].join('\r\n');
  return Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(text, 'utf16le')]);
}
const order = (values: readonly RegistryValue[]): readonly RegistryValue[] => values.toSorted((a, b) => (`${a.key}\\${a.name}` < `${b.key}\\${b.name}` ? -1 : 1));

test('what Group Policy writes is read back as it was written, and means what was chosen; so does what reg.exe adds', {
  skip: need('wine', 'python'),
  timeout: 200_000,
}, async (t) => {
  await using wine = await startWine();
  const ready = await appWithKoffi(wine, 'test/policy/registry-program.ts');
  if (ready === null) return t.skip('needs Node and koffi for Windows, and no registry answers (npm pack)');
  const { node, app, script } = ready;
  const answer = join(app, 'answer');
  const read = async (): Promise<Found> => {
    rmSync(answer, { force: true });
    wine.start(node, [script, 'C:\\app\\answer', 'C:\\app\\policy.json'], 'ignore');
    await until('an answer', () => existsSync(answer));
    return JSON.parse(readFileSync(answer, 'utf8')) as Found;
  };
  const reg = async (...args: readonly string[]): Promise<void> => {
    const { code, out, err } = await wine.run('reg', args);
    assert.equal(code, 0, out + err);
  };
  const first = await read();
  assert.deepEqual([first.values, first.names, first.policy.inactivity], [null, [], 300_000], 'no key, no source');

  const { admx } = readTemplate();
  const enabled = (name: string, ...[typed]: readonly Parameters<typeof groupPolicy>[2][]): readonly RegistryValue[] => groupPolicy(named(admx, name), 'enabled', typed);
  const written = [
    ...enabled('inactivity', { inactivity: 120 }),
    ...enabled('pinLength', { pinLength: 8 }),
    ...enabled('takeOver', { takeOver: 'switch' }),
    ...enabled('windowGrades', { windowGrades_piv: true }),
    ...enabled('stationName', { stationName: 'Urgencias – 3ª “planta”' }),
    ...enabled('waits', { waits: ['10 s', '1 min'] }),
    ...enabled('pivRoots', { pivRoots: 'C:\\pki\\roots.pem' }),
    ...enabled('emergency'),
    ...groupPolicy(named(admx, 'shiftCodes'), 'disabled'),
    ...groupPolicy(named(admx, 'lockKey'), 'disabled'),
    ...enabled('keyModels', { keyModels: [] }),
    ...enabled('rules', { rules: ['[{"roles": ["nurse"],', `  "set": {"undo": "3 s"}}]${' '.repeat(6_000)}`] }),
  ];
  writeFileSync(join(wine.drive, 'policy.reg'), regFile(written));
  await reg('import', 'C:\\policy.reg');
  const second = await read();
  assert.ok(Array.isArray(second.values));
  assert.deepEqual(order(second.values as readonly RegistryValue[]), order(written), 'names, types, every character');
  assert.deepEqual([second.faults, second.names, second.none], [[], ['HKLM\\SOFTWARE\\Policies\\Tapward'], null]);
  const { policy } = second;
  assert.deepEqual(
    [
      policy.inactivity,
      policy.pinLength,
      policy.takeOver,
      policy.windowGrades,
      policy.stationName,
      policy.waits,
      policy.pivRoots,
      policy.emergency,
      policy.shiftCodes,
      policy.lockKey,
      policy.keyModels,
      policy.roles,
    ],
    [120_000, 8, 'switch', ['piv'], 'Urgencias – 3ª “planta”', [10_000, 60_000], 'C:\\pki\\roots.pem', 'on', 'off', null, [], { nurse: { undo: 3_000 } }],
  );

  // By hand, and wrong: beside a file, whose own faults are told with them.
  writeFileSync(join(app, 'policy.json'), '{"colour": 1}');
  await reg('add', base, '/v', 'inactivity', '/t', 'REG_SZ', '/d', '2 min', '/f');
  await reg('add', base, '/v', 'undo', '/t', 'REG_BINARY', '/d', '00', '/f');
  await reg('add', `${base}\\windowGrades`, '/v', 'uid', '/t', 'REG_DWORD', '/d', '1', '/f');
  const third = await read();
  assert.deepEqual(
    third.faults.map(({ source, sentence }) => `${source}: ${sentence}`).toSorted((a, b) => (a < b ? -1 : 1)),
    [
      'C:\\app\\policy.json: "colour" is not a setting: take it out.',
      'HKLM\\SOFTWARE\\Policies\\Tapward\\inactivity: "inactivity" must be a number (REG_DWORD) of seconds.',
      'HKLM\\SOFTWARE\\Policies\\Tapward\\undo: "undo" must be a number (REG_DWORD) of seconds.',
      'HKLM\\SOFTWARE\\Policies\\Tapward\\windowGrades: "windowGrades" must be a list of aes, piv, fido, which may be empty.',
    ],
  );
});
