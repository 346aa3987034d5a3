/** A package's tables come in; what Windows Installer would do in which order, as msiinfo reads it back, is tested: what is restricted before it runs, what goes first in a removal, and what an upgrade asks before it goes on. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { need } from '../needs.ts';
import { type Place, pack, place, smallPayload, tableOf } from './place.ts';

const skip = need('msitools', 'mingw');
const options = { skip, timeout: 120_000 };
let here: Place;
let msi: string;
const rows = (table: string): ReturnType<typeof tableOf> => tableOf(msi, table);

before(
  async () => {
    if (skip !== false) return;
    here = place();
    await smallPayload(join(here.folder, 'payload'));
    msi = await pack(join(here.folder, 'payload'), '1.2.3', join(here.folder, 'out'));
  },
  { timeout: 200_000 },
);
after(() => {
  if (skip === false) here[Symbol.dispose]();
});

test('the service is LocalSystem’s, starts with Windows, and is restricted before it is started', options, () => {
  const [service, ...others] = rows('ServiceInstall');
  assert.deepEqual(others, []);
  assert.deepEqual(
    [service?.['Name'], service?.['ServiceType'], service?.['StartType'], service?.['StartName'], service?.['Password'], service?.['Arguments'], service?.['Component_']],
    ['Tapward', '16', '2', '', '', '', 'tapward_host.exe'],
  );
  assert.deepEqual(
    rows('ServiceControl').map((row) => [row['Name'], Number(row['Event']), row['Wait']]),
    [['Tapward', 1 + 2 + 0x20 + 0x80, '1']],
  );
  const configure = rows('CustomAction').find((row) => row['Action'] === 'ConfigureService');
  // An installed program (18), in the script (0x400), as SYSTEM (0x800), whose failing counts.
  assert.deepEqual([Number(configure?.['Type']), configure?.['Source'], configure?.['Target']], [18 + 0x400 + 0x800, 'tapward_host.exe', 'configure']);
  inOrder('WriteRegistryValues', 'InstallServices', 'ConfigureService', 'StartServices');
});

test('an upgrade asks the new programs whether they can take the store over, before they are a service; what goes for it can come back', options, () => {
  const action = (name: string): readonly unknown[] => {
    const found = rows('CustomAction').find((row) => row['Action'] === name);
    const when = rows('InstallExecuteSequence').find((row) => row['Action'] === name);
    return [Number(found?.['Type']), found?.['Source'], found?.['Target'], when?.['Condition']];
  };
  // In the script, as SYSTEM: not 0x40 or 0x80, by which its failing would not count, or not be waited for.
  assert.deepEqual(action('CheckStore'), [18 + 0x400 + 0x800, 'tapward.exe', 'upgrade --check --report', '&Agent=3 AND OLDERVERSION']);
  // Between InstallInitialize and the first change: the older version's removal is part of this very transaction, and undone with it.
  inOrder(
    'InstallInitialize',
    'RemoveExistingProducts',
    'ProcessComponents',
    'InstallFiles',
    'WriteRegistryValues',
    'CheckStore',
    'InstallServices',
    'StartServices',
    'InstallFinalize',
  );
  // Only where a removal is undone (0x100), which goes backwards: when programs, service and settings are back.
  assert.deepEqual(action('BringBack'), [18 + 0x400 + 0x100 + 0x800, 'tapward_host.exe', 'bring-back', '&Agent=2']);
  inOrder('InstallInitialize', 'BringBack', 'RemoveRegistryValues', 'StopServices', 'DeleteServices', 'RemoveFiles', 'InstallFinalize');
});

function inOrder(...names: readonly string[]): void {
  const sequence = rows('InstallExecuteSequence');
  const at = names.map((name) => Number(sequence.find((row) => row['Action'] === name)?.['Sequence']));
  assert.ok(
    at.every((number) => number > 0),
    `${names.join()}: ${at.join()}`,
  );
  assert.deepEqual(
    at,
    at.toSorted((a, b) => a - b),
    names.join(' before '),
  );
}

test('a removal takes the logon tile first, then the service, then files; an upgrade is one transaction', options, () => {
  inOrder('InstallInitialize', 'RemoveRegistryValues', 'StopServices', 'DeleteServices', 'RemoveFiles', 'InstallFinalize');
  inOrder('InstallInitialize', 'RemoveExistingProducts', 'ProcessComponents', 'InstallFiles', 'InstallFinalize');
  inOrder('AppSearch', 'RecallSESSIONS', 'DefaultSESSIONS', 'FindRelatedProducts', 'LaunchConditions', 'CostInitialize');
  const sequence = rows('InstallExecuteSequence').map((row) => Number(row['Sequence']));
  assert.equal(new Set(sequence).size, sequence.length, 'two actions at one number');
});

test('people, keys and ledger go only with a removal that says so, and after all else of it succeeded', options, () => {
  const purge = rows('CustomAction').find((row) => row['Action'] === 'Purge');
  assert.equal(Number(purge?.['Type']) & 0x200, 0x200, 'a commit action');
  assert.equal(rows('InstallExecuteSequence').find((row) => row['Action'] === 'Purge')?.['Condition'], 'REMOVE="ALL" AND PURGE="1" AND NOT UPGRADINGPRODUCTCODE');
  inOrder('RemoveFiles', 'Purge', 'InstallFinalize');
});
