/** A platform and an Electron, or none, come in; every file of an installed Tapward goes out: where it comes from, where it lies, and what it is part of. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bundle } from '../bundle.ts';
import { electronIn } from '../electron.ts';
import { eventMessages } from '../event-messages.ts';
import { packageFace } from '../face-package.ts';
import { type NativeProgram, nativeProgram } from '../native.ts';
import { root } from '../setup.mjs';
import { adml } from './adml.ts';
import { admx, writeAdmx } from './admx.ts';
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
  /** Packages of npm whose text is inside a file of ours, the executable or the face's archive; one that lies in another's folder as `OTHER/node_modules/NAME`. */
  readonly bundled: readonly string[];
  /** Of the Electron in it, as `45.4.1`; null: there is no face. */
  readonly electron: string | null;
};

/** Our part, by which everything goes that this project has written; and that of a face which is another's program. */
export const own = 'tapward';
export const electronPart = 'electron';

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

/** Builds what has to be built (20 s at first). `electron`: a folder with one for this platform. Throws one sentence for what is missing here. */
export async function contentsFor(platform: Platform, electron: string | null): Promise<Contents> {
  const { path, inputs } = await makeExecutable(platform);
  const files: File[] = [{ path: basename(path), from: path, mode: 0o755, part: nodePackageOf(platform) }];
  for (const { name, wanted } of addonsOf[platform]) {
    const folder = await lockedFolder(name);
    for (const file of filesBelow(folder).filter((one) => wanted.test(one)))
      files.push({ path: `node_modules/${name}/${file}`, from: join(folder, file), mode: 0o644, part: name });
  }
  for (const [name, folder] of Object.entries(natives[platform])) {
    const program = await nativeProgram(name as NativeProgram);
    files.push({ path: `${folder}${basename(program)}`, from: program, mode: 0o755, part: own });
  }
  const hooks = join(root, 'build/hooks/programs');
  if (platform === 'linux-x64') for (const file of filesBelow(hooks)) files.push({ path: `hooks/${file}`, from: join(hooks, file), mode: 0o755, part: own });
  else {
    files.push({ path: 'tapward-events.dll', from: await eventMessages(), mode: 0o755, part: own });
    const templates = policyTemplates();
    for (const file of filesBelow(templates)) files.push({ path: `policy/${file}`, from: join(templates, file), mode: 0o644, part: own });
  }
  const face = electron === null ? null : await faceFrom(platform, electron);
  files.push(...(face?.files ?? []));
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), bundled: packagesAmong([...inputs, ...(face?.inputs ?? [])]), electron: face?.electron ?? null };
}

/** Where they lie, written once per content. */
function policyTemplates(): string {
  const texts = [admx(), adml('en-US'), adml('es-ES')];
  const place = join(root, '.cache/package', `policy-${createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16)}`);
  if (existsSync(place)) return place;
  mkdirSync(dirname(place), { recursive: true });
  const fresh = mkdtempSync(`${place}.`);
  writeAdmx(fresh);
  try {
    renameSync(fresh, place);
  } catch (why) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process may have been first.
    if (!existsSync(place)) throw why;
  }
  return place;
}

async function faceFrom(platform: Platform, folder: string): Promise<{ readonly files: readonly File[]; readonly inputs: readonly string[]; readonly electron: string }> {
  const electron = electronIn(folder);
  if (electron === null || electron.executable.endsWith('.exe') !== (platform === 'win32-x64'))
    throw new Error(
      `There is no Electron for ${platform === 'win32-x64' ? 'Windows' : 'Linux'} in ${folder}: name the folder that has its ${platform === 'win32-x64' ? 'electron.exe' : 'electron'}.`,
    );
  const { folder: packaged } = await packageFace(electron, platform === 'win32-x64' ? 'win32' : 'linux');
  const files = filesBelow(packaged).map((file): File => {
    const from = join(packaged, file);
    return { path: `face/${file}`, from, mode: (statSync(from).mode & 0o100) === 0 ? 0o644 : 0o755, part: /^resources\/(app\.asar$|tapward-)/.test(file) ? own : electronPart };
  });
  // Beyond its page, the layers hold the face to Electron and Node alone.
  return { files, inputs: (await bundle('face')).inputs, electron: electron.version.replace(/^v/, '') };
}

const packagesAmong = (inputs: readonly string[]): readonly string[] =>
  [...new Set(inputs.map((input) => /^node_modules\/((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]).filter((name) => name !== undefined))].sort();

/** Paths with slashes, sorted. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}
