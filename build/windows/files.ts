/** A payload's folder comes in; a component, a place and a feature for each of its files go out: one file, one component, whose code is that of its path and so the same in every version. */
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { guid } from './codes.ts';
import type { Row, Tables } from './tables.ts';

export type PayloadFile = { readonly path: string; readonly source: string; readonly size: number };
export type FeatureName = 'Agent' | 'CredentialProvider' | 'PolicyTemplates' | 'PolicyDefinitions';

/** Of a 64-bit component; the same with a registry value, instead of a file, as what it is known by. */
export const sixtyFour = 256;

/** Below `folder`, with `/`, in the order of their names. */
export function payloadFiles(folder: string): readonly PayloadFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => ({ path: path.replaceAll('\\', '/'), source: join(folder, path) }))
    .filter(({ source }) => statSync(source).isFile())
    .map(({ path, source }) => ({ path, source, size: statSync(source).size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const short = (text: string): string => createHash('sha1').update(text).digest('hex').slice(0, 8);
/** The key of a file at the top is its name; of others its name and eight digits of where it lies. */
export const fileKey = (path: string): string =>
  path.includes('/')
    ? `f.${short(path)}.${basename(path)
        .replace(/[^A-Za-z0-9_.]/g, '_')
        .slice(-55)}`
    : path.replace(/[^A-Za-z0-9_.]/g, '_');
const folderKey = (path: string): string => (path === '.' ? 'INSTALLDIR' : `d.${short(path)}`);
/** Windows Installer wants an 8.3 name beside each long one. */
const named = (path: string): string => {
  const name = basename(path);
  const ending = /\.([A-Za-z0-9]{1,3})[^.]*$/.exec(name)?.[1];
  return `${short(path).toUpperCase()}${ending === undefined ? '' : `.${ending.toUpperCase()}`}|${name}`;
};

const featureOf = (path: string): FeatureName => (path === 'tapward-cp.dll' ? 'CredentialProvider' : path.startsWith('policy/') ? 'PolicyTemplates' : 'Agent');

/** What Windows' own Group Policy editor looks for, in its own folder: the same templates once more. */
const definition = (path: string): string | null => /^policy\/(.*\.adm[xl])$/.exec(path)?.[1] ?? null;

export type Placed = {
  readonly tables: Required<Pick<Tables, 'Directory' | 'Component' | 'File' | 'FeatureComponents'>>;
  /** Where each file comes from, in the order in which the cabinets hold them. */
  readonly sources: readonly { readonly key: string; readonly source: string; readonly size: number }[];
};

/** Files of at least this size have a cabinet of their own, which need not be packed again while they stay the same. */
export const ownCabinet = 4 << 20;

/** In the order of their cabinets: those that lie together first. */
export function place(files: readonly PayloadFile[]): Placed {
  const wanted = files.flatMap((file) => {
    const own = { ...file, key: fileKey(file.path), folder: folderKey(dirname(file.path)), feature: featureOf(file.path), code: `file:${file.path}` };
    const below = definition(file.path);
    if (below === null) return [own];
    const language = dirname(below);
    return [
      own,
      {
        ...own,
        key: `pd.${own.key}`,
        folder: language === '.' ? 'DEFINITIONS' : `DEFINITIONS.${language.replace('-', '_')}`,
        feature: 'PolicyDefinitions' as const,
        code: `definition:${below}`,
      },
    ];
  });
  const ordered = [...wanted.filter(({ size }) => size < ownCabinet), ...wanted.filter(({ size }) => size >= ownCabinet)];
  const folders = [...new Set(files.flatMap(({ path }) => above(dirname(path))))].sort();
  const languages = [...new Set(wanted.filter(({ folder }) => folder.startsWith('DEFINITIONS.')).map(({ path }) => basename(dirname(path))))];
  return {
    tables: {
      Directory: [
        ...folders.map((path): Row => [folderKey(path), folderKey(dirname(path)), named(path)]),
        ...languages.map((language): Row => [`DEFINITIONS.${language.replace('-', '_')}`, 'DEFINITIONS', language]),
      ],
      Component: ordered.map(({ key, folder, code }): Row => [key, guid(code), folder, sixtyFour, null, key]),
      // Without a version of its own: Windows Installer would keep a file that says the same version of Node's as the one before.
      File: ordered.map(({ key, path, size }, at): Row => [key, key, named(path), size, null, null, 512, at + 1]),
      FeatureComponents: ordered.map(({ key, feature }): Row => [feature, key]),
    },
    sources: ordered.map(({ key, source, size }) => ({ key, source, size })),
  };
}

const above = (path: string): readonly string[] => (path === '.' ? [] : [...above(dirname(path)), path]);
