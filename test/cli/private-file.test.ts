/** A disk without room comes in; a start key has its place before the ledger is begun, a file is whole or gone, and who ran the command is told of the disk. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newPrivateFile } from '../../agent/cli/private-file.ts';
import { need } from '../needs.ts';

const skip = need('linux', 'root');

test('on a full disk no place is promised, no half of a file stays, and nobody is told of a fault of the program', { skip }, (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'tapward-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]);
  const station = mkdtempSync(join(tmpdir(), 'tapward-full-station-'));
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    for (const dir of [disk, station]) rmSync(dir, { recursive: true, force: true });
  });
  writeFileSync(join(disk, 'nearly'), Buffer.alloc(12 * 1024));
  const file = newPrivateFile(join(disk, 'bundle'));
  assert.ok('write' in file);
  assert.throws(() => file.write(Buffer.alloc(64 * 1024, 1)), /ENOSPC/);
  file.drop();
  assert.deepEqual(readdirSync(disk), ['nearly']);

  const kept = newPrivateFile(join(disk, 'start.key'), 44);
  assert.ok('write' in kept);
  const refused = newPrivateFile(join(disk, 'another.key'), 44);
  assert.ok('why' in refused);
  assert.match(refused.why, /another\.key cannot be written \(ENOSPC\): name a place with room/);
  kept.write(Buffer.from(`${'k'.repeat(43)}\n`));
  kept.drop();
  assert.deepEqual(
    [readdirSync(disk).sort(), readFileSync(join(disk, 'start.key'), 'utf8'), statSync(join(disk, 'start.key')).mode & 0o777],
    [['nearly', 'start.key'], `${'k'.repeat(43)}\n`, 0o600],
  );

  writeFileSync(join(station, 'machine.key'), '');
  const said = spawnSync(process.execPath, [join(import.meta.dirname, '../../agent/cli/main.ts'), 'support-bundle', '--out', join(disk, 'support'), '--dir', station], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual([said.status, said.stderr], [1, 'The disk is full: free it, then run the command again.\n']);
  assert.deepEqual(readdirSync(disk).sort(), ['nearly', 'start.key']);
});
