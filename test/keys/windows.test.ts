/** Real key input under Wine comes in; that the Windows helper stops what it must, lets the rest through and ends with its parent is tested, and that its build is reproducible. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { buildNativeFrom, nativeProgram } from '../../build/native.ts';
import { root } from '../../build/setup.mjs';
import { need, wine64 } from '../needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapward-keys-windows-'));
const env = { ...process.env, WINEPREFIX: join(folder, 'wine'), WINEARCH: 'win64', WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=', DISPLAY: '' };
after(() => {
  try {
    execFileSync('/usr/lib/wine/wineserver', ['-k', '-w'], { env, stdio: 'ignore', timeout: 20_000 });
  } catch {
    // It never ran.
  }
  rmSync(folder, { recursive: true, force: true });
});

test('Win, Alt+Tab, Alt+F4 and Ctrl+Esc are stopped while held, and only they; a dead parent takes the hook along', { skip: need('mingw', 'wine'), timeout: 240_000 }, async () => {
  const [harness, keys] = [await nativeProgram('harness-windows'), await nativeProgram('keys-windows')];
  const run = promisify(execFile);
  await run(wine64, ['wineboot', '-i'], { env });
  const { stdout } = await run(wine64, [harness, `Z:${keys.replaceAll('/', '\\')}`], { env, timeout: 120_000 });
  const all = 'win=1 alt-tab=1 alt-f4=1 ctrl-esc=1 esc=1 a=1 5=1';
  const stopped = 'win=0 alt-tab=0 alt-f4=0 ctrl-esc=0 esc=1 a=1 5=1';
  assert.deepEqual(stdout.trim().split(/\r?\n/), [
    `before: ${all}`,
    `held: ${stopped}`,
    `re-armed: ${stopped}`,
    `released: ${all}`,
    'win-down: r=0',
    'win-up: down=0 r=1',
    'end: 0',
    `after: ${all}`,
    'junk: 64',
    `middle holds: ${stopped}`,
    'helper gone: 1',
    `middle killed: ${all}`,
  ]);
});

test('two builds from two folders are the same bytes, and want nothing but Windows itself', { skip: need('mingw') }, async () => {
  const hashes: string[] = [];
  for (const name of ['one', 'another folder']) {
    const clone = join(folder, name);
    cpSync(join(root, 'native/windows'), join(clone, 'native/windows'), { recursive: true });
    const built = await buildNativeFrom('keys-windows', clone, join(clone, 'cache'));
    assert.equal(built.kind, 'built');
    if (built.kind !== 'built') return;
    hashes.push(createHash('sha256').update(readFileSync(built.path)).digest('hex'));
    const imports = execFileSync('x86_64-w64-mingw32-objdump', ['-p', built.path], { encoding: 'utf8' });
    assert.deepEqual(new Set([...imports.matchAll(/DLL Name: (\S+)/g)].map(([, dll]) => dll?.toLowerCase())), new Set(['kernel32.dll', 'msvcrt.dll', 'user32.dll']));
    assert.match(imports, /Subsystem\s+\S+\s+\(Windows GUI\)/, 'no console window flashes up');
    for (const bit of ['DYNAMIC_BASE', 'NX_COMPAT', 'HIGH_ENTROPY_VA']) assert.ok(imports.includes(bit), bit);
  }
  assert.equal(hashes[0], hashes[1]);
});
