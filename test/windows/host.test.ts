/** A real tapward-host, run by Wine's service manager, comes in; that it watches its faces, its reader program and its agent, and ends what a dead one had opened, is tested. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nativeProgram } from '../../build/native.ts';
import { need } from '../needs.ts';
import { agentPipe, ask, facePipe, readerPipe, startHost, until, visit } from './host-rig.ts';
import { changed, startTalk, type Talk } from './talk.ts';
import { windowsPath } from './wine.ts';

const skip = need('mingw', 'wine');
let talk: Talk;
before(
  async () => {
    if (skip === false) talk = await startTalk();
  },
  { timeout: 200_000 },
);
after(async () => {
  if (skip === false) await talk.rig[Symbol.asyncDispose]();
});

test('a face beats for its session; silent for 2 s, the session is asked to be disconnected; letters pass unread', { skip, timeout: 60_000 }, async () => {
  talk.agent.say('KIOSK', 1);
  await until('the session has a door', () => talk.rig.log().includes('TW2012'));
  const wrong = visit(talk.rig.stranger, facePipe);
  wrong.say('HELLO', 1, 2, 'face');
  await wrong.ended;
  const face = visit(talk.rig.stranger, facePipe);
  face.say('HELLO', 1, 1, 'face');
  await face.next('READY');
  assert.deepEqual(await talk.agent.next('FACE'), ['FACE', '1', 'here']);
  const beating = setInterval(() => face.say('BEAT', 'covered'), 300);
  assert.deepEqual((await talk.agent.next('FACE')).slice(1), ['1', 'covered']);
  face.say('SAY', 'AAAA');
  assert.deepEqual(await talk.agent.next('SAY'), ['SAY', '1', 'AAAA']);
  talk.agent.say('TELL', 1, 'BBBB');
  assert.deepEqual(await face.next('TELL'), ['TELL', 'BBBB']);
  talk.agent.say('LOCK', 1);
  await face.next('LOCK');
  assert.deepEqual(await talk.agent.next('ASKED'), ['ASKED', 'LOCK', '1', '0']);
  face.say('LOCKED', 120);
  assert.deepEqual(await talk.agent.next('ASKED'), ['ASKED', 'LOCK', '1', '120'], 'as LockWorkStation fails under Wine');
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.doesNotMatch(talk.rig.log(), /TW2016/, 'it beats');
  const began = performance.now();
  clearInterval(beating);
  face.socket.destroy();
  await until('the silence is told', () => talk.agent.heard.some(([verb, , word]) => verb === 'FACE' && word === 'silent'));
  assert.ok(performance.now() - began < 4_000, 'the issue’s 2 s, and a busy machine');
  await until('Windows is asked', () => talk.rig.log().includes('TW2016'));
});

test('the reader program is the agent’s alone, and ends with its connection', { skip, timeout: 60_000 }, async () => {
  const stranger = visit(talk.rig.stranger, readerPipe);
  stranger.say('x');
  await stranger.ended;
  for (const text of ['one', 'two']) {
    const reader = visit(talk.outpost, readerPipe);
    reader.say(text, 'x'.repeat(10_000));
    assert.deepEqual(await reader.next(text), [text, 'x'.repeat(10_000)]);
    reader.socket.end();
    await reader.ended;
  }
});

test('an agent that dies takes with it what it kept; what it had opened is asked to be disconnected; another one comes', { skip, timeout: 60_000 }, async () => {
  assert.equal(await talk.refusal(talk.offer('ana', changed)), 'noSecret');
  await talk.capture('ana');
  const { tile } = await talk.newTile();
  talk.agent.say('KEEP', 'WARD', 'ana', 60_000);
  talk.offer('ana', changed);
  const { ticket } = await talk.redeems(tile);
  tile.say('RESULT', ticket, '0', '0');
  await talk.agent.next('RESULT');
  const old = talk.outpost;
  const lines = talk.rig.log().split('TW2006').length;
  void ask(old, 'exit 3').catch(() => undefined);
  await until('the tile is told', () => tile.heard.some(([verb, what]) => verb === 'SHOW' && what === 'away'));
  await until('its session is asked to be disconnected', () => talk.rig.log().split('TW2006').length > lines);
  await talk.newAgent(old);
  assert.equal(await talk.refusal(talk.offer('ana', '-')), 'noSecret', 'the window’s key is gone');
  await talk.leave(tile);
});

test('stopped by the service manager, it ends its agent; started again, it has another', { skip, timeout: 60_000 }, async () => {
  const old = talk.outpost;
  await talk.rig.stop();
  assert.match(talk.rig.log(), /TW2011/);
  assert.equal(await ask(talk.rig.stranger, `alive ${old.process}`), 0);
  await talk.rig.start();
  // First at the agent's pipe, of the same account, with the right words: but not the host's child.
  await talk.rig.agent(old);
  const impostor = visit(talk.rig.stranger, agentPipe);
  impostor.say('HELLO', 1, 0, 'agent');
  await impostor.ended;
  assert.deepEqual(impostor.heard, []);
  assert.match(talk.rig.log(), /TW2003/);
  await talk.newAgent(old);
});

test('its configuration asks for three restarts whenever it fails, and for five privileges; brought back, it runs anew', { skip, timeout: 60_000 }, async () => {
  const host = windowsPath(await nativeProgram('host-windows-wine'));
  const { code, out } = await talk.rig.wine.run(host, ['configure']);
  assert.deepEqual(
    [code, ...out.split(/\r?\n/).slice(0, 2)],
    [
      0,
      'Failures are counted for 86400 s: restart after 1000 ms restart after 1000 ms restart after 5000 ms.',
      'Privileges: SeTcbPrivilege SeAssignPrimaryTokenPrivilege SeIncreaseQuotaPrivilege SeImpersonatePrivilege SeChangeNotifyPrivilege.',
    ],
  );
  for (const runs of [true, false]) {
    if (!runs) await talk.rig.stop();
    const [was, old] = [talk.rig.process(), await talk.rig.agent()];
    assert.equal((await talk.rig.wine.run(host, ['bring-back'])).code, 0);
    await until('another host', () => talk.rig.process() !== was);
    await talk.newAgent(old);
  }
});

test('whoever has the name of a session’s pipe is spoken to by nobody: neither face nor helper is started earlier the host has it', { skip, timeout: 200_000 }, async () => {
  await using rig = await startHost(undefined, { service: 'host-windows-sessions' });
  writeFileSync(join(rig.wine.drive, 'sessions'), '1\n1\t1\tactive\tunlocked\tlocal\tWARD\tkiosk\n');
  const peer = windowsPath(await nativeProgram('peer-windows'));
  const started = (name: string): boolean => existsSync(join(rig.wine.drive, `${name}.port`));
  for (const name of ['face', 'helper']) await rig.set(name, `"${peer}" C:\\${name}.port`);
  const squatters = ['face', 'helper'].map((name) => visit(rig.stranger, `hold \\\\.\\pipe\\tapward-${name}-1`));
  await until('both names are taken', () => squatters.every(({ heard }) => heard.length > 0));
  assert.deepEqual(
    squatters.map(({ heard }) => heard),
    [[['0']], [['0']]],
  );
  const earlier = rig.log().length;
  await rig.start();
  await until(
    () => `it is told: ${rig.log().slice(earlier)}`,
    () =>
      (rig
        .log()
        .slice(earlier)
        .match(/TW2002/g)?.length ?? 0) >= 2,
  );
  await sleep(5_000);
  assert.deepEqual([started('face'), started('helper')], [false, false]);
  for (const { socket } of squatters) socket.destroy();
  await until('both are started', () => started('face') && started('helper'));
});
