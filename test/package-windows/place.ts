/** Nothing comes in; what the tests of the MSI share goes out: payloads to pack, packages of them, and what msiinfo and msiextract read back. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nativeProgram } from '../../build/native.ts';
import { packMsi } from '../../build/package/msi.ts';
import { stagePayload } from '../../build/package/payload.ts';

export type Place = Disposable & { readonly folder: string };
export function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-msi-'));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A file by its path below the payload, and its text. */
export type Change = Readonly<Record<string, string | null>>;

/** Files written over or, with null, taken out. */
export function change(folder: string, changes: Change): void {
  for (const [path, text] of Object.entries(changes)) {
    if (text === null) rmSync(join(folder, path));
    else {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }
}

/** The whole payload, with a stand-in for the face. `host`: the build of the host that Wine can run, which says that it is none to install, or the shipped one. */
export async function wholePayload(folder: string, host: 'host-windows-wine' | 'host-windows'): Promise<{ readonly version: string; readonly noface: boolean }> {
  const { version, noface } = await stagePayload({ platform: 'win32-x64', to: folder, face: 'none', standIn: true });
  copyFileSync(await nativeProgram(host), join(folder, 'tapward-host.exe'));
  return { version, noface };
}

/** Small files by the names of the large ones: for what does not depend on their bytes. */
export async function smallPayload(folder: string): Promise<void> {
  const program = await nativeProgram('host-windows');
  mkdirSync(folder, { recursive: true });
  for (const name of ['tapward-host.exe', 'tapward.exe']) copyFileSync(program, join(folder, name));
  copyFileSync(await nativeProgram('provider-windows'), join(folder, 'tapward-cp.dll'));
  change(folder, { 'THIRD-PARTY.txt': 'licences', 'policy/Tapward.admx': '<policyDefinitions/>', 'policy/en-US/Tapward.adml': '<a/>', 'policy/es-ES/Tapward.adml': '<b/>' });
}

/** Unsigned, without a face: what every build of a test is. */
export const pack = (folder: string, version: string, out: string): Promise<string> => packMsi({ folder, version, noface: true, out, signer: null });

/** Rows of a table as an independent reader sees them, each by its columns' names. */
export function tableOf(msi: string, table: string): readonly Readonly<Record<string, string>>[] {
  const [names = '', , , ...rows] = execFileSync('msiinfo', ['export', msi, table], { encoding: 'utf8', maxBuffer: 16 << 20 }).split('\r\n');
  const columns = names.split('\t');
  return rows.filter((row) => row !== '').map((row) => Object.fromEntries(row.split('\t').map((cell, at) => [columns[at] ?? '', cell])));
}

export const summaryOf = (msi: string): string => execFileSync('msiinfo', ['suminfo', msi], { encoding: 'utf8' });
export const streamsOf = (msi: string): readonly string[] =>
  execFileSync('msiinfo', ['streams', msi], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '');
