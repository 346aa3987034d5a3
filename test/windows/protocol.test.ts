/** The C++ of the Windows pipes' lines comes in, compiled here with sanitizers; its own checks and 20 s of a fuzzer are run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { nativeProgram } from '../../build/native.ts';
import { need } from '../needs.ts';

const run = promisify(execFile);
const seeds = [
  'HELLO\t1\t1\tlogon\nPIN\t123456\nREDEEM\tab.1\nRESULT\tab.1\tc000006d\t0\nCAPTURE\tana\tWARD\tcABhAHMAcwA=\nCANCEL\n',
  'HELLO\t1\t1\tface\nBEAT\tcovered\nLOCKED\t0\nSAY\tAAAA\n',
  'OFFER\tg-1\t0\tWARD\tana\t30000\tBwcHBw==\nKEEP\tWARD\tana\t1000\nDROP\t\t\nSHOW\tpin\t6\tJosé\nTELL\t1\tAA==\n',
  'READY\tab\nGRANT\tab.1\tWARD\tana\nCREDENTIAL\tab.1\tAAAA\nREFUSED\tab.1\tstale\n',
];

test('good lines pass, bad ones do not, and what was handed out is overwritten', { skip: need('cppCompiler') }, async () => {
  await run(await nativeProgram('protocol-checked'), { timeout: 60_000 });
});

/** Seconds of fuzzing: build/nightly.sh asks for more. */
const seconds = Number(process.env['TAPWARD_FUZZ_SECONDS'] ?? 20);
test('a fuzzer finds no line that depends on how it was cut, and no byte out of bounds', { skip: need('fuzzer'), timeout: (seconds + 100) * 1_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-fuzz-'));
  try {
    for (const [at, seed] of seeds.entries()) writeFileSync(join(folder, `seed-${at}`), `\u0007${seed}`);
    const { stderr } = await run(
      await nativeProgram('protocol-fuzz'),
      [`-max_total_time=${seconds}`, '-max_len=70000', '-len_control=20', '-timeout=5', `-artifact_prefix=${folder}/`, folder],
      {
        timeout: (seconds + 60) * 1_000,
        maxBuffer: 64 << 20,
      },
    );
    const [, runs] = /Done (\d+) runs/.exec(stderr) ?? [];
    assert.ok(Number(runs) > 1_000, stderr.slice(-500));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
