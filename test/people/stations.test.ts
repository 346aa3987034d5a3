/** Two real agents, each with a reader on a real pcscd, and `tapward` beside them come in; enrolled at A she opens B, revoked at A she is locked out of B, and what is wrong is refused with one sentence. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectDoor } from '../../agent/admin/client.ts';
import { partBytes } from '../../agent/admin/contract.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { folder, tapward } from '../cli/running.ts';
import { need } from '../needs.ts';
import { populate, startCarriedStation } from './carried-station.ts';

const skip = need('linux', 'pcscd', 'compiler', 'namespaces');
const [ana, sam] = ['04a1b2c3d4e5f6', '04112233445566'];

test('enrolled at A, exported, imported: the same badge and PIN open B; revoked at A: B locks, and refuses her', { skip }, async () => {
  using place = folder();
  await using a = await startCarriedStation(place.path);
  await using b = await startCarriedStation(place.path);
  const file = (name: string): string => join(place.path, name);
  const ok = async (said: ReturnType<typeof a.run>, words: RegExp): Promise<void> => {
    const { code, out, err } = await said;
    assert.equal(code, 0, err);
    assert.match(out, words);
  };
  const no = async (said: ReturnType<typeof a.run>, code: number, words: RegExp): Promise<void> => {
    const answer = await said;
    assert.deepEqual([answer.code, answer.out], [code, '']);
    assert.match(answer.err, words);
    assert.equal(answer.err.trimEnd().split('\n').length, 1, 'one sentence');
  };

  await no(a.run(['people', 'export', '--out', file('none')]), 1, /no group: make one/);
  assert.throws(() => statSync(file('none')), 'a file that holds nothing is not left behind');
  await ok(a.run(['group', 'create']), /^Group [0-9a-f]{16} is made/);
  await ok(a.run(['group', 'invite', '--out', file('invitation'), '--code-out', file('code')]), /only imports/);
  assert.deepEqual([statSync(file('invitation')).mode & 0o777, statSync(file('code')).mode & 0o777], [0o600, 0o600]);
  await no(a.run(['group', 'invite', '--out', file('invitation')]), 1, /is there already/);
  const code = readFileSync(file('code'), 'utf8').trim();
  await no(b.run(['group', 'join', file('invitation'), '--code-file', '-'], { input: `${code.slice(0, -1)}${(Number(code.at(-1)) + 1) % 10}\n` }), 1, /mistyped/);
  await ok(b.run(['group', 'join', file('invitation'), '--code-file', '-'], { input: `${code.match(/\d{4}/g)?.join(' ')}\n` }), /only imports people/);
  await no(b.run(['group', 'join', file('invitation'), code]), 2, /never an argument/);

  const id = await a.enrol('Ana', ana, '294673');
  await a.enrol('Sam', sam, '846213');
  await ok(a.run(['people', 'export', '--out', file('first')]), /^2 people in .*bundle \d+, \d+ bytes, sha256 [0-9a-f]{64}/);
  await ok(b.run(['people', 'import', file('first')]), /2 added, 0 changed, 0 revoked/);
  await no(b.run(['people', 'export', '--out', file('second')]), 1, /only imports/);
  await b.tap(ana, 'pin');
  await b.agent.do({ do: 'type', pin: '294673' });
  await b.agent.do({ do: 'until', screen: 'open' });

  await ok(a.run(['revoke', id]), /is revoked/);
  await ok(a.run(['people', 'export', '--out', file('second')]), /bundle \d+/);
  const bytes = readFileSync(file('second'));
  const changed = Buffer.from(bytes);
  changed[changed.length - 40] = (changed.at(-40) ?? 0) ^ 1;
  writeFileSync(file('changed'), changed);
  await no(b.run(['people', 'import', file('changed')]), 1, /was changed/);
  const told = JSON.parse((await b.run(['people', 'import', file('changed'), '--json'])).out) as object;
  assert.deepEqual({ ...told, why: '' }, { kind: 'refused', because: 'refused', reason: 'changed', why: '' });
  writeFileSync(file('short'), bytes.subarray(0, -1));
  await no(b.run(['people', 'import', file('short')]), 1, /cut short/);
  await b.agent.do({ do: 'until', screen: 'open' });
  await ok(b.run(['people', 'import', file('second')]), /0 added, 0 changed, 1 revoked, 1 as they were/);
  await b.agent.do({ do: 'until', screen: 'idle' });
  await b.tap(ana, 'revoked');
  await no(b.run(['people', 'import', file('first')]), 1, /older/);
  await b.tap(sam, 'pin');

  await ok(b.run(['group']), /bundle \d+  20\d\d-/);
  const imported = readEntries(join(b.dir, 'ledger')).map(({ entry }) => entry);
  assert.deepEqual(
    imported.flatMap((e) => (e.kind === 'peopleImported' ? [[e.added, e.revoked]] : [])),
    [
      [2, 0],
      [0, 1],
    ],
  );
  const exported = readEntries(join(a.dir, 'ledger')).map(({ entry }) => entry);
  const numbered = exported.flatMap((e) => (e.kind === 'peopleExported' ? [{ sequence: e.sequence, sha256: e.sha256 }] : []));
  assert.deepEqual(
    imported.flatMap((e) => (e.kind === 'peopleImported' ? [{ sequence: e.sequence, sha256: e.sha256 }] : [])),
    numbered,
    'both ledgers name the same bundles',
  );
  assert.ok(imported.some((e) => e.kind === 'locked' && e.why === 'revoked'));
  assert.ok(imported.some((e) => e.kind === 'revoked' && e.subscriber === id));

  // Neither a command nor a log says who, or repeats the code.
  const said = [...a.printed, ...b.printed]
    .map(({ out, err }) => out + err)
    .join('\n')
    .replaceAll(/^(Ana|Sam) B\. is enrolled as .*$/gm, '');
  const logs = [a.dir, b.dir].map((dir) => readFileSync(join(dir, 'agent.log'), 'utf8') + JSON.stringify(readEntries(join(dir, 'ledger'))));
  for (const text of [said, ...logs, bytes.toString('latin1')]) for (const secret of ['Ana', 'Sam', '294673', '846213', ana, code]) assert.ok(!text.includes(secret), secret);
});

test('while people are imported by the hundred a tap opens as ever', { skip }, async () => {
  using place = folder();
  await using b = await startCarriedStation(place.path);
  const away = join(place.path, 'away');
  populate(away, 1_000);
  const said = async (dir: string, args: readonly string[]): Promise<void> => {
    const { code, err } = await tapward(dir, args);
    assert.equal(code, 0, err);
  };
  await said(away, ['group', 'create']);
  await said(away, ['group', 'invite', '--out', join(place.path, 'invitation'), '--code-out', join(place.path, 'code')]);
  await said(b.dir, ['group', 'join', join(place.path, 'invitation'), '--code-file', join(place.path, 'code')]);
  await b.enrol('Ana', ana, '294673');
  await said(away, ['people', 'export', '--out', join(place.path, 'bundle')]);
  const bundle = readFileSync(join(place.path, 'bundle'));
  const door = await connectDoor(b.dir);
  assert.ok(door.kind === 'connected');
  for (let at = 0; at < bundle.length; at += partBytes)
    assert.equal((await door.ask({ ask: 'sendPart', part: bundle.subarray(at, at + partBytes).toString('base64') })).kind, 'listed');
  await b.agent.do({ do: 'longestPause' });
  const began = performance.now();
  const importing = door.ask({ ask: 'importPeople' });
  const tapping = b.tap(ana, 'pin');
  const imported = await importing;
  const took = performance.now() - began;
  const pause = Number(await b.agent.do({ do: 'longestPause' }));
  door.close();
  await tapping;
  assert.equal(imported.kind === 'imported' ? imported.added : imported.kind, 1_000);
  // In one piece, the pause would be as long as the import.
  assert.ok(pause < took / 2, `nothing else was done for ${pause} ms of ${took}`);
  await b.agent.do({ do: 'type', pin: '294673' });
  await b.agent.do({ do: 'until', screen: 'open' });
});
