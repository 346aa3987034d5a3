/** The credential provider's DLL comes in, loaded under Wine by a program that walks it as LogonUI does; what it shows, says to the host and hands to the logon is tested. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeProgram } from '../../build/native.ts';
import { need } from '../needs.ts';
import { agentPipe, startHost, visit } from './host-rig.ts';
import { startWine, windowsPath } from './wine.ts';

const options = { skip: need('mingw', 'wine'), timeout: 240_000 };
/** Each scene, and how many claims hold in it at the least: one that ends early is no scene. */
const scenes = {
  interface: 70,
  tap: 60,
  unlock: 20,
  pin: 50,
  words: 60,
  stale: 200,
  capture: 190,
  grants: 50,
  cancel: 20,
  'host-gone': 40,
  strangers: 120,
  filter: 18,
  lives: 1_600,
} as const;

/** Which scenes held, by what the program printed. */
function heldIn(out: string): Readonly<Record<string, number>> {
  assert.doesNotMatch(out, /^not so/m);
  const held: Record<string, number> = {};
  for (const [, name = '', count] of out.matchAll(/^([a-z-]+): held (\d+), not so 0\r?$/gm)) held[name] = Number(count);
  return held;
}

test('the tile: every scene in front of LogonUI holds', options, async () => {
  const [logon, dll] = [await nativeProgram('logon-windows'), await nativeProgram('provider-windows-wine')];
  await using wine = await startWine();
  const { code, out, err } = await wine.run(logon, [windowsPath(dll), ...Object.keys(scenes)], 150_000);
  const held = heldIn(out);
  for (const [name, least] of Object.entries(scenes)) assert.ok((held[name] ?? 0) >= least, `${name}: ${out}${err}`);
  assert.equal(code, 0, out + err);
});

const rounds = Number(process.env['TAPWARD_CHAOS_ROUNDS'] ?? 150);
test('a host that misbehaves in 23 ways gets no credential past the tile, costs no handle and no patience', { ...options, timeout: 120_000 + rounds * 100 }, async () => {
  const [logon, dll] = [await nativeProgram('logon-windows'), await nativeProgram('provider-windows-wine')];
  await using wine = await startWine();
  const { code, out, err } = await wine.run(logon, [windowsPath(dll), 'chaos', String(rounds)], 60_000 + rounds * 100);
  const [, redeemed, credentials] = /redeemed (\d+), .*credentials (\d+),/.exec(out) ?? [];
  assert.ok(Number(redeemed) >= 0.8 * rounds, out + err);
  assert.equal(credentials, '0');
  assert.equal(code, 0, out + err);
});

test('the product’s own build says nothing to a pipe that is not the service manager’s host', options, async () => {
  const [logon, dll] = [await nativeProgram('logon-windows'), await nativeProgram('provider-windows')];
  await using wine = await startWine();
  const { code, out, err } = await wine.run(logon, [windowsPath(dll), 'product'], 60_000);
  assert.ok((heldIn(out)['product'] ?? 0) >= 15 && out.includes('tiles 1'), out + err);
  assert.equal(code, 0, out + err);
});

test('with the real host: PIN, the first typed password sealed, a grant redeemed once, a stale password reported', options, async () => {
  const [logon, dll, product] = [await nativeProgram('logon-windows'), await nativeProgram('provider-windows-wine'), await nativeProgram('provider-windows')];
  await using rig = await startHost();
  await rig.start();
  const agent = visit(await rig.agent(), agentPipe);
  agent.say('HELLO', 1, 0, 'agent');
  await agent.next('READY');
  const share = Buffer.alloc(32, 7).toString('base64');

  agent.say('SHOW', 'pin', 6, 'Sam');
  const letIn = await rig.wine.run(logon, [windowsPath(product), 'product-real'], 40_000);
  assert.equal(letIn.code, 0, letIn.out + letIn.err);
  assert.equal((await agent.next('TILE'))[2], 'logon');
  assert.equal((await agent.next('TILE'))[2], 'gone');

  const playing = rig.wine.run('cmd', ['/c', `set TAPWARD_TEST_SERVER=${rig.process()}&& ${windowsPath(logon)} ${windowsPath(dll)} real`], 90_000);
  assert.equal((await agent.next('TILE'))[2], 'logon');
  assert.equal((await agent.next('PIN'))[2], '123456');
  agent.say('OFFER', 'g-1', 0, 'CLINIC', 'sam', 20_000, share);
  assert.deepEqual((await agent.next('REFUSED')).slice(1), ['g-1', 'noSecret']);
  agent.say('SHOW', 'password', 0, 'Sam');
  assert.deepEqual((await agent.next('SEALED')).slice(1), ['CLINIC', 'sam']);
  agent.say('OFFER', 'g-2', 0, 'CLINIC', 'sam', 20_000, share);
  assert.deepEqual((await agent.next('REDEEMED')).slice(1), ['g-2']);
  assert.deepEqual((await agent.next('RESULT')).slice(1), ['g-2', 'C0000071', '00000000']);
  // Stale: not offered again before it was typed anew.
  agent.say('OFFER', 'g-3', 0, 'CLINIC', 'sam', 20_000, share);
  assert.deepEqual((await agent.next('REFUSED')).slice(1), ['g-3', 'stale']);
  agent.say('SHOW', 'blocked', 0, 'Sam');
  const { code, out, err } = await playing;
  assert.ok((heldIn(out)['real'] ?? 0) >= 40, out + err);
  assert.equal(code, 0, out + err);
});
