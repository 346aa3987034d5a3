/** A platform comes in; every file of an installed Tapward but its face goes out: where it comes from, where it lies, and what it is part of. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type NativeProgram, nativeProgram } from '../native.ts';
import { root } from '../setup.mjs';
import { makeExecutable, nodePackageOf, type Platform } from './executable.ts';
import { lockedFolder } from './locked.ts';

export type File = {
  /** Below the installed folder, with slashes. */
  readonly path: string;
  readonly from: string;
  readonly mode: 0o644 | 0o755;
  /** What answers for it: a package of npm by its name, or one of our own parts. */
  readonly part: string;
};
export type Contents = {
  readonly files: readonly File[];
  /** Packages of npm whose text is inside the executable. */
  readonly bundled: readonly string[];
};

/** Our part by which everything that this project has written goes. */
export const own = 'tapward';

/** Files of a package that a station loads, and its licence; tools, sources, types and other systems' libraries stay out. */
type Wanted = { readonly name: string; readonly wanted: RegExp };
const addonFiles = (prebuilt: string, argon2: string, koffi: string): readonly Wanted[] => [
  { name: 'better-sqlite3', wanted: new RegExp(`^(package\\.json|LICENSE|lib/(methods/\\w+|binding|database|index|sqlite-error|util)\\.js|prebuilds/${prebuilt}\\.node)$`) },
  { name: '@node-rs/argon2', wanted: /^(package\.json|LICENSE|index\.js)$/ },
  { name: `@node-rs/argon2-${argon2}`, wanted: /^(package\.json|[^/]*\.node)$/ },
  { name: 'koffi', wanted: /^(package\.json|LICENSE\.txt|index\.cjs|src\/koffi\/(index|src\/\w+)\.cjs)$/ },
  { name: `@koromix/koffi-${koffi}`, wanted: new RegExp(`^(package\\.json|index\\.js|${koffi.replace('-', '_')}/koffi\\.node)$`) },
];
const addonsOf: Readonly<Record<Platform, readonly Wanted[]>> = {
  'linux-x64': addonFiles('linux-x64', 'linux-x64-gnu', 'linux-x64'),
  'win32-x64': addonFiles('win32-x64', 'win32-x64-msvc', 'win32-x64'),
};

/** Beside the executable, or in the folder of what hooks and sessions run. The PAM module is not among them: the system says where it lies. */
const natives: Readonly<Record<Platform, Readonly<Partial<Record<NativeProgram, string>>>>> = {
  'linux-x64': { 'context-x11': 'hooks/', 'input-x11': 'hooks/', locker: 'hooks/', authproto: 'hooks/' },
  'win32-x64': { 'host-windows': '', 'provider-windows': '' },
};

/** Builds what has to be built (10 s at first); throws one sentence for what is missing here. */
export async function contentsFor(platform: Platform): Promise<Contents> {
  const { path, inputs } = await makeExecutable(platform);
  const files: File[] = [{ path: basename(path), from: path, mode: 0o755, part: nodePackageOf(platform) }];
  for (const { name, wanted } of addonsOf[platform]) {
    const folder = await lockedFolder(name);
    for (const file of filesBelow(folder).filter((one) => wanted.test(one))) files.push({ path: `node_modules/${name}/${file}`, from: join(folder, file), mode: 0o644, part: name });
  }
  for (const [name, folder] of Object.entries(natives[platform])) {
    const program = await nativeProgram(name as NativeProgram);
    files.push({ path: `${folder}${basename(program)}`, from: program, mode: 0o755, part: own });
  }
  if (platform === 'linux-x64') for (const file of filesBelow(join(root, 'build/hooks/programs'))) files.push({ path: `hooks/${file}`, from: join(root, 'build/hooks/programs', file), mode: 0o755, part: own });
  const bundled = new Set(inputs.map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]).filter((name) => name !== undefined));
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), bundled: [...bundled].sort() };
}

/** Paths with slashes, sorted. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1).replaceAll('\\', '/'))
    .sort();
}

/** Of a package's own manifest. */
export const manifestIn = (folder: string): Readonly<Record<string, unknown>> => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>;
