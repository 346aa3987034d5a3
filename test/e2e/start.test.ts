/** `npm start` as a person runs it, and what it leaves behind. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tapward } from '../cli/running.ts';
import { need } from '../needs.ts';
import { startStand } from '../virtual-reader/stand.ts';

const script = join(import.meta.dirname, '../../build/start.ts');
const ours = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('tapward-face-'));

/** All processes that descend from `pid`, by /proc. */
function descendants(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}
const lives = (pid: number): boolean => {
  try {
    // A zombie has ended and only waits for its parent to hear of it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

test('npm start tells the PINs and the address, and Ctrl-C leaves nothing behind', { skip: need('linux', 'pcscd', 'compiler', 'namespaces') }, async (t) => {
  await using stand = await startStand();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-start-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const before = ours();
  const child = spawn(process.execPath, [script, '--no-window'], { env: { ...process.env, ...stand.env, TAPWARD_DIR: join(dir, 'station') }, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!said.includes('Ctrl-C ends it.') && child.exitCode === null) await sleep(20);
  assert.match(said, /Sam B\.\s+PIN \d{6} +staff number \d{6} +nurse\n/);
  assert.match(said, /Omar T\..+ physician\n/);
  assert.match(said, /the sealed code \d{12}\n/);
  // The line that stands there for a code, as somebody would copy it.
  const cli = async (args: readonly string[]): Promise<string> => (await tapward(join(dir, 'station'), args)).out;
  const [sam = ''] = /^[0-9a-f]{16}(?= +Sam )/m.exec(await cli(['people'])) ?? [];
  assert.match(said, /npx \. code issue --for shift\|new-pin --checked "how you knew her" PERSON/);
  assert.match(await cli(['code', 'issue', '--for', 'shift', '--checked', 'how you knew her', sam]), /^Code: \d{4} \d{4}\n/);
  assert.match(await cli(['code', 'issue', '--for', 'new-pin', '--checked', 'how you knew her', sam]), /^Code: (\d{3} ){3}\d{4}\n/);
  const [address = ''] = /http:\/\/localhost:\d+\/\?t=\S+/.exec(said) ?? [];
  assert.equal((await fetch(address, { redirect: 'manual' })).status, 303);
  const { pid } = child;
  assert.ok(pid !== undefined);
  const family = descendants(pid);
  assert.ok(family.length > 0, 'the reader program runs');
  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0);
  for (let i = 0; i < 100 && family.some(lives); i++) await sleep(20);
  assert.deepEqual(family.filter(lives), []);
  await assert.rejects(fetch(address));
  assert.deepEqual(ours(), before);
});

test('--policy: its word is obeyed, the evaluation’s own defaults hold for the rest', { skip: need('linux', 'pcscd', 'compiler', 'namespaces') }, async (t) => {
  await using stand = await startStand();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-start-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const policy = join(dir, 'mine.json');
  writeFileSync(policy, '{"addBadge": "code", "numberLength": 8}');
  const child = spawn(process.execPath, [script, '--no-window', '--policy', policy], {
    env: { ...process.env, ...stand.env, TAPWARD_DIR: join(dir, 'station') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!said.includes('Ctrl-C ends it.') && child.exitCode === null) await sleep(20);
  assert.match(said, /numberLength is not obeyed in evaluation/);
  assert.match(said, /Tap a badge of your own and add it with a code/);
  const [sam = ''] = /^[0-9a-f]{16}(?= +Sam )/m.exec((await tapward(join(dir, 'station'), ['people'])).out) ?? [];
  assert.match((await tapward(join(dir, 'station'), ['code', 'issue', '--for', 'enrol', '--checked', 'at the desk', sam])).out, /^Code: (\d{3} ){3}\d{4}\n/);
  child.kill('SIGINT');
  await once(child, 'exit');
});

test('a wrong option is one sentence and the usage', () => {
  for (const args of [['--fast'], ['--lang', 'fr'], ['now']]) {
    const { status, stdout } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
    assert.equal(status, 2, args.join(' '));
    assert.match(stdout, /^[A-Z].*\nnpm start/);
  }
  assert.equal(spawnSync(process.execPath, [script, '--help']).status, 0);
});
