/** The name of a package of npm comes in; its folder goes out, as the lock file has it: this clone's own, or fetched once for another system and checked against its hash. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findNpm } from '../npm.mjs';
import { root } from '../setup.mjs';

export type Locked = { readonly version: string; readonly integrity: string; readonly license?: string; readonly dependencies?: Readonly<Record<string, string>> };

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, Locked>> };
const cache = join(root, '.cache/npm');
const run = promisify(execFile);

/** What the lock says of a package; throws for one it does not name. */
export function lockedPackage(name: string): Locked {
  const entry = lock.packages[`node_modules/${name}`];
  if (entry === undefined) throw new Error(`package-lock.json does not name ${name}.`);
  return entry;
}

/** Its unpacked folder. Throws one sentence where npm does not give it, or gives something else than was locked. */
export async function lockedFolder(name: string): Promise<string> {
  const { version, integrity } = lockedPackage(name);
  const own = join(root, 'node_modules', name);
  if (existsSync(join(own, 'package.json')) && versionIn(own) === version) return own;
  const place = join(cache, `${name.replace('@', '').replace('/', '-')}-${version}`);
  const folder = join(place, 'package');
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(`${place}.`);
  try {
    const npm = findNpm({ platform: process.platform, exists: existsSync }, process.env, process.execPath);
    if (npm === null) throw new Error('npm is missing: install it (on Debian `apt-get install npm`) and run the command again.');
    await run(process.execPath, [npm, 'pack', '--silent', `${name}@${version}`], { cwd: fresh, timeout: 180_000 }).catch((why: unknown) => {
      throw new Error(`npm does not give ${name} ${version}, which a package for another system needs: ${lastLine(why)}`);
    });
    const archive = join(fresh, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    const given = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (given !== integrity) throw new Error(`What npm gives as ${name} ${version} is not what package-lock.json names: look what stands between here and the registry.`);
    await run('tar', ['-xzf', archive, '-C', fresh]);
    rmSync(archive);
    renameSync(fresh, place);
  } catch (why) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process may have been first.
    if (!existsSync(folder)) throw why;
  }
  return folder;
}

const versionIn = (folder: string): string => (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version: string }).version;
const lastLine = (why: unknown): string => (why instanceof Error && 'stderr' in why ? String(why.stderr) : String(why)).trim().split('\n').at(-1) ?? '';
