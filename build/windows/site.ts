/** Nothing comes in; what a site may say to the installer goes out: the closed list of its public properties, and where each is kept so that an upgrade finds it. No secret is ever one of them: Windows writes properties into logs and the registry. */

export type SiteProperty = {
  readonly name: string;
  readonly meaning: string;
  /** Value of HKLM\SOFTWARE\Tapward… that keeps it; null: it is for this one run. */
  readonly kept: { readonly key: string; readonly value: string } | null;
  /** Where neither the command line nor an installed version says anything. */
  readonly otherwise: string | null;
};

const own = 'SOFTWARE\\Tapward';
const setup = `${own}\\Setup`;
/** Value names here are those of the policy; the agent reads them below its policy file. */
export const settings = `${own}\\Settings`;

export const siteProperties = [
  { name: 'INSTALLDIR', meaning: 'The folder of the programs, in %ProgramFiles%; Tapward there unless said.', kept: { key: setup, value: 'InstallDir' }, otherwise: null },
  {
    name: 'PHONE',
    meaning: "IT's number, at most 24 characters: on the logon tile, also while the agent is down, and on the station's screen.",
    kept: { key: own, value: 'Phone' },
    otherwise: null,
  },
  { name: 'STATIONNAME', meaning: "What the station is called on its screen; the computer's name unless said.", kept: { key: settings, value: 'stationName' }, otherwise: null },
  {
    name: 'SESSIONS',
    meaning: "What the station opens: windows (each person's own session) or kiosk (one shared desktop).",
    kept: { key: settings, value: 'sessions' },
    otherwise: 'windows',
  },
  {
    name: 'CREDENTIALPROVIDER',
    meaning: '1: the tile at the logon screen, and its filter; 0, and unless said: not.',
    kept: { key: setup, value: 'CredentialProvider' },
    otherwise: null,
  },
  {
    name: 'POLICYDEFINITIONS',
    meaning: "1: the policy templates also where this computer's own Group Policy editor looks; 0, and unless said: not.",
    kept: { key: setup, value: 'PolicyDefinitions' },
    otherwise: null,
  },
  { name: 'PURGE', meaning: "With a removal, 1: the station's people, keys and ledger go, too. Without it they stay.", kept: null, otherwise: null },
] as const satisfies readonly SiteProperty[];

/** Found by Windows itself: another version of ours. */
export const olderVersion = 'OLDERVERSION';
export const newerVersion = 'NEWERVERSION';

/** In the language of conditions. Checked in any order; the first that does not hold is the one sentence that IT reads in the log, and msiexec ends with 1603. */
export const launchConditions = (version: string): readonly (readonly [string, string])[] => [
  [
    'Installed OR (VersionNT64 AND WindowsBuild >= 17763)',
    'Tapward needs 64-bit Windows 10 version 1809, Windows 11, Windows Server 2019 or a later one: update Windows, then install again.',
  ],
  [
    `Installed OR NOT ${newerVersion}`,
    `A newer version of Tapward than ${version} is installed, and its people and ledger may be of a newer form: remove that version first if you must go back.`,
  ],
  // People may make folders elsewhere, and whoever owns one owns what lies below it.
  [
    'Installed OR NOT INSTALLDIR OR (INSTALLDIR ~<< ProgramFiles64Folder AND NOT (INSTALLDIR ~= ProgramFiles64Folder) AND NOT (INSTALLDIR >< ".."))',
    'INSTALLDIR must be a folder in %ProgramFiles%, where only administrators may write: correct it on the command line, then install again.',
  ],
  ...(['CREDENTIALPROVIDER', 'POLICYDEFINITIONS', 'PURGE'] as const).map(
    (name) => [`NOT ${name} OR ${name}="0" OR ${name}="1"`, `${name} must be 1 or 0: correct it on the command line, then try again.`] as const,
  ),
  [
    'Installed OR NOT (PHONE << "#" OR STATIONNAME << "#")',
    'PHONE and STATIONNAME must not begin with #, by which Windows Installer knows a number: write something before it, then install again.',
  ],
  ['Installed OR SESSIONS="windows" OR SESSIONS="kiosk"', 'SESSIONS must be windows or kiosk: correct it on the command line, then install again.'],
];
