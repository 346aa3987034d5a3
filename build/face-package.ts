/** An Electron's folder comes in; the installed face goes out, packaged by electron-builder without any download: its program, fused, beside an archive of its own few files. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, copyFile, cp, link, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { flipFuses } from '@electron/fuses';
import type { Configuration } from 'electron-builder';
import { buildFace, type Electron, findElectron, keysProgram } from './electron.ts';
import { type FuseName, fuseConfig, fuseNames, fuses, readFuses, type Wire } from './face-fuses.ts';
import { nativeProgram } from './native.ts';

export type PackagedFace = {
  readonly folder: string;
  /** The program, below `folder`. */
  readonly program: string;
  /** The archive, below `folder`. */
  readonly archive: string;
  /** Of the Electron in it, as `v45.4.1`. */
  readonly electron: string;
  /** Fuses its Electron is too old to have, which therefore are as that Electron was built. */
  readonly lacking: readonly FuseName[];
};

/** What the face is packaged for; which machine does it does not matter. */
export type FaceSystem = 'linux' | 'win32';

const root = join(import.meta.dirname, '..');
const cache = join(root, '.cache/face-package');
/** Packages of older sources, 205 MB each, go after this many milliseconds: another run may still test one. */
const keptFor = 20 * 60_000;

/** All that the archive holds; a file that the face's build adds must be named here to be shipped. */
export const shipped = ['main.js', 'package.json', 'page/face.css', 'page/face.js', 'page/index.html', 'preload.js'] as const;
export const programName = 'tapward-face';
const programFor = (system: string): string => (system === 'win32' ? `${programName}.exe` : programName);

/**
 * Packages the face (about 5 s); once packaged, it is there at once until one of its bytes, the Electron's or this recipe's changes. Installing it must make every file
 * root's (on Linux nothing else keeps the archive from being changed) and `chrome-sandbox` 4755 where the kernel gives ordinary users no namespaces.
 * Throws where there is no Electron, or no compiler for the helper that holds keys: a face without it is for no ward. `electron`: one for `system`.
 */
export async function packageFace(electron: Electron | null = findElectron(), system: FaceSystem = 'linux'): Promise<PackagedFace> {
  if (electron === null) throw new Error('There is no Electron to package: run `node node_modules/electron/install.js`, or name its folder in ELECTRON_OVERRIDE_DIST_PATH.');
  const wire = await readFuses(electron.executable);
  const lacking = fuseNames.filter((name) => wire[name] === 'lacking');
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'building-'));
  try {
    const app = await buildFace({ installed: true, out: join(work, 'app') });
    const built = filesOf(app);
    if (built.join() !== shipped.join()) throw new Error(`The face is built as ${built.join(', ')}: name each of them in build/face-package.ts, or leave it out of the build.`);
    const keys = await nativeProgram(keysProgram[system] ?? 'keys-x11');
    const place = join(cache, await digest([...shipped.map((name) => join(app, name)), keys], electron));
    if (!existsSync(place)) {
      await forgetOld();
      await runBuilder(app, system, { ...electron, dist: await stage(dirname(electron.executable), join(work, 'dist')) }, wire, join(work, 'out'), keys);
      const unpacked = join(work, 'out', unpackedBy[system]);
      await tighten(unpacked);
      await rename(unpacked, place).catch((why: unknown) => {
        // Another process may have been first with the same bytes.
        if (!existsSync(place)) throw why;
      });
    }
    return { folder: place, program: join(place, programFor(system)), archive: join(place, 'resources/app.asar'), electron: electron.version, lacking };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** `keys`: the helper that holds keys a window cannot stop; it lies beside the archive, since no program can be started out of it. */
type Package = { readonly dist: string; readonly version: string; readonly wire: Wire; readonly output: string; readonly keys: string };

/** electron-builder's configuration of the installed face, for any target it is to make. Nothing in it comes from the environment. */
export function faceConfiguration({ dist, version, wire, output, keys }: Package): Configuration {
  return {
    appId: 'tapward.face',
    productName: 'Tapward',
    directories: { output },
    electronDist: dist,
    electronVersion: version.replace(/^v/, ''),
    // Chromium's own words, which no page of ours shows.
    electronLanguages: ['en-US'],
    files: [...shipped],
    extraResources: [{ from: keys, to: basename(keys) }],
    asar: true,
    compression: 'store',
    npmRebuild: false,
    publish: null,
    // Not by the builder, whose own list of fuses is older than the Electrons it packs: every fuse of the wire is set here, or the build fails.
    afterPack: async ({ appOutDir, electronPlatformName }) => void (await flipFuses(join(appOutDir, programFor(electronPlatformName)), fuseConfig(wire))),
    linux: { target: 'dir', executableName: programName },
    win: { target: 'dir', executableName: programName },
  };
}

const unpackedBy: Readonly<Record<FaceSystem, string>> = { linux: process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked', win32: 'win-unpacked' };

async function runBuilder(
  app: string,
  system: FaceSystem,
  { dist, version }: { readonly dist: string; readonly version: string },
  wire: Wire,
  output: string,
  keys: string,
): Promise<void> {
  // Half a second to load, which a face that is packaged already does not need.
  const { Arch, build, Platform } = await import('electron-builder');
  const targets = system === 'win32' ? Platform.WINDOWS.createTarget('dir', Arch.x64) : Platform.LINUX.createTarget('dir', process.arch === 'arm64' ? Arch.arm64 : Arch.x64);
  await build({ targets, projectDir: app, publish: 'never', config: faceConfiguration({ dist, version, wire, output, keys }) });
}

/** The Electron without the app that it shows when it is given none. Linked where that can be: the builder copies it once more. */
async function stage(dist: string, to: string): Promise<string> {
  await mkdir(join(to, 'resources'), { recursive: true });
  for (const { name } of (await readdir(dist, { withFileTypes: true })).filter((entry) => entry.isFile() && entry.name !== 'path.txt'))
    await link(join(dist, name), join(to, name)).catch(() => copyFile(join(dist, name), join(to, name)));
  await cp(join(dist, 'locales'), join(to, 'locales'), { recursive: true });
  return to;
}

/** Whoever unpacked the Electron may have done so with rights for a group. */
async function tighten(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    await chmod(path, entry.isDirectory() || ((await stat(path)).mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
  await chmod(folder, 0o755);
}

async function digest(files: readonly string[], { executable, version }: Electron): Promise<string> {
  const hash = createHash('sha256').update(version);
  const parts = [...files, ...['build/face-package.ts', 'build/face-fuses.ts', 'node_modules/electron-builder/package.json'].map((name) => join(root, name))];
  for (const path of parts) hash.update(readFileSync(path));
  await pipeline(createReadStream(executable, { highWaterMark: 1 << 20 }), hash, { end: false });
  return hash.digest('hex').slice(0, 16);
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'))
    .sort();

async function forgetOld(): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    if (Date.now() - (await stat(path)).ctimeMs > keptFor) await rm(path, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const face = await packageFace();
  console.log(`The face is in ${face.folder}, with Electron ${face.electron}.`);
  for (const name of face.lacking) console.log(`This Electron has no fuse ${name}, which would be ${fuses[name].on ? 'on' : 'off'}: ${fuses[name].why}`);
  // For a program that started this one: the last line.
  if (process.argv.includes('--json')) console.log(JSON.stringify(face));
}
