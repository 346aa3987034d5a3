/** A payload's files and a version come in; every table of the installer goes out: what is put where, what is registered, what a site may say, and what is left after a removal. */
import { guid, serviceSid, upgradeCode } from './codes.ts';
import { type FeatureName, fileKey, type PayloadFile, type Placed, place, sixtyFour } from './files.ts';
import { adminSequence, advertiseSequence, customActions, executeSequence, remembered, tileDisabled, uiSequence } from './sequences.ts';
import { launchConditions, newerVersion, olderVersion, type SiteProperty, settings, siteProperties } from './site.ts';
import { type Cell, faultsOf, type Row, type Tables } from './tables.ts';

export type Product = {
  /** As in package.json: three numbers. */
  readonly version: string;
  /** Of all that is in it: another product for Windows Installer as soon as one byte differs. */
  readonly content: string;
  /** What IT reads in the list of programs: that this is no release, and why; null: it is one. */
  readonly remark: string | null;
};

export const service = 'Tapward';
const manufacturer = 'Tapward';
const [provider, filter] = ['{5d96f4e0-6e3c-41c2-bc98-a41dfe494855}', '{ca2ca0d6-4695-4c09-840d-e54c0bca7eb3}'];
const authentication = 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Authentication';
const eventSource = 'SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\Tapward';
/** What the host starts: native/windows/host/host.h. */
const hostKey = 'SOFTWARE\\Tapward\\Host';
const faceProgram = 'face/tapward-face.exe';
const localMachine = 2;

/** SYSTEM and the administrators; the agent, which has the rights of its service alone; where said, people who sign in. */
const rights = (agent: string | null, people: string | null): string =>
  `D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)${agent === null ? '' : `(A;OICI;${agent};;;${serviceSid(service)})`}${people === null ? '' : `(A;OICI;${people};;;BU)`}`;
const [readAndRun, change] = ['0x1200a9', '0x1301bf'];

/** Values that belong together: written with the first, gone with the first. A name of `-` takes the whole key at removal. */
type Registration = {
  readonly component: string;
  readonly feature: FeatureName;
  readonly condition?: string;
  readonly values: readonly (readonly [key: string, name: Cell, value: Cell])[];
};

const comClass = (id: string, dll: string): Registration['values'] => [
  [`SOFTWARE\\Classes\\CLSID\\${id}`, null, 'Tapward'],
  [`SOFTWARE\\Classes\\CLSID\\${id}\\InprocServer32`, null, `[#${dll}]`],
  [`SOFTWARE\\Classes\\CLSID\\${id}\\InprocServer32`, 'ThreadingModel', 'Apartment'],
  [`SOFTWARE\\Classes\\CLSID\\${id}`, '-', null],
];

function registrations(has: (path: string) => boolean): readonly Registration[] {
  const featureValues: Readonly<Record<string, FeatureName>> = { CREDENTIALPROVIDER: 'CredentialProvider', POLICYDEFINITIONS: 'PolicyDefinitions' };
  return [
    {
      component: 'host',
      feature: 'Agent',
      values: [
        [hostKey, 'Agent', '"[#tapward.exe]" run agent'],
        [hostKey, 'Reader', '"[#tapward.exe]" run reader host'],
        [hostKey, 'Helper', '"[#tapward.exe]" run helper'],
        ...(has(faceProgram) ? [[hostKey, 'Face', `"[#${fileKey(faceProgram)}]"`] as const] : []),
      ],
    },
    ...(siteProperties as readonly SiteProperty[]).flatMap(({ name, kept }): readonly Registration[] => {
      if (kept === null) return [];
      const feature = featureValues[name];
      // A feature that is there is remembered as wanted, however it was asked for.
      if (feature !== undefined) return [{ component: name, feature, values: [[kept.key, kept.value, '1']] }];
      return [
        {
          component: name,
          feature: 'Agent',
          condition: name,
          values: [[kept.key, kept.value, `[${name}]`], ...(name === 'PHONE' ? [[settings, 'helpPhone', '[PHONE]'] as const] : [])],
        },
      ];
    }),
    ...(has('tapward-cp.dll')
      ? [
          {
            component: 'provider',
            feature: 'CredentialProvider' as const,
            values: [
              ...comClass(provider, 'tapward_cp.dll'),
              [`${authentication}\\Credential Providers\\${provider}`, null, 'Tapward'] as const,
              [`${authentication}\\Credential Providers\\${provider}`, '-', null] as const,
            ],
          },
          {
            component: 'filter',
            feature: 'CredentialProvider' as const,
            values: [
              ...comClass(filter, 'tapward_cp.dll'),
              [`${authentication}\\Credential Provider Filters\\${filter}`, null, 'Tapward'] as const,
              [`${authentication}\\Credential Provider Filters\\${filter}`, '-', null] as const,
            ],
          },
          {
            component: 'disabled',
            feature: 'CredentialProvider' as const,
            condition: tileDisabled,
            values: [[`${authentication}\\Credential Providers\\${provider}`, 'Disabled', `[${tileDisabled}]`] as const],
          },
        ]
      : []),
    // Only with the message table in the payload are there words for events.
    ...(has('tapward-events.dll')
      ? [
          {
            component: 'events',
            feature: 'Agent' as const,
            values: [
              [eventSource, 'EventMessageFile', '#%[#tapward_events.dll]'],
              [eventSource, 'TypesSupported', '#7'],
            ] as const,
          },
        ]
      : []),
  ];
}

