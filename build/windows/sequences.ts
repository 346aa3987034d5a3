/** Nothing comes in; what Windows Installer does, in which order, and the few steps of our own go out. */

import { type SiteProperty, siteProperties } from './site.ts';
import type { Row } from './tables.ts';

/** Custom action types: set a property; run an installed file, or a program of Windows', as SYSTEM in the script or after all of it succeeded. */
const setProperty = 51;
const [installedFile, fromFolder] = [18, 34];
const [inScript, undoing, committed, asSystem, goesOn] = [0x400, 0x100, 0x200, 0x800, 0x40];

const kept = (siteProperties as readonly SiteProperty[]).filter((property) => property.kept !== null);

export const remembered = (name: string): string => `Remembered${name}`;
/** An administrator's `Disabled` under our provider: what she switched off stays off. */
export const tileDisabled = 'TileDisabled';

/**
 * The command line counts before what an installed version was told, and that before the default. Not in a repair: anybody may start one, which runs as SYSTEM, and would
 * say another telephone number, or where the next version's service is to lie.
 */
const takeOver = kept.flatMap(({ name, otherwise }): readonly (readonly [Row, string])[] => [
  [[`Recall${name}`, setProperty, name, `[${remembered(name)}]`], `Installed OR (NOT ${name} AND ${remembered(name)})`],
  ...(otherwise === null ? [] : [[[`Default${name}`, setProperty, name, otherwise], `NOT ${name}`] as const]),
]);

export const customActions: readonly Row[] = [
  ...takeOver.map(([action]) => action),
  ['CheckStore', installedFile + inScript + asSystem, 'tapward.exe', 'upgrade --check --report'],
  ['ConfigureService', installedFile + inScript + asSystem, 'tapward_host.exe', 'configure'],
  ['BringBack', installedFile + inScript + undoing + asSystem, 'tapward_host.exe', 'bring-back'],
  ['Purge', fromFolder + inScript + committed + asSystem + goesOn, 'System64Folder', '"[System64Folder]cmd.exe" /d /c rd /s /q "[STATE]" "[HOSTSTATE]"'],
];

const costed: readonly Row[] = [
  ['CostInitialize', null, 800],
  ['FileCost', null, 900],
  ['CostFinalize', null, 1000],
];

/**
 * Removal undoes in this order: first what LogonUI loads (so passwords work whatever comes after), then the service, then files.
 * An older version goes inside of the same transaction, right at its start: what fails later brings it back, and no file of it is left behind to be mixed with ours.
 * What is undone is undone backwards, so `BringBack` stands before all that it wants to find again: the programs, the service and its settings.
 */
export const executeSequence: readonly Row[] = [
  ['AppSearch', null, 50],
  ...takeOver.map(([[action = null], condition], at): Row => [action, condition, 51 + at]),
  ['FindRelatedProducts', null, 90],
  ['LaunchConditions', null, 100],
  ['ValidateProductID', null, 700],
  ...costed,
  ['InstallValidate', null, 1400],
  ['InstallInitialize', null, 1500],
  ['RemoveExistingProducts', null, 1510],
  ['ProcessComponents', null, 1600],
  ['UnpublishFeatures', null, 1700],
  // Of the version that goes, and only where its going is undone: the service comes back bare, and may have been started before its settings were there.
  ['BringBack', '&Agent=2', 1750],
  ['RemoveRegistryValues', null, 1800],
  ['StopServices', 'VersionNT', 1900],
  ['DeleteServices', 'VersionNT', 2000],
  ['RemoveFiles', null, 3500],
  ['RemoveFolders', null, 3600],
  ['CreateFolders', null, 3700],
  ['InstallFiles', null, 4000],
  ['WriteRegistryValues', null, 5000],
  // By the new programs, before they are a service: on a copy of the store of the version before, which is not touched.
  ['CheckStore', '&Agent=3 AND OLDERVERSION', 5100],
  ['InstallServices', 'VersionNT', 5800],
  // Windows Installer's own tables for this are documented as not working: its page on MsiConfigureServices says so.
  ['ConfigureService', '&Agent=3 OR (!Agent=3 AND REINSTALL)', 5850],
  ['StartServices', 'VersionNT', 5900],
  ['RegisterUser', null, 6000],
  ['RegisterProduct', null, 6100],
  ['PublishFeatures', null, 6300],
  ['PublishProduct', null, 6400],
  ['Purge', 'REMOVE="ALL" AND PURGE="1" AND NOT UPGRADINGPRODUCTCODE', 6500],
  ['InstallFinalize', null, 6600],
];

/** Without dialogs: a double click asks for an administrator, and shows Windows' own progress. */
export const uiSequence: readonly Row[] = [...costed, ['ExecuteAction', null, 1300]];
/** `msiexec /a`: the files, unpacked on a share. */
export const adminSequence: readonly Row[] = [
  ...costed,
  ['InstallValidate', null, 1400],
  ['InstallInitialize', null, 1500],
  ['InstallAdminPackage', null, 3900],
  ['InstallFiles', null, 4000],
  ['InstallFinalize', null, 6600],
];
/** Assigned to computers by Group Policy. */
export const advertiseSequence: readonly Row[] = [
  ['CostInitialize', null, 800],
  ['CostFinalize', null, 1000],
  ['InstallValidate', null, 1400],
  ['InstallInitialize', null, 1500],
  ['PublishFeatures', null, 6300],
  ['PublishProduct', null, 6400],
  ['InstallFinalize', null, 6600],
];
