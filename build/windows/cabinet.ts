/** Files and the keys they go by in an installer come in; a cabinet of them goes out, compressed, the same bytes from every clone. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { root } from '../setup.mjs';

export type Member = { readonly key: string; readonly source: string };

const cache = join(root, '.cache', 'cabinets');
/** Of every file, as Explorer shows it: builds differ in their bytes, and in nothing else. */
const when = Date.UTC(2020, 0, 1) / 1000;
/** Cabinets that nobody asked for in so many milliseconds go. */
const keptFor = 24 * 3_600_000;
const run = promisify(execFile);

/** SHA-256 of names and contents, in their order. */
export async function contentOf(members: readonly Member[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { key, source } of members) {
    const one = createHash('sha256');
    await pipeline(createReadStream(source), one);
    hash.update(`${key}\0${one.digest('hex')}\n`);
  }
  return hash.digest('hex');
}

/** Its path below .cache, made there unless it is. Throws where gcab is not installed, or fails. */
export async function cabinet(members: readonly Member[]): Promise<string> {
  const path = join(cache, `${await contentOf(members)}.cab`);
  await mkdir(cache, { recursive: true });
  await forgetOld(path);
  if ((await touch(path)) !== null) return path;
  const work = await mkdtemp(join(cache, 'packing-'));
  try {
    for (const { key, source } of members) {
      await copyFile(source, join(work, key));
      await utimes(join(work, key), when, when);
    }
    const packed = join(work, '.cab');
    await run('gcab', ['--create', '--zip', '--nopath', packed, ...members.map(({ key }) => key)], { cwd: work, env: { ...process.env, TZ: 'UTC' }, maxBuffer: 16 << 20 });
    await rename(packed, path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}

/** When it was asked for last; null: it is not there. */
async function touch(path: string): Promise<number | null> {
  try {
    const { mtimeMs } = await stat(path);
    await utimes(path, Date.now() / 1000, Date.now() / 1000);
    return mtimeMs;
  } catch {
    return null;
  }
}

async function forgetOld(but: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const found = await stat(path).catch(() => null);
    if (path !== but && found !== null && Date.now() - found.mtimeMs > keptFor) await rm(path, { recursive: true, force: true });
  }
}
