/** The packaged face is taken apart: every fuse as decided, and files that nobody but their owner can change. */
import assert from 'node:assert/strict';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { findElectron } from '../../build/electron.ts';
import { fuseConfig, fuseNames, fuses, readFuses, type Wire } from '../../build/face-fuses.ts';
import { electronName, packagedFace, skipPackage } from './packaged.ts';

const skip = skipPackage;

test('every fuse is burnt as decided, but for those that this Electron’s wire lacks', { skip }, async (t) => {
  const { program, lacking } = await packagedFace();
  // Read without our own reader: '0' off, '1' on, absent beyond the end of an old wire.
  const wire = (await getCurrentFuseWire(program)) as unknown as Readonly<Record<number, number>>;
  for (const name of fuseNames) {
    const burnt = wire[FuseV1Options[name]];
    assert.equal(burnt === undefined ? undefined : String.fromCharCode(burnt), lacking.includes(name) ? undefined : fuses[name].on ? '1' : '0', name);
  }
  t.diagnostic(lacking.length === 0 ? `${electronName} has every fuse` : `the wire of ${electronName} lacks ${lacking.join(' and ')}`);
  // What no supported Electron lacks may not be passed over here.
  assert.deepEqual(
    lacking.filter((name) => !['GrantFileProtocolExtraPrivileges', 'WasmTrapHandlers'].includes(name)),
    [],
  );
});

test('the decisions are these, each with its reason', () => {
  assert.deepEqual(
    fuseNames.filter((name) => fuses[name].on),
    ['EnableCookieEncryption', 'EnableEmbeddedAsarIntegrityValidation', 'OnlyLoadAppFromAsar'],
  );
  assert.deepEqual(
    fuseNames,
    Object.keys(FuseV1Options).filter((name) => Number.isNaN(Number(name))),
    'in the order of the wire, none left out',
  );
  for (const { why } of Object.values(fuses)) assert.match(why, /^.{40,}\.$/);
});

test('the Electron it was made from keeps the fuses it came with', { skip }, async () => {
  const { lacking } = await packagedFace();
  const raw = await readFuses(findElectron()?.executable ?? '');
  assert.equal(raw.RunAsNode, 'on');
  assert.deepEqual(
    fuseNames.filter((name) => raw[name] === 'lacking'),
    lacking,
  );
});

test('a wire is burnt whole: nothing that it has is left as it came', () => {
  const full = Object.fromEntries(fuseNames.map((name) => [name, 'on'])) as Wire;
  assert.deepEqual(fuseConfig(full), { version: '1', strictlyRequireAllFuses: true, ...Object.fromEntries(fuseNames.map((name) => [FuseV1Options[name], fuses[name].on])) });
});

test('no file of it can be written by a group or by others, and none is a link or runs as its owner', { skip }, async () => {
  const { folder } = await packagedFace();
  const loose = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const { mode } = lstatSync(join(folder, name));
    return (mode & 0o170000) === 0o120000 || (mode & 0o6022) !== 0;
  });
  assert.deepEqual(loose, []);
});
