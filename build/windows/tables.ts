/** Rows come in; tables of a Windows Installer database go out in its own text form (IDT), as Microsoft's "Windows Installer" reference has each column, and what leads nowhere is refused. */

/** The longest text, and whether it may be empty (capital letter), as IDT writes it: `s` text, `l` text that may be translated, `i2` and `i4` integers. `> Table`: names a row of it. */
const schema = {
  AdminExecuteSequence: { keys: 1, columns: ['Action s72', 'Condition S255', 'Sequence I2'] },
  AdvtExecuteSequence: { keys: 1, columns: ['Action s72', 'Condition S255', 'Sequence I2'] },
  AppSearch: { keys: 2, columns: ['Property s72', 'Signature_ s72 > RegLocator'] },
  Component: { keys: 1, columns: ['Component s72', 'ComponentId S38', 'Directory_ s72 > Directory', 'Attributes i2', 'Condition S255', 'KeyPath S72'] },
  Condition: { keys: 2, columns: ['Feature_ s38 > Feature', 'Level i2', 'Condition S255'] },
  CreateFolder: { keys: 2, columns: ['Directory_ s72 > Directory', 'Component_ s72 > Component'] },
  CustomAction: { keys: 1, columns: ['Action s72', 'Type i2', 'Source S72', 'Target S255'] },
  Directory: { keys: 1, columns: ['Directory s72', 'Directory_Parent S72 > Directory', 'DefaultDir l255'] },
  Feature: {
    keys: 1,
    columns: ['Feature s38', 'Feature_Parent S38 > Feature', 'Title L64', 'Description L255', 'Display I2', 'Level i2', 'Directory_ S72 > Directory', 'Attributes i2'],
  },
  FeatureComponents: { keys: 2, columns: ['Feature_ s38 > Feature', 'Component_ s72 > Component'] },
  File: { keys: 1, columns: ['File s72', 'Component_ s72 > Component', 'FileName l255', 'FileSize i4', 'Version S72', 'Language S20', 'Attributes I2', 'Sequence i2'] },
  InstallExecuteSequence: { keys: 1, columns: ['Action s72', 'Condition S255', 'Sequence I2'] },
  InstallUISequence: { keys: 1, columns: ['Action s72', 'Condition S255', 'Sequence I2'] },
  LaunchCondition: { keys: 1, columns: ['Condition s255', 'Description l255'] },
  Media: { keys: 1, columns: ['DiskId i2', 'LastSequence i4', 'DiskPrompt L64', 'Cabinet S255', 'VolumeLabel S32', 'Source S72'] },
  MsiLockPermissionsEx: { keys: 1, columns: ['MsiLockPermissionsEx s72', 'LockObject s72', 'Table s32', 'SDDLText s0', 'Condition S255'] },
  Property: { keys: 1, columns: ['Property s72', 'Value l0'] },
  RegLocator: { keys: 1, columns: ['Signature_ s72', 'Root i2', 'Key s255', 'Name S255', 'Type I2'] },
  Registry: { keys: 1, columns: ['Registry s72', 'Root i2', 'Key l255', 'Name L255', 'Value L0', 'Component_ s72 > Component'] },
  ServiceControl: { keys: 1, columns: ['ServiceControl s72', 'Name l255', 'Event i2', 'Arguments S255', 'Wait I2', 'Component_ s72 > Component'] },
  ServiceInstall: {
    keys: 1,
    columns: [
      'ServiceInstall s72',
      'Name s255',
      'DisplayName L255',
      'ServiceType i4',
      'StartType i4',
      'ErrorControl i4',
      'LoadOrderGroup S255',
      'Dependencies S255',
      'StartName S255',
      'Password S255',
      'Arguments S255',
      'Component_ s72 > Component',
      'Description L255',
    ],
  },
  Upgrade: { keys: 5, columns: ['UpgradeCode s38', 'VersionMin S20', 'VersionMax S20', 'Language S255', 'Attributes i4', 'Remove S255', 'ActionProperty s72'] },
} as const;

export type TableName = keyof typeof schema;
export type Cell = string | number | null;
export type Row = readonly Cell[];
export type Tables = { readonly [name in TableName]?: readonly Row[] };

type Column = { readonly name: string; readonly type: string; readonly leadsTo: TableName | null };
export const columnsOf = (table: TableName): readonly Column[] =>
  schema[table].columns.map((text) => {
    const [name = '', type = '', , leadsTo = null] = text.split(' ');
    return { name, type, leadsTo: leadsTo as TableName | null };
  });

/** Every fault of these tables, one sentence each: too long, empty where it must not be, the same key twice, or a name that leads to no row. */
export function faultsOf(tables: Tables): readonly string[] {
  const names = Object.keys(tables) as TableName[];
  return names.flatMap((table) => {
    const columns = columnsOf(table);
    const keys = (tables[table] ?? []).map((row) => row.slice(0, schema[table].keys).join('|'));
    const twice = keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `${table} has ${key} twice`);
    return [...twice, ...(tables[table] ?? []).flatMap((row) => rowFaults(table, columns, row, tables))];
  });
}

function rowFaults(table: TableName, columns: readonly Column[], row: Row, tables: Tables): readonly string[] {
  if (row.length !== columns.length) return [`${table} has ${columns.length} columns, and ${row[0]} has ${row.length}`];
  return columns.flatMap(({ name, type, leadsTo }, at) => {
    const cell = row[at] ?? null;
    const where = `${table}.${name} of ${row[0]}`;
    const longest = Number(type.slice(1));
    if (cell === null || cell === '') return type[0] === type[0]?.toUpperCase() ? [] : [`${where} is empty`];
    if (/^i/i.test(type) !== (typeof cell === 'number')) return [`${where} is of the wrong kind`];
    // The file's own line ends and columns; and one code page for every language of Windows.
    if (typeof cell === 'string' && !/^[\x20-\x7e]*$/.test(cell)) return [`${where} has a character that no table takes: ${JSON.stringify(cell)}`];
    if (typeof cell === 'string' && longest > 0 && cell.length > longest) return [`${where} is longer than ${longest}: ${cell}`];
    if (leadsTo !== null && !(tables[leadsTo] ?? []).some(([key]) => key === cell)) return [`${where} leads to no ${leadsTo}: ${cell}`];
    return [];
  });
}

/** One table, as `msibuild -i` takes it. */
export function idt(table: TableName, rows: readonly Row[]): string {
  const columns = columnsOf(table);
  const keys = columns.slice(0, schema[table].keys).map(({ name }) => name);
  const lines = [columns.map(({ name }) => name), columns.map(({ type }) => type), [table, ...keys], ...rows.map((row) => row.map((cell) => cell ?? ''))];
  return lines.map((line) => `${line.join('\t')}\r\n`).join('');
}

/** What Explorer shows of the file, and what Windows asks of it: property numbers of the summary information stream. */
export function summaryIdt(properties: Readonly<Record<number, string | number>>): string {
  const lines = Object.entries(properties).map(([number, value]) => `${number}\t${value}\r\n`);
  return `PropertyId\tValue\r\ni2\tl255\r\n_SummaryInformation\tPropertyId\r\n${lines.join('')}`;
}
