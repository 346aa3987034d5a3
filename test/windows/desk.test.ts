/** The provider's parts without a Windows header and its build come in; plays of a hostile host under sanitizers, 20 s of a fuzzer, its words and the bytes of the build are tested. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { buildNativeFrom, nativeProgram } from '../../build/native.ts';
import { root } from '../../build/setup.mjs';
import { en } from '../../renderer/words/en.ts';
import { es } from '../../renderer/words/es.ts';
import { need } from '../needs.ts';

const run = promisify(execFile);

test('no play of lines and hands gives a credential that was not asked for, or leaves one behind', { skip: need('cppCompiler'), timeout: 120_000 }, async () => {
  const { stdout } = await run(await nativeProgram('desk-checked'), ['1', '1500'], { timeout: 100_000 });
  assert.equal(stdout, 'played 1500\n');
});

/** Seconds of fuzzing: build/nightly.sh asks for more. */
const seconds = Number(process.env['TAPWARD_FUZZ_SECONDS'] ?? 20);
test('nor does a fuzzer find one', { skip: need('fuzzer'), timeout: (seconds + 120) * 1_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-desk-fuzz-'));
  try {
    const program = await nativeProgram('desk-fuzz');
    const { stderr } = await run(program, [`-max_total_time=${seconds}`, '-max_len=2000', '-timeout=5', `-artifact_prefix=${folder}/`, folder], {
      timeout: (seconds + 60) * 1_000,
      maxBuffer: 64 << 20,
    });
    const [, runs] = /Done (\d+) runs/.exec(stderr) ?? [];
    assert.ok(Number(runs) > 1_000, stderr.slice(-500));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** What only a tile has to say. */
const own = ['tile.label', 'tile.user', 'tile.pin', 'tile.passwordField', 'tile.submit', 'tile.password', 'tile.wrongPassword'];
test('the tile says what the screen says, word for word, in each language', () => {
  const source = readFileSync(join(root, 'native/windows/provider/words.cpp'), 'utf8');
  const entries = [...source.matchAll(/^ {4}\{ "([\w.]+)", u"([^"]*)", u"([^"]*)" \},$/gm)];
  assert.equal(entries.length, (source.match(/^ {4}\{ "/gm) ?? []).length);
  const wordOf = (words: Readonly<Record<string, unknown>>, key: string): unknown => {
    if (key in words) return words[key];
    const [, stem = '', form = ''] = /^(.*)\.(one|other)$/.exec(key) ?? [];
    return (words[stem] as Readonly<Record<string, unknown>> | undefined)?.[form];
  };
  const ours = entries.filter(([, key = '']) => !own.includes(key));
  assert.ok(ours.length >= 25);
  for (const [, key = '', english, spanish] of ours) assert.deepEqual([key, english, spanish], [key, wordOf(en, key), wordOf(es, key)]);
  assert.deepEqual(
    entries.flatMap(([, key = '']) => (own.includes(key) ? [key] : [])),
    own,
  );
});

test('built in another folder it is the same bytes, exports two names and wants nothing but Windows itself', { skip: need('mingw'), timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-provider-'));
  try {
    const clone = join(folder, 'another folder');
    cpSync(join(root, 'native/windows'), join(clone, 'native/windows'), { recursive: true });
    const built = await buildNativeFrom('provider-windows', clone, join(clone, 'cache'));
    assert.equal(built.kind, 'built');
    if (built.kind !== 'built') return;
    const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
    assert.equal(hash(built.path), hash(await nativeProgram('provider-windows')));
    const told = execFileSync('x86_64-w64-mingw32-objdump', ['-p', built.path], { encoding: 'utf8' });
    assert.deepEqual(
      new Set([...told.matchAll(/DLL Name: (\S+)/g)].map(([, dll]) => dll?.toLowerCase())),
      new Set(['advapi32.dll', 'gdi32.dll', 'kernel32.dll', 'msvcrt.dll', 'netapi32.dll', 'ole32.dll', 'secur32.dll', 'user32.dll']),
    );
    assert.deepEqual(new Set([...told.matchAll(/^\s+\[\s*\d+\] (\w+)\r?$/gm)].map(([, name]) => name)), new Set(['DllCanUnloadNow', 'DllGetClassObject']));
    for (const bit of ['DYNAMIC_BASE', 'NX_COMPAT', 'HIGH_ENTROPY_VA']) assert.ok(told.includes(bit), bit);
    assert.ok(!readFileSync(built.path).includes(Buffer.from('TAPWARD_TEST', 'utf16le')), 'nothing of the tests is in it');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
