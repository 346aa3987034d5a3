/** A store's version comes in; the last code that wrote it, taken from this clone's own history, goes out, and what it says when it is run: what is upgraded was truly written by the version before. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const git = (...args: readonly string[]): Buffer => execFileSync('git', ['-C', root, ...args], { maxBuffer: 64 * 1024 * 1024 });

/** The folder of that version's code, with this clone's packages. */
export function codeOf(schema: number, t: { readonly after: (fn: () => void) => void }): string {
  const [next] = git('log', '--reverse', '--format=%H', `-SschemaVersion = ${schema + 1};`, '--', 'agent/store/schema.ts')
    .toString()
    .split('\n');
  if (next === undefined || next === '') throw new Error(`the history holds no store of version ${schema + 1}: fetch all of it`);
  const dir = mkdtempSync(join(tmpdir(), 'tapward-version-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  execFileSync('tar', ['-x', '-C', dir], { input: git('archive', `${next}^`, 'package.json', 'tsconfig.json', 'agent', 'core', 'native', 'test/store') });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  return dir;
}

/** What old-station.ts prints, run on `code`. */
export function asOld(code: string, dir: string, ...words: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'old-station.ts'), code, dir, ...words], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`the old version failed: ${stderr}`);
  return JSON.parse(stdout);
}
