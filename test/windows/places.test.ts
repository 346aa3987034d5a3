/** Traps in the folders and command lines around a real host under Wine come in; that it starts nothing else, takes no folder of somebody else's and leaves no file where it was started is tested. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { nativeProgram } from '../../build/native.ts';
import { need } from '../needs.ts';
import { agentPipe, type HostRig, providerPipe, startHost, until, visit } from './host-rig.ts';

const skip = need('mingw', 'wine');
let rig: HostRig;
const set = async (name: string, value: string): Promise<void> => {
  const { code } = await rig.wine.run('reg', ['add', 'HKLM\\SOFTWARE\\Tapward\\Host', '/v', name, '/d', value, '/f']);
  assert.equal(code, 0);
};
before(
  async () => {
    if (skip === false) rig = await startHost(() => 'C:\\Program Files\\agent.exe C:\\agent.port');
  },
  { timeout: 200_000 },
);
after(async () => {
  if (skip === false) await rig[Symbol.asyncDispose]();
});

test('a command line without quotes starts the program it names, and no other that Windows would try', { skip, timeout: 60_000 }, async () => {
  const peer = await nativeProgram('peer-windows');
  for (const trap of ['Program.exe', 'Program Files/agent.exe']) copyFileSync(peer, join(rig.wine.drive, trap));
  await rig.start();
  await until('it is told', () => rig.log().includes('TW2001'));
  assert.ok(!existsSync(join(rig.wine.drive, 'agent.port')));
  await rig.stop();
});

test('no agent is started on a folder that is not ours; on one of ours it is, by its quoted path', { skip, timeout: 60_000 }, async () => {
  await set('Agent', '"C:\\Program Files\\agent.exe" C:\\agent.port');
  await set('State', 'C:\\state');
  writeFileSync(join(rig.wine.drive, 'state'), 'no folder');
  await rig.start();
  await until('it is told', () => rig.log().includes('TW2019'));
  await rig.stop();
  assert.doesNotMatch(rig.log(), /TW2012/);
  rmSync(join(rig.wine.drive, 'state'));
  await rig.start();
  await rig.agent();
  assert.ok(existsSync(join(rig.wine.drive, 'state')), 'made for the agent');
  await rig.stop();
});

test('where its own folder for records is not to be had, nothing is sealed, and nothing is left where it was started', { skip, timeout: 60_000 }, async () => {
  rmSync(join(rig.folder, 'sealed'), { recursive: true, force: true });
  mkdirSync(rig.folder, { recursive: true });
  writeFileSync(join(rig.folder, 'sealed'), 'no folder');
  await rig.start();
  const agent = visit(await rig.agent(), agentPipe);
  agent.say('HELLO', 1, 0, 'agent');
  await agent.next('READY');
  agent.say('OFFER', 'g', 0, 'WARD', 'ana', 30_000, randomBytes(32).toString('base64'));
  assert.deepEqual(await agent.next('REFUSED'), ['REFUSED', 'g', 'noSecret']);
  const tile = visit(rig.stranger, providerPipe);
  tile.say('HELLO', 1, 1, 'logon');
  await tile.next('READY');
  tile.say('CAPTURE', 'ana', 'WARD', Buffer.from('Correct-Horse-42!', 'utf16le').toString('base64'));
  await until('it is told', () => rig.log().includes('TW2014'));
  assert.equal(execFileSync('find', [rig.wine.drive, '-name', '.new'], { encoding: 'utf8' }), '');
});
