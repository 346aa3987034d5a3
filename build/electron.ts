/** A composition root of the face comes in; a folder that Electron runs goes out, with main process, preload script and page in it. */
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundle, contentSecurityPolicy, type Page } from './bundle.ts';
import { buildNative, type NativeProgram } from './native.ts';

export { type Electron, electronIn, findElectron } from './electron-runtime.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string; readonly description: string };

export type Face = {
  /** Paths from the root of the sources. */
  readonly main?: string;
  readonly preload?: string;
  readonly page?: Page;
  /** The face of an installation: nothing in it listens to arguments or environment. Only build/face-package.ts asks for it. */
  readonly installed?: boolean;
  /** Emptied first. */
  readonly out?: string;
  /** Hears one sentence where the helper that holds keys cannot be compiled here: the face runs without it. */
  readonly say?: (line: string) => void;
};

/** The helper that holds keys a window cannot stop, by platform; a package carries it beside the archive. */
export const keysProgram: Readonly<Partial<Record<NodeJS.Platform, NativeProgram>>> = { linux: 'keys-x11', win32: 'keys-windows' };

/** The folder in which everything that is built lies until it is built again; git ignores it. */
export const builtFace = join(root, '.cache/electron/face');

/** Builds the station's face, to be started from the sources, unless told otherwise, in about 100 ms; answers its folder. Main and preload run on Node 18 and Chrome 114 as well, so that tests may use an older Electron. */
export async function buildFace({
  main = 'electron/main.ts',
  preload = 'electron/preload.ts',
  page = 'face',
  installed = false,
  out = builtFace,
  say = () => {},
}: Face = {}): Promise<string> {
  const [{ files }] = await Promise.all([bundle(page), rm(out, { recursive: true, force: true })]);
  await mkdir(join(out, 'page'), { recursive: true });
  await Promise.all([
    compile(join(root, main), join(out, 'main.js'), 'node18', installed),
    compile(join(root, preload), join(out, 'preload.js'), 'chrome114', installed),
    ...[...files].map(([path, { body }]) => writeFile(join(out, 'page', path), body)),
    writeFile(
      join(out, 'package.json'),
      `${JSON.stringify({ name: 'tapward', productName: 'Tapward', version: manifest.version, description: manifest.description, main: 'main.js' }, null, 2)}\n`,
    ),
  ]);
  if (!installed) await addKeys(out, say);
  return out;
}

async function addKeys(out: string, say: (line: string) => void): Promise<void> {
  const name = keysProgram[process.platform];
  if (name === undefined) return;
  const helper = await buildNative(name);
  if (helper.kind === 'built') await copyFile(helper.path, join(out, basename(helper.path)));
  else say(`Keys that a window cannot stop will not be held. ${helper.kind === 'noCompiler' ? helper.say : helper.said}`);
}

async function compile(entry: string, outfile: string, target: string, installed: boolean): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    target,
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    external: ['electron', 'koffi'],
    legalComments: 'none',
    logLevel: 'silent',
    define: { CONTENT_SECURITY_POLICY: JSON.stringify(contentSecurityPolicy), INSTALLED: String(installed) },
  });
}
