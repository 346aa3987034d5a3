/** Test files of every fate come in; the runner's counts, words, last line and exit code are held to what really happened in them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root } from '../../build/setup.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tapward-runner-'));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'test', 'fate'), { recursive: true });
for (const path of ['build', 'package.json', 'test/run.ts', 'test/reporter.ts', 'test/needs.ts', 'test/guards/layers.ts'])
  cpSync(join(root, path), join(folder, path), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');

const from = "import { after, describe, it, test } from 'node:test';\n";
type Fate = { readonly name: string; readonly source: string; readonly counts: string; readonly says?: RegExp };
const fates: Fate[] = [
  { name: 'passes', source: `${from}test('a', () => {}); describe('s', () => { it('b', () => {}); it('c', () => {}); });`, counts: '3 passed, 0 failed, 0 skipped' },
  {
    name: 'throws',
    source: `${from}test('a', () => {}); test('b', () => { throw new Error('the cause'); });`,
    counts: '1 passed, 1 failed, 0 skipped',
    says: /FAILED {2}b\n +Error: the cause/,
  },
  {
    name: 'child',
    source: `${from}test('p', async (t) => { await t.test('q', () => { throw new Error('x'); }); });`,
    counts: '0 passed, 1 failed, 0 skipped',
    says: /FAILED {2}p › q/,
  },
  {
    name: 'parent',
    source: `${from}test('p', async (t) => { await t.test('q', () => {}); throw new Error('own'); });`,
    counts: '1 passed, 1 failed, 0 skipped',
    says: /FAILED {2}p\n +Error: own/,
  },
  { name: 'hook', source: `${from}after(() => { throw new Error('hook'); }); test('a', () => {});`, counts: '1 passed, 1 failed, 0 skipped', says: /Error: hook/ },
  {
    name: 'skips',
    source: `${from}test('a', () => {}); test('b', { skip: 'needs a cat' }, () => {});`,
    counts: '1 passed, 0 failed, 1 skipped',
    says: /skipped {2}\S+ {2}b: needs a cat/,
  },
  { name: 'todo', source: `${from}test('a', { todo: 'later' }, () => { throw new Error('x'); });`, counts: '0 passed, 0 failed, 1 skipped', says: /to do: later/ },
  { name: 'says', source: `${from}test('a', (t) => t.diagnostic('42 states'));`, counts: '1 passed, 0 failed, 0 skipped', says: /^ +42 states$/m },
  { name: 'empty', source: 'export {};', counts: '0 passed, 1 failed, 0 skipped', says: /holds no test/ },
  { name: 'crash', source: `${from}test('a', () => {}); throw new Error('at the top');`, counts: '0 passed, 1 failed, 0 skipped', says: /Error: at the top/ },
  { name: 'syntax', source: 'this is not a program', counts: '0 passed, 1 failed, 0 skipped', says: /SyntaxError/ },
  {
    name: 'exits',
    source: `${from}test('a', () => {}); test('b', async () => { await new Promise((r) => setTimeout(r, 300)); process.exit(3); });`,
    counts: '1 passed, 1 failed, 0 skipped',
    says: /exit code 3/,
  },
  {
    name: 'exits0',
    source: `${from}test('a', () => {}); test('b', async () => { await new Promise((r) => setTimeout(r, 300)); process.exit(0); });`,
    counts: '1 passed, 1 failed, 0 skipped',
    says: /before its tests were done/,
  },
  { name: 'killed', source: `${from}test('a', () => {}); process.kill(process.pid, 'SIGKILL');`, counts: '0 passed, 1 failed, 0 skipped', says: /SIGKILL/ },
  {
    name: 'late',
    source: `${from}test('a', () => { setTimeout(() => { throw new Error('late'); }, 20); }); after(() => new Promise((r) => setTimeout(r, 60)));`,
    counts: '1 passed, 1 failed, 0 skipped',
    says: /Error: late/,
  },
];
const before = join(folder, 'before');
const unsteady = `${from}import { existsSync, writeFileSync } from 'node:fs';
test('a', () => {}); test('b', () => { if (existsSync('${before}')) return; writeFileSync('${before}', ''); throw new Error('noise'); });`;
fates.push({ name: 'unsteady', source: unsteady, counts: '1 passed, 1 failed, 0 skipped', says: /FAILED {2}b\n +Error: noise/ });
for (const { name, source } of fates) writeFileSync(join(folder, 'test', 'fate', `${name}.test.ts`), source);

type Ran = { readonly status: number | null; readonly lines: readonly string[]; readonly text: string };

const run = (...patterns: readonly string[]): Ran => runAs({ CI: '' }, ...patterns);

function runAs(over: NodeJS.ProcessEnv, ...patterns: readonly string[]): Ran {
  // A runner inside a test file would take itself for a child of node:test and run nothing.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const env = { ...inherited, ...over };
  const { status, stdout } = spawnSync(process.execPath, [join(folder, 'test', 'run.ts'), ...patterns], { cwd: folder, env, encoding: 'utf8' });
  return { status, text: stdout, lines: stdout.trimEnd().split('\n') };
}

for (const { name, counts, says } of fates) {
  test(`a file that ${name}: ${counts}`, () => {
    const ran = run(`fate/${name}.test`);
    assert.equal(ran.lines.at(-1), counts, ran.text);
    assert.equal(ran.status, counts.includes(' 0 failed') ? 0 : 1);
    if (says !== undefined) assert.match(ran.text, says);
  });
}

test('in CI a file that failed is run again, alone, and named when it passes then', () => {
  rmSync(before, { force: true });
  const ran = runAs({ CI: 'true' }, 'fate/unsteady', 'fate/passes');
  assert.match(ran.text, /Once more, alone: test\/fate\/unsteady.test.ts/);
  assert.match(ran.text, /^UNSTEADY test\/fate\/unsteady.test.ts {2}b/m);
  assert.equal(ran.lines.at(-1), '5 passed, 0 failed, 0 skipped');
  assert.equal(ran.status, 0);
});

test('in CI what fails again has failed, and so has what fails in many files', () => {
  assert.equal(runAs({ CI: 'true' }, 'fate/throws').lines.at(-1), '1 passed, 1 failed, 0 skipped');
  rmSync(before, { force: true });
  const many = runAs({ CI: 'true' }, 'fate/unsteady', 'fate/throws', 'fate/child', 'fate/hook');
  assert.doesNotMatch(many.text, /Once more/);
  assert.equal(many.status, 1);
});

test('files together count together', () => {
  const ran = run('fate/passes', 'fate/skips', 'fate/empty');
  assert.equal(ran.lines.at(-1), '4 passed, 1 failed, 1 skipped');
});

test('a pattern that no file has is said, and is a failure', () => {
  const ran = run('unheard-of');
  assert.match(ran.text, /No test file or check has unheard-of in its name; test files: .*fate\/passes/);
  assert.equal(ran.lines.at(-1), '0 passed, 0 failed, 0 skipped');
  assert.equal(ran.status, 1);
});
