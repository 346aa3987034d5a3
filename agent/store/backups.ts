/** A station's folder and the bytes of its store come in; a copy of both store and ledger beside them goes out, sealed as they are and read back, and the list of the copies there are. */
import { closeSync, copyFileSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { segmentPath, segmentsIn, signingKeyFile, syncFolder } from '../ledger/segments.ts';
import { ownedLike } from './owner.ts';

/** `name`: `backup-VERSION-NUMBER`, the version being the store's. */
export type Backup = { readonly name: string; readonly path: string; readonly version: number; readonly number: number };

const kept = 2;

/** The oldest first. */
export const backupsIn = (dir: string): readonly Backup[] =>
  readdirSync(dir)
    .flatMap((name) => {
      const [, version, number] = /^backup-(\d{1,6})-(\d{1,9})$/.exec(name) ?? [];
      return version === undefined || number === undefined ? [] : [{ name, path: join(dir, name), version: Number(version), number: Number(number) }];
    })
    .sort((a, b) => a.number - b.number);

export const storeIn = ({ path }: Backup): Buffer => readFileSync(join(path, 'store.db'));

/**
 * Whole under its name, or not at all; throws where there is no room. `store`: the database's pages.
 * The ledger's evolving key is left out: a copy of it could write anew all that was written since, and the ledger itself is never set back.
 */
export function makeBackup(dir: string, version: number, store: Uint8Array): Backup {
  for (const half of readdirSync(dir).filter((name) => /^backup-.*\.new$/.test(name))) rmSync(join(dir, half), { recursive: true, force: true });
  const number = Math.max(0, ...backupsIn(dir).map((one) => one.number)) + 1;
  const name = `backup-${version}-${number}`;
  const [path, making] = [join(dir, name), join(dir, `${name}.new`)];
  try {
    mkdirSync(making, { mode: 0o700 });
    writeFileSync(join(making, 'store.db'), store, { mode: 0o600, flush: true });
    ownedLike(dir, making, join(making, 'store.db'));
    const ledger = join(dir, 'ledger');
    if (existsSync(ledger)) copyLedger(ledger, join(making, 'ledger'));
    syncFolder(making);
    if (!readFileSync(join(making, 'store.db')).equals(store)) throw new Error('the copy of the store is not what was written');
    renameSync(making, path);
    syncFolder(dir);
  } catch (e) {
    rmSync(making, { recursive: true, force: true });
    throw e;
  }
  return { name, path, version, number };
}

/** Files that are closed are never written again: there a second name is a copy, and needs no room. */
function copyLedger(from: string, to: string): void {
  mkdirSync(to, { mode: 0o700 });
  const segments = segmentsIn(from);
  const paths = segments.map((segment) => [segmentPath(from, segment), segmentPath(to, segment)] as const);
  for (const [i, [source, copy]] of paths.entries()) {
    if (i < paths.length - 1) linkOrCopy(source, copy);
    else copied(source, copy);
  }
  const signing = join(from, signingKeyFile);
  if (existsSync(signing)) copied(signing, join(to, signingKeyFile));
  ownedLike(from, to, ...readdirSync(to).map((name) => join(to, name)));
  for (const [i, [source, copy]] of paths.entries()) {
    // The last one holds the ledger's head; those before are the same file, or as long.
    const same = i === paths.length - 1 ? readFileSync(source).equals(readFileSync(copy)) : statSync(source).size === statSync(copy).size;
    if (!same) throw new Error('the copy of the ledger is not whole');
  }
  syncFolder(to);
}

function linkOrCopy(source: string, copy: string): void {
  try {
    linkSync(source, copy);
  } catch {
    copied(source, copy);
  }
}

function copied(source: string, copy: string): void {
  copyFileSync(source, copy);
  const fd = openSync(copy, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** All but the last ones; one that cannot be taken away stays until the next time. */
export function pruneBackups(dir: string): void {
  for (const { path } of backupsIn(dir).slice(0, -kept)) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It harms nothing, and must not make a store that was brought over look as if it were not.
    }
  }
}
