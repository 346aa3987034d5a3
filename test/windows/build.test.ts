/** The sources of the Windows host come in from two folders; that they make the same bytes, hardened, from nothing but Windows' own libraries, and none of the build for tests, is tested. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildNativeFrom, nativeProgram } from '../../build/native.ts';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';

test('two builds of the host from two folders are the same bytes, and no build for tests', { skip: need('mingw'), timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-windows-build-'));
  try {
    const clone = join(folder, 'another folder');
    cpSync(join(root, 'native/windows'), join(clone, 'native/windows'), { recursive: true });
    const built = await buildNativeFrom('host-windows', clone, join(clone, 'cache'));
    assert.equal(built.kind, 'built', JSON.stringify(built));
    if (built.kind !== 'built') return;
    const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
    assert.equal(hash(built.path), hash(await nativeProgram('host-windows')));
    const bytes = readFileSync(built.path);
    assert.ok(!bytes.includes('build for tests'), 'passwords are sealed by the TPM or not at all');
    assert.ok(!bytes.includes(folder), 'no path of this computer');
    const headers = execFileSync('x86_64-w64-mingw32-objdump', ['-p', built.path], { encoding: 'utf8' });
    for (const bit of ['DYNAMIC_BASE', 'NX_COMPAT', 'HIGH_ENTROPY_VA']) assert.ok(headers.includes(bit), bit);
    assert.match(headers, /\bSetDefaultDllDirectories\b/, 'what is loaded later comes from System32');
    const libraries = new Set([...headers.matchAll(/DLL Name: (\S+)/g)].map(([, dll]) => dll?.toLowerCase()));
    assert.deepEqual(libraries, new Set(['advapi32.dll', 'bcrypt.dll', 'crypt32.dll', 'kernel32.dll', 'msvcrt.dll', 'ncrypt.dll', 'user32.dll', 'userenv.dll', 'wtsapi32.dll']));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
