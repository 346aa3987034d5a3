/** Packages come in; what Windows Installer would do with them, as msiinfo and msiextract read it back, is tested table by table: no Windows is needed for that. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../build/setup.mjs';
import { serviceSid } from '../../build/windows/codes.ts';
import { payloadFiles } from '../../build/windows/files.ts';
import { need } from '../needs.ts';
import { change, type Place, pack, place, smallPayload, streamsOf, summaryOf, tableOf, wholePayload } from './place.ts';

const skip = need('msitools', 'mingw');
const options = { skip, timeout: 120_000 };
let here: Place;
let msi: string;
const rows = (table: string): ReturnType<typeof tableOf> => tableOf(msi, table);
const property = (name: string): string | undefined => rows('Property').find((row) => row['Property'] === name)?.['Value'];
const payload = (): string => join(here.folder, 'payload');

before(
  async () => {
    if (skip !== false) return;
    here = place();
    const { version, noface } = await wholePayload(payload(), 'host-windows');
    assert.ok(noface);
    msi = await pack(payload(), version, join(here.folder, 'out'));
  },
  { timeout: 200_000 },
);
after(() => {
  if (skip === false) here[Symbol.dispose]();
});

test('what is unsigned and without a face says so wherever a person could look', options, () => {
  assert.match(basename(msi), /^tapward-\d+\.\d+\.\d+-x64-noface-unsigned\.msi$/);
  assert.match(summaryOf(msi), /^Comments: No release: without the face of a station, not signed\.$/m);
  assert.match(summaryOf(msi), /^Subject: Tapward \S+ \(noface, unsigned\)$/m);
  assert.equal(property('ARPCOMMENTS'), 'No release: without the face of a station, not signed.');
});

test('every file of the payload is in the package with the same bytes, and nothing else', options, () => {
  const out = join(here.folder, 'extracted');
  execFileSync('msiextract', ['--directory', out, msi], { stdio: 'ignore' });
  const digests = (folder: string): readonly string[] =>
    payloadFiles(folder).map(({ path, source }) => `${path} ${createHash('sha256').update(readFileSync(source)).digest('hex')}`);
  const wanted = digests(payload());
  assert.ok(wanted.length > 30);
  const found = digests(out);
  const beside = (line: string): boolean => line.startsWith('Tapward/');
  assert.deepEqual(
    found.filter(beside).map((line) => line.replace('Tapward/', '')),
    wanted,
  );
  const template = (line: string): string => line.replace(/^.*(PolicyDefinitions|policy)\//, '');
  assert.deepEqual(found.filter((line) => !beside(line)).map(template), wanted.filter((line) => line.startsWith('policy/')).map(template));
});

/** Each of them was looked at: where to, how called, when, which feature, whether to purge. None is for a key, a PIN, a password or a code, and there is none to add here without being asked why. */
const ofSites = ['INSTALLDIR', 'PHONE', 'STATIONNAME', 'SESSIONS', 'CREDENTIALPROVIDER', 'POLICYDEFINITIONS', 'PURGE'];
const ofInstaller = [
  'ALLUSERS',
  'INSTALLLEVEL',
  'REBOOT',
  'REINSTALLMODE',
  'ARPCOMMENTS',
  'OLDERVERSION',
  'NEWERVERSION',
  'UPGRADINGPRODUCTCODE',
  'REMOVE',
  'REINSTALL',
  'STATE',
  'HOSTSTATE',
];
test('the list of public properties is closed, and no secret is one', options, () => {
  assert.deepEqual(property('SecureCustomProperties')?.split(';').toSorted(), [...ofSites, 'NEWERVERSION', 'OLDERVERSION'].toSorted());
  const cells = (table: string, ...columns: readonly string[]): readonly string[] => rows(table).flatMap((row) => columns.map((column) => row[column] ?? ''));
  const formatted = [...cells('Registry', 'Key', 'Value'), ...cells('CustomAction', 'Target'), ...cells('ServiceInstall', 'Arguments', 'Password', 'StartName')].flatMap((cell) =>
    [...cell.matchAll(/\[([^#\]]+)\]/g)].map(([, name = '']) => name),
  );
  const conditions = [
    ...cells('InstallExecuteSequence', 'Condition'),
    ...cells('LaunchCondition', 'Condition'),
    ...cells('Condition', 'Condition'),
    ...cells('Component', 'Condition'),
  ].flatMap((cell) => cell.replace(/"[^"]*"/g, '').match(/\b[A-Za-z_]{3,}\b/g) ?? []);
  const set = rows('CustomAction').flatMap((row) => (row['Type'] === '51' ? [row['Source'] ?? ''] : []));
  const named = new Set([...formatted, ...conditions, ...set, ...cells('Property', 'Property'), ...cells('AppSearch', 'Property'), ...cells('Upgrade', 'ActionProperty')]);
  const open = [...named].filter((name) => name === name.toUpperCase() && !['AND', 'NOT'].includes(name));
  assert.deepEqual(
    open.filter((name) => ![...ofSites, ...ofInstaller].includes(name)),
    [],
  );
  assert.deepEqual(
    ofSites.filter((name) => !open.includes(name)),
    [],
    'each of them does something',
  );
  // Nothing is hidden from the log, since nothing would have to be.
  assert.equal(property('MsiHiddenProperties'), undefined);
});

test('the tile is off unless asked for; templates lie beside the programs, and in Windows’ own folder only where asked for', options, () => {
  assert.deepEqual(
    rows('Feature').map((row) => [row['Feature'], row['Feature_Parent'], row['Level']]),
    [
      ['Agent', '', '1'],
      ['CredentialProvider', 'Agent', '2'],
      ['PolicyTemplates', 'Agent', '1'],
      ['PolicyDefinitions', 'PolicyTemplates', '2'],
    ],
  );
  assert.equal(property('INSTALLLEVEL'), '1');
  assert.deepEqual(
    rows('Condition').map((row) => [row['Feature_'], row['Level'], row['Condition']]),
    [
      ['CredentialProvider', '1', 'CREDENTIALPROVIDER="1"'],
      ['PolicyDefinitions', '1', 'POLICYDEFINITIONS="1"'],
    ],
  );
  const featureOf = (component = ''): string | undefined => rows('FeatureComponents').find((row) => row['Component_'] === component)?.['Feature_'];
  assert.equal(featureOf('tapward_cp.dll'), 'CredentialProvider');
  const loaded = rows('Registry').filter((row) => /Authentication|CLSID/.test(row['Key'] ?? ''));
  assert.ok(loaded.length >= 10);
  assert.deepEqual(
    loaded.filter((row) => featureOf(row['Component_']) !== 'CredentialProvider'),
    [],
  );
  // Both keys go whole at a removal, with whatever else somebody wrote there.
  assert.deepEqual(
    loaded
      .filter((row) => row['Name'] === '-')
      .map((row) => (row['Key'] ?? '').replace(/.*\\(?=[^\\]+\\\{)/, ''))
      .toSorted(),
    [
      'CLSID\\{5d96f4e0-6e3c-41c2-bc98-a41dfe494855}',
      'CLSID\\{ca2ca0d6-4695-4c09-840d-e54c0bca7eb3}',
      'Credential Provider Filters\\{ca2ca0d6-4695-4c09-840d-e54c0bca7eb3}',
      'Credential Providers\\{5d96f4e0-6e3c-41c2-bc98-a41dfe494855}',
    ],
  );
});

test('the classes that are registered are those that the DLL answers for', options, () => {
  const header = readFileSync(join(root, 'native/windows/provider/abi.h'), 'utf8');
  const own = [...header.matchAll(/GUID our_\w+ = \{([^;]*)\};/g)].map(([, numbers = '']) => {
    const [one = '', two = '', three = '', ...bytes] = [...numbers.matchAll(/0x([0-9a-f]+)/g)].map(([, digits = '']) => digits);
    return `{${one}-${two}-${three}-${bytes.slice(0, 2).join('')}-${bytes.slice(2).join('')}}`;
  });
  assert.equal(own.length, 2);
  const registered = rows('Registry').flatMap((row) => /CLSID\\(\{[^\\]*\})/.exec(row['Key'] ?? '')?.[1] ?? []);
  assert.deepEqual([...new Set(registered)].toSorted(), own.toSorted());
});

test('in a repair, which anybody may start and which runs as SYSTEM, what the command line says of the site is not heard', options, () => {
  const recalled = rows('InstallExecuteSequence')
    .filter((row) => row['Action']?.startsWith('Recall'))
    .map((row) => [row['Action'], row['Condition']]);
  assert.deepEqual(
    recalled,
    ofSites.filter((name) => name !== 'PURGE').map((name) => [`Recall${name}`, `Installed OR (NOT ${name} AND Remembered${name})`]),
  );
});

test('only 64-bit Windows 10 1809 and later, no older version over a newer one', options, () => {
  assert.deepEqual(
    rows('LaunchCondition')
      .map((row) => row['Condition'] ?? '')
      .toSorted(),
    [
      'Installed OR (VersionNT64 AND WindowsBuild >= 17763)',
      'Installed OR NOT INSTALLDIR OR (INSTALLDIR ~<< ProgramFiles64Folder AND NOT (INSTALLDIR ~= ProgramFiles64Folder) AND NOT (INSTALLDIR >< ".."))',
      'Installed OR NOT (PHONE << "#" OR STATIONNAME << "#")',
      'Installed OR NOT NEWERVERSION',
      'Installed OR SESSIONS="windows" OR SESSIONS="kiosk"',
      ...['CREDENTIALPROVIDER', 'POLICYDEFINITIONS', 'PURGE'].map((name) => `NOT ${name} OR ${name}="0" OR ${name}="1"`),
    ].toSorted(),
  );
  for (const row of rows('LaunchCondition')) assert.match(row['Description'] ?? '', /^[A-Z].*\.$/);
  assert.match(summaryOf(msi), /^Template: x64;1033$/m);
  const version = property('ProductVersion');
  assert.deepEqual(
    rows('Upgrade').map((row) => [row['VersionMin'], row['VersionMax'], Number(row['Attributes']), row['ActionProperty']]),
    [
      ['', version, 0x200, 'OLDERVERSION'],
      [version, '', 2, 'NEWERVERSION'],
    ],
  );
  assert.deepEqual(
    [...new Set(rows('Upgrade').map((row) => row['UpgradeCode'])), property('UpgradeCode')],
    ['{8E0C0F6B-9B1E-5A39-8C9E-2B6B4B0B7D11}', '{8E0C0F6B-9B1E-5A39-8C9E-2B6B4B0B7D11}'],
  );
});

test('folders are made with the rights they are to have, and nobody else has any', options, () => {
  // As Windows itself derives it, for a service that every Windows has.
  assert.equal(serviceSid('TrustedInstaller'), 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464');
  const agent = serviceSid('Tapward');
  const full = 'D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';
  assert.deepEqual(
    rows('MsiLockPermissionsEx').map((row) => [row['Table'], row['LockObject'], row['SDDLText']]),
    [
      ['CreateFolder', 'INSTALLDIR', `${full}(A;OICI;0x1200a9;;;${agent})(A;OICI;0x1200a9;;;BU)`],
      ['CreateFolder', 'STATE', `${full}(A;OICI;0x1301bf;;;${agent})`],
      ['CreateFolder', 'HOOKS', `${full}(A;OICI;0x1200a9;;;BU)`],
    ],
  );
});

test('a station never restarts by itself, and every file is replaced whatever its version says', options, () => {
  assert.deepEqual([property('REBOOT'), property('REINSTALLMODE'), property('ALLUSERS')], ['ReallySuppress', 'amus', '1']);
});

test('the same bytes from two folders; another code as soon as one byte differs; the same component by the same code', options, async () => {
  const packed = async (name: string, changes: Readonly<Record<string, string | null>>, version = '1.2.3'): Promise<string> => {
    const folder = join(here.folder, name);
    mkdirSync(folder);
    await smallPayload(folder);
    change(folder, changes);
    for (const { source } of payloadFiles(folder)) utimesSync(source, Date.now() / 1000, name.length * 1e6);
    return pack(folder, version, join(here.folder, `${name}-out`));
  };
  const [one, two, three] = [await packed('one', {}), await packed('two-two', {}), await packed('three', { 'THIRD-PARTY.txt': 'licencez' }, '1.2.4')];
  assert.ok(readFileSync(one).equals(readFileSync(two)));
  const codes = (path: string): readonly (string | undefined)[] => [
    tableOf(path, 'Property').find((row) => row['Property'] === 'ProductCode')?.['Value'],
    /Revision number.*: (.*)/.exec(summaryOf(path))?.[1],
  ];
  for (const [at, code] of codes(one).entries()) {
    assert.match(code ?? '', /^\{[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}\}$/);
    assert.notEqual(code, codes(three)[at]);
  }
  const components = (path: string): readonly string[] => tableOf(path, 'Component').map((row) => `${row['Component']} ${row['ComponentId']}`);
  assert.deepEqual(components(one), components(three));
  assert.equal(new Set(tableOf(one, 'Component').map((row) => row['ComponentId'])).size, components(one).length);
  assert.deepEqual(
    streamsOf(one).filter((name) => name.startsWith('cabinet')),
    ['cabinet1'],
  );
  // Templates twice: beside the programs, and for Windows' own folder.
  assert.deepEqual(
    tableOf(one, 'Component')
      .filter((row) => row['Directory_']?.startsWith('DEFINITIONS'))
      .map((row) => row['Directory_']),
    ['DEFINITIONS', 'DEFINITIONS.en_US', 'DEFINITIONS.es_ES'],
  );
});
