/** A platform and a face, or none, come in; the folder that becomes /usr/lib/tapward or C:\Program Files\Tapward goes out, with the documents that belong to it. */
import { chmodSync, constants, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { componentsOf } from './components.ts';
import { contentsFor, type File } from './contents.ts';
import { documentsOf } from './documents.ts';
import type { Platform } from './executable.ts';
import { version } from './script.ts';
import { standInElectron, standInVersion } from './stand-in.ts';

export type PayloadOrder = {
  readonly platform: Platform;
  /** Emptied first. */
  readonly to: string;
  /** `electron`: a folder with an Electron for that platform. */
  readonly face: 'none' | { readonly electron: string };
  /** A program of ours in a folder of a face's layout, for tests of components, start, upgrade and removal. It shows nothing, and the package is no release. */
  readonly standIn?: boolean;
};
export type Payload = {
  readonly version: string;
  /** Without a face that shows anything: such a package is named so, and is no release. */
  readonly noface: boolean;
  /** By name, as they are to lie in /usr/share/doc/tapward; on Windows they lie in the folder itself. */
  readonly documents: ReadonlyMap<string, string>;
};

/** Lays it out: about 25 s where everything has to be built, 1 s otherwise. Throws one sentence for what is missing here. */
export async function stagePayload({ platform, to, face, standIn = false }: PayloadOrder): Promise<Payload> {
  const electron = standIn ? await standInElectron(platform) : face === 'none' ? null : face.electron;
  const contents = await contentsFor(platform, electron);
  const noface = contents.electron === null || contents.electron === standInVersion;
  const documents = documentsOf({ platform, noface, components: await componentsOf(platform, contents) });
  rmSync(to, { recursive: true, force: true });
  for (const file of contents.files) lay(file, to);
  if (platform === 'win32-x64') for (const [name, text] of documents) writeFileSync(join(to, name), text);
  return { version, noface, documents };
}

/** Whatever the umask. */
function lay({ path, from, mode }: File, to: string): void {
  const file = join(to, path);
  for (const folder of foldersOf(path).map((one) => join(to, one))) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
  }
  copyFileSync(from, file, constants.COPYFILE_FICLONE);
  chmodSync(file, mode);
}

/** The folders above a path, the installed one itself first. */
function foldersOf(path: string): readonly string[] {
  const above = dirname(path);
  return above === '.' ? ['.'] : [...foldersOf(above), above];
}
