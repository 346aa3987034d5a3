/** The folder of an installed Windows station comes in; its store is settled, broken, or one that an earlier version truly wrote for this station's own key, and goes out for an upgrade to find; or its removal is made to fail. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, cpSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { build } from 'esbuild';
import { storePath } from '../../agent/store/opening.ts';
import { root } from '../../build/setup.mjs';
import { asOld, codeOf } from '../upgrade/versions.ts';
import type { Windows } from './windows.ts';

/** All of it into the one file, while no agent runs. */
export function settleStore(state: string): void {
  const db = new Database(storePath(state), { fileMustExist: true });
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

/** SQLite's user_version, four bytes at 60 of the first page (sqlite.org/fileformat2.html §1.3): a store that says that it is of a far newer version. An agent that has it open goes on. The way back goes out. */
export function breakStore(state: string): () => void {
  const at = 60;
  const file = openSync(storePath(state), 'r+');
  const before = Buffer.alloc(4);
  readSync(file, before, 0, 4, at);
  writeSync(file, Buffer.from([0, 0, 0, 99]), 0, 4, at);
  return () => {
    writeSync(file, before, 0, 4, at);
    closeSync(file);
  };
}

export const hashOfStore = (state: string): string =>
  createHash('sha256')
    .update(readFileSync(storePath(state)))
    .digest('hex');

/** By version 2 of the store, for the machine key that lies in `state` under Windows' own: in place of what was there, while no agent runs. */
export async function layOldStore(windows: Windows, folder: string, people: number, t: Parameters<typeof codeOf>[1]): Promise<void> {
  const state = join(windows.drive, 'ProgramData', 'Tapward');
  await build({
    entryPoints: [join(root, 'test/windows/key-program.ts')],
    outfile: join(folder, 'key.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['koffi'],
    logLevel: 'silent',
  });
  await windows.type(`Z:\\node\\bin\\node.exe Z:${join(folder, 'key.mjs').replaceAll('/', '\\')} C:\\ProgramData\\Tapward C:\\key`);
  const [, key = ''] = windows.text('key').split('\n');
  rmSync(join(windows.drive, 'key'));
  const written = join(folder, 'old');
  mkdirSync(join(written, 'keys'), { recursive: true });
  writeFileSync(join(written, 'keys', 'machine.key'), Buffer.from(key, 'hex'), { mode: 0o600 });
  asOld(codeOf(2, t), written, 'fill', String(people));
  for (const part of ['store.db-wal', 'store.db-shm', 'ledger']) rmSync(join(state, part), { recursive: true, force: true });
  cpSync(join(written, 'station'), state, { recursive: true });
  cpSync(join(written, 'keys', 'counter'), join(state, 'counter'));
}

/** Into the copy that Windows Installer keeps: a step of the removal that fails once the service is gone. The way back goes out. */
export function failRemoval(windows: Windows): () => void {
  const folder = join(windows.drive, 'windows', 'Installer');
  const kept = readdirSync(folder).filter((name) => name.endsWith('.msi'));
  assert.equal(kept.length, 1);
  const path = join(folder, kept[0] ?? '');
  const before = readFileSync(path);
  // A program of Windows' (34), in the script (0x400), as SYSTEM (0x800).
  const action = `('FailOnPurpose', ${34 + 0x400 + 0x800}, 'System64Folder', '"[System64Folder]cmd.exe" /d /c exit 3')`;
  for (const added of [
    `INSERT INTO \`CustomAction\` (\`Action\`, \`Type\`, \`Source\`, \`Target\`) VALUES ${action}`,
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('FailOnPurpose', '', 2500)",
  ])
    execFileSync('msibuild', [path, '-q', added]);
  return () => writeFileSync(path, before);
}