const features: readonly Row[] = [
  ['Agent', null, 'Station', 'The service, the programs it runs, and the screen.', 1, 1, 'INSTALLDIR', 16],
  ['CredentialProvider', 'Agent', 'Logon tile', 'Taps at the Windows logon screen, beside the password.', 2, 2, null, 0],
  ['PolicyTemplates', 'Agent', 'Policy templates', 'ADMX and ADML files, beside the programs.', 2, 1, null, 0],
  ['PolicyDefinitions', 'PolicyTemplates', 'Policy templates of this computer', 'The same where its own Group Policy editor looks.', 2, 2, null, 0],
];

const folders: readonly Row[] = [
  ['TARGETDIR', null, 'SourceDir'],
  ['ProgramFiles64Folder', 'TARGETDIR', '.'],
  ['INSTALLDIR', 'ProgramFiles64Folder', 'Tapward'],
  ['CommonAppDataFolder', 'TARGETDIR', '.'],
  ['STATE', 'CommonAppDataFolder', 'Tapward'],
  ['HOOKS', 'STATE', 'hooks.d'],
  ['HOSTSTATE', 'CommonAppDataFolder', 'TAPWAR~1|Tapward-Host'],
  ['WindowsFolder', 'TARGETDIR', '.'],
  ['DEFINITIONS', 'WindowsFolder', 'POLICY~1|PolicyDefinitions'],
  ['System64Folder', 'TARGETDIR', '.'],
];

/** Folders made with rights of their own. The owner stays who made them: the host refuses one that lay there as somebody else's (TW2019). */
const ownedFolders: readonly (readonly [directory: string, sddl: string])[] = [
  // Anywhere beside Program Files, people could otherwise change what SYSTEM runs.
  ['INSTALLDIR', rights(readAndRun, readAndRun)],
  ['STATE', rights(change, null)],
  // Run as the person whose session it is, and never written by the agent.
  ['HOOKS', rights(null, readAndRun)],
];

