/** A file system of half a megabyte, filled to the last byte: appending fails and says so, nothing acknowledged is lost, and the reserve is still there for an emergency. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { need } from '../needs.ts';
import { folder } from '../store/place.ts';

test('a full disk', { skip: need('linux', 'namespaces') }, (t) => {
  const disk = folder(t);
  const script = 'mount -t tmpfs -o size=512k tapward-test "$1" && exec "$2" "$3" "$1"';
  const out = execFileSync(
    'unshare',
    [...(process.getuid?.() === 0 ? [] : ['-r']), '-m', 'sh', '-c', script, 'sh', disk, process.execPath, join(import.meta.dirname, 'full-disk.ts')],
    { encoding: 'utf8' },
  );
  const [filled = '', none = ''] = out.split('\n');
  const result = JSON.parse(filled) as { filled: { count: number; code: string }; still: unknown; emergency: unknown; verified: string; again: unknown; entries: number };
  assert.equal(result.filled.code, 'ENOSPC');
  assert.ok(result.filled.count > 100);
  assert.deepEqual(result.still, { count: 0, code: 'ENOSPC' }, 'and again, as long as the disk is full');
  assert.deepEqual(result.emergency, { count: 100, code: null });
  assert.equal(result.verified, 'sound');
  assert.deepEqual(result.again, { count: 1_000, code: null }, 'room made is room used');
  assert.equal(result.entries, result.filled.count + 1_100);
  assert.deepEqual(JSON.parse(none), { kind: 'degraded', cause: 'ledgerUnwritable' });
});

test('a limit on the size of files, such as a quota', { skip: need('linux') }, (t) => {
  const child = spawnSync('bash', ['-c', 'ulimit -f 140 && exec "$0" "$1" "$2"', process.execPath, join(import.meta.dirname, 'file-limit.ts'), folder(t)], { encoding: 'utf8' });
  assert.equal(child.stderr, '');
  const { failures, entries, reopened } = JSON.parse(child.stdout) as { failures: readonly string[]; entries: number; reopened: number };
  for (const failure of failures) assert.match(failure, /EFBIG/);
  assert.equal(failures.length, 2);
  assert.equal(reopened, entries, 'every acknowledged entry, and no more');
});
