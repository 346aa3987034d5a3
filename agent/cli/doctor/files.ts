/** A station's folder comes in; findings about who may read it, and about room on its disk, go out. */
import { lstatSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { bad, type Finding, ok, said, warn } from './finding.ts';

/** Folder 0700, files 0600: keys, PIN hashes and the log of who came and went are the owner's alone. */
export function permissionFindings(dir: string): readonly Finding[] {
  if (process.platform === 'win32')
    return [warn('permissions', said`Permissions are not looked at on Windows`, `See that only SYSTEM and administrators may read ${dir} (icacls).`)];
  const owner = lstatSync(dir).uid;
  const found: Finding[] = [];
  for (const path of walk(dir)) {
    const { mode, uid } = lstatSync(path);
    const wanted = path === dir || (mode & 0o170000) === 0o040000 ? '700' : '600';
    if ((mode & 0o077) !== 0) found.push(bad('permissions', said`Others may reach ${path} (mode ${(mode & 0o777).toString(8)})`, `Run chmod ${wanted} ${path}.`));
    if (uid !== owner) found.push(warn('permissions', said`${path} belongs to another account than its folder`, `Run chown --reference=${dir} ${path}.`));
  }
  return found.length > 0 ? found : [ok('permissions', said`The folder and its files are the owner’s alone`)];
}

function* walk(path: string): Generator<string> {
  yield path;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) yield* walk(inside);
    // A link's own mode says nothing.
    else if (!entry.isSymbolicLink()) yield inside;
  }
}

const low = 1024 ** 3;
const tooLow = 64 * 1024 ** 2;

/** A ledger that cannot grow keeps the station locked. */
export function diskFinding(dir: string): Finding {
  const { bavail, bsize } = statfsSync(dir);
  const free = bavail * bsize;
  const size = free >= low ? `${Math.floor(free / 1024 ** 3)} GB` : `${Math.floor(free / 1024 ** 2)} MB`;
  const what = said`${size} are free where the ledger is written`;
  const mend = 'Free some: once the ledger cannot grow, the station stays locked.';
  return free < tooLow ? bad('disk', what, mend) : free < low ? warn('disk', what, mend) : ok('disk', what);
}