/** Throws a sentence for each fault of the tables: that is a bug of ours. */
export function describe(files: readonly PayloadFile[], { version, content, remark }: Product): { readonly tables: Tables; readonly sources: Placed['sources'] } {
  const placed = place(files);
  const registered = registrations((path) => files.some((file) => file.path === path));
  const component = (name: string): string => `registry.${name}`;
  const made = (directory: string): string => `folder.${directory}`;
  // Judged anew at each repair (64), known by its first value (4).
  const transitive = 64;
  const tables: Tables = {
    Property: properties({ version, content, remark }),
    Directory: [...folders, ...placed.tables.Directory],
    Feature: features,
    Condition: [
      ['CredentialProvider', 1, 'CREDENTIALPROVIDER="1"'],
      ['PolicyDefinitions', 1, 'POLICYDEFINITIONS="1"'],
    ],
    Component: [
      ...placed.tables.Component,
      ...registered.map(
        ({ component: name, condition = null }): Row => [
          component(name),
          guid(`registry:${name}`),
          'INSTALLDIR',
          sixtyFour + 4 + (condition === null ? 0 : transitive),
          condition,
          `${name}.0`,
        ],
      ),
      ...ownedFolders.map(([directory]): Row => [made(directory), guid(`folder:${directory}`), directory, sixtyFour, null, null]),
    ],
    FeatureComponents: [
      ...placed.tables.FeatureComponents,
      ...registered.map(({ component: name, feature }): Row => [feature, component(name)]),
      ...ownedFolders.map(([directory]): Row => ['Agent', made(directory)]),
    ],
    File: placed.tables.File,
    Registry: registered.flatMap(({ component: name, values }) => values.map(([key, value, says], at): Row => [`${name}.${at}`, localMachine, key, value, says, component(name)])),
    CreateFolder: ownedFolders.map(([directory]): Row => [directory, made(directory)]),
    MsiLockPermissionsEx: ownedFolders.map(([directory, sddl]): Row => [`rights.${directory}`, directory, 'CreateFolder', sddl, null]),
    // An own process (16), started with Windows (2), whose failing undoes the installation (0x8000 beside 1).
    ServiceInstall: [
      [
        service,
        service,
        'Tapward',
        16,
        2,
        0x8001,
        null,
        null,
        null,
        null,
        null,
        'tapward_host.exe',
        'Opens and locks sessions by badge taps. Without it people sign in with their passwords.',
      ],
    ],
    // Stopped before files change and before a removal, removed with it, started at the end; each waited for.
    ServiceControl: [[service, service, 0x1 | 0x2 | 0x20 | 0x80, null, 1, 'tapward_host.exe']],
    LaunchCondition: launchConditions(version),
    // This version with other contents counts as older; a newer one is only looked for.
    Upgrade: [
      [upgradeCode, null, version, null, 0x200, null, olderVersion],
      [upgradeCode, version, null, null, 0x2, null, newerVersion],
    ],
    AppSearch: searches.map(([property]): Row => [property, `find.${property}`]),
    RegLocator: searches.map(([property, key, name]): Row => [`find.${property}`, localMachine, key, name, 2 + 16]),
    CustomAction: customActions,
    InstallExecuteSequence: executeSequence,
    InstallUISequence: uiSequence,
    AdminExecuteSequence: adminSequence,
    AdvtExecuteSequence: advertiseSequence,
  };
  const faults = faultsOf(tables);
  if (faults.length > 0) throw new Error(`The installer's tables: ${faults.join('; ')}.`);
  return { tables, sources: placed.sources };
}

/** What of the registry is read before anything is decided. */
const searches: readonly (readonly [property: string, key: string, value: string])[] = [
  ['WindowsBuild', 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion', 'CurrentBuildNumber'],
  [tileDisabled, `${authentication}\\Credential Providers\\${provider}`, 'Disabled'],
  ...(siteProperties as readonly SiteProperty[]).flatMap(({ name, kept }) => (kept === null ? [] : [[remembered(name), kept.key, kept.value] as const])),
];

function properties({ version, content, remark }: Product): readonly Row[] {
  return [
    ['ProductName', 'Tapward'],
    ['ProductVersion', version],
    ['ProductCode', guid(`product:${version}:${content}`)],
    ['ProductLanguage', '1033'],
    ['UpgradeCode', upgradeCode],
    ['Manufacturer', manufacturer],
    ['ALLUSERS', '1'],
    ['INSTALLLEVEL', '1'],
    // Never by itself: msiexec ends with 3010 where a restart is needed, and IT chooses when.
    ['REBOOT', 'ReallySuppress'],
    // Every file, whatever its version says: a programme that was built again on the same Node has the same one.
    ['REINSTALLMODE', 'amus'],
    ['SecureCustomProperties', [...siteProperties.map(({ name }) => name), olderVersion, newerVersion].sort().join(';')],
    ...(remark === null ? [] : [['ARPCOMMENTS', remark] as const]),
  ];
}
