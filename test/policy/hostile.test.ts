/** Policy sources that somebody made, or spoiled, to hold the agent up come in; each is taken in moments or refused in a sentence, and the station goes on by what held. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Tools } from '../../agent/cli/command.ts';
import { policyFindings } from '../../agent/cli/doctor/policy.ts';
import { lastGoodIn } from '../../agent/policy/last-good.ts';
import { createLivePolicy } from '../../agent/policy/live.ts';
import { noRegistry, readSources } from '../../agent/policy/reading.ts';
import { judgeSources, type Source } from '../../agent/policy/sources.ts';
import { need } from '../needs.ts';

/** As long as a computer's name may be (RFC 1035 §2.3.4). */
const computer = 'a'.repeat(63);
const site = { mode: 'installed', stationName: 'pc', computer } as const;
const file = (text: string): Source => ({ kind: 'file', name: 'policy.json', text });
const folder = (t: { readonly after: (fn: () => void) => void }): string => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-hostile-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
const pinLengthOn = (glob: string, name: string): number =>
  judgeSources([file(JSON.stringify({ rules: [{ stations: [glob], set: { pinLength: 8 } }] }))], site).resolveOn(name).policy.pinLength;

test('a pattern of many stars is as quick as any', { timeout: 20_000 }, () => {
  assert.equal(pinLengthOn('*a'.repeat(31), computer), 8);
  assert.equal(pinLengthOn(`${'*a'.repeat(31)}*b`, computer), 6);
});

test('patterns fit what they fitted as regular expressions', () => {
  const some = (...letters: readonly string[]): fc.Arbitrary<string> => fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 7 }).map((all) => all.join(''));
  let fitted = 0;
  fc.assert(
    fc.property(some('a', 'B', '.', '*', '?'), some('a', 'b', '.'), (glob, name) => {
      const fits = new RegExp(`^${glob.replaceAll('.', '\\.').replace(/\*+/g, '.*').replaceAll('?', '.')}$`, 'i').test(name);
      fitted += Number(fits);
      assert.equal(pinLengthOn(glob, name) === 8, fits, `${glob} ${name}`);
    }),
    { numRuns: 2_000 },
  );
  assert.ok(fitted > 100, String(fitted));
});

test('lists in lists without end are refused, and the agent starts by what held', (t) => {
  const dir = folder(t);
  const key = createSecretKey(Buffer.alloc(32, 7));
  const start = (sources: readonly Source[]): ReturnType<typeof createLivePolicy> => {
    const live = createLivePolicy({ read: () => sources, site, lastGood: lastGoodIn(dir, key), diagnose: () => undefined });
    live.begin({ record: () => undefined, changed: () => undefined });
    return live;
  };
  start([file('{"pinLength": 8}')]);
  for (const text of [`{"rules": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`, `{"x": ${'{"x":'.repeat(20_000)}1${'}'.repeat(20_001)}`]) {
    const live = start([file(text)]);
    const standing = live.standing();
    assert.deepEqual(
      [live.policy().pinLength, standing.kind, standing.kind === 'current' ? [] : standing.faults.map(({ sentence }) => sentence)],
      [8, 'kept', ['The policy file has lists and objects more than 32 deep in each other: no setting has; take them out.']],
    );
  }
});

test('a pipe, a folder and a file without end are said to be none; a mark in front is none of its words', { skip: need('linux') }, (t) => {
  const dir = folder(t);
  const pieces = join(dir, 'policy.d');
  mkdirSync(join(pieces, '2.json'), { recursive: true });
  execFileSync('mkfifo', [join(pieces, '1.json')]);
  writeFileSync(join(pieces, '3.json'), '');
  truncateSync(join(pieces, '3.json'), 2 ** 31);
  writeFileSync(join(pieces, '4.json'), '\uFEFF{"pinLength": 8}');
  const { faults, resolveOn } = judgeSources(readSources(join(dir, 'policy.json'), noRegistry), site);
  assert.deepEqual(
    faults.map(({ sentence }) => sentence.split(':')[0]),
    ['This is no file', 'This is no file', 'The policy file is longer than 1048576 bytes'],
  );
  assert.equal(resolveOn(computer).policy.pinLength, 8);
});

test('what only the next start tries out is not the last good policy before', (t) => {
  const dir = folder(t);
  const key = createSecretKey(Buffer.alloc(32, 7));
  let sources = [file('{"pinLength": 7}')];
  const live = createLivePolicy({ read: () => sources, site, lastGood: lastGoodIn(dir, key), diagnose: () => undefined });
  live.begin({ record: () => undefined, changed: () => undefined });
  const kept = (): string => JSON.stringify(lastGoodIn(dir, key).load());
  const before = kept();
  sources = [file('{"pinLength": 8, "sessions": "kiosk", "kioskAccount": "nobody-here"}')];
  assert.equal(live.reload().kind, 'changed');
  assert.equal(kept(), before);
  sources = [file('{"pinLength": 8}')];
  assert.equal(live.reload().kind, 'changed');
  assert.equal(kept(), JSON.stringify(sources));
});

test('the doctor tells of a source, or a folder of one, that others may write or that is not root’s', { skip: need('linux', 'root') }, async (t) => {
  const dir = folder(t);
  const path = join(dir, 'policy.json');
  writeFileSync(path, '{}', { mode: 0o644 });
  const told = async (): Promise<readonly string[]> => {
    const found = await policyFindings(dir, 'installed', { registry: noRegistry } as Tools);
    return found.flatMap(({ id, grade, what }) => (id === 'policy' && grade === 'bad' ? [what] : []));
  };
  assert.deepEqual(await told(), []);
  chmodSync(dir, 0o777);
  assert.deepEqual(await told(), [`Others than its owner may write ${dir}`]);
  chmodSync(dir, 0o755);
  chownSync(path, 4_321, 0);
  assert.deepEqual(await told(), [`${path} is not root’s, and decides who opens what`]);
});
