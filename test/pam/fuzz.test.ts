/** What an agent might say comes in, made up by libFuzzer; that the C parser keeps its promises, and that the fuzzer would see one broken, is tested. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { buildNativeFrom, nativeProgram } from '../../build/native.ts';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';

const skip = need('linux', 'fuzzer');
const run = promisify(execFile);
const words = '"OK"\n"NO"\n"WAKE"\n"PIN 6"\n"PIN 12"\n"WRONG 4 Queda"\n"ASK "\n"SAY "\n"\\xc3\\xb3"\n"\\xe2\\x80\\xae"\n"\\x0a"\n';

async function fuzz(program: string, dir: string, seconds: number): Promise<{ readonly found: boolean; readonly said: string }> {
  writeFileSync(join(dir, 'words'), words);
  const args = [`-max_total_time=${seconds}`, '-max_len=700', `-dict=${join(dir, 'words')}`, `-artifact_prefix=${dir}/`];
  try {
    const { stderr } = await run(program, args, { maxBuffer: 1 << 26, timeout: (seconds + 60) * 1_000 });
    return { found: false, said: stderr.slice(-2_000) };
  } catch (why) {
    return { found: true, said: String((why as { readonly stderr?: string }).stderr).slice(-2_000) };
  }
}

/** In CI; build/nightly.sh asks for more. */
const seconds = Number(process.env['TAPWARD_FUZZ_SECONDS'] ?? 20);

test(`${seconds} seconds of made-up answers break no promise`, { skip, timeout: (seconds + 100) * 1_000 }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-fuzz-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const { found, said } = await fuzz(await nativeProgram('pam-fuzz'), dir, seconds);
  assert.equal(found, false, said);
  const runs = Number(/Done (\d+) runs/.exec(said)?.[1]);
  assert.ok(runs > 10_000, said);
  t.diagnostic(`${runs} runs`);
});

for (const [what, from, to] of [
  ['that takes anything behind OK', 'return length == strlen(word) && memcmp', 'return length >= strlen(word) && memcmp'],
  ['that shows what turns the direction of what stands around it', '(code >= 0x2028 && code <= 0x202e)', '(code >= 0x2028 && code <= 0x202d)'],
] as const) {
  test(`a parser ${what} is found out`, { skip, timeout: 120_000 }, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'tapward-fuzz-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    for (const folder of ['native/linux', 'test/pam']) cpSync(join(root, folder), join(dir, folder), { recursive: true });
    const path = join(dir, 'native/linux/answer.c');
    const source = readFileSync(path, 'utf8');
    const broken = source.replace(from, to);
    assert.notEqual(broken, source);
    writeFileSync(path, broken);
    const built = await buildNativeFrom('pam-fuzz', dir, join(dir, 'cache'));
    assert.ok(built.kind === 'built', JSON.stringify(built));
    assert.equal((await fuzz(built.path, dir, 30)).found, true);
  });
}
