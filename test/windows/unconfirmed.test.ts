/** The real controller over the real host under Wine, which says yes to locks that never happen and reports no session: that none of it counts is tested, as a program of ours and as Node for Windows runs it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Outcome } from '../../core/types.ts';
import { createWindows } from '../../native/session/windows/controller.ts';
import { connectHost } from '../../native/session/windows/host.ts';
import { need } from '../needs.ts';
import { agentPipe, providerPipe, startHost, until, visit } from './host-rig.ts';

const skip = need('mingw', 'wine');
const folder = mkdtempSync(join(tmpdir(), 'tapward-unconfirmed-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const brief = (outcome: Outcome): string => (outcome.kind === 'done' ? 'done' : `${outcome.code} ${outcome.screen}`);

test('Wine’s yes to a disconnect, and LogonUI’s yes to a logon, confirm nothing', { skip, timeout: 200_000 }, async () => {
  await using rig = await startHost();
  await rig.start();
  const outpost = await rig.agent();
  // The host’s own child carries the controller’s connection to the pipe.
  const path = join(folder, 'agent.sock');
  const server = createServer((here) => {
    const there = createConnection(outpost.port, '127.0.0.1');
    there.write(`${agentPipe}\n`);
    here.pipe(there).pipe(here);
    for (const socket of [here, there]) socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    const said: string[] = [];
    const times = { lock: 500, disconnect: 500, logoff: 500, logon: 1_000, connect: 500 };
    const clock = { now: () => performance.now() };
    const host = connectHost(path);
    const controller = await createWindows({
      clock,
      accounts: { accountOf: (who) => `WARD\\${who}`, subscriberOf: () => null },
      host,
      shareOf: () => new Uint8Array(32).fill(1),
      reconnect: 'off',
      endUnlocked: 'on',
      times,
      diagnose: (text) => said.push(text),
    });
    assert.ok(host.isHere(), 'the host greets it');
    assert.equal((await controller.snapshot()).healthy, false, 'the console is in no list');
    assert.equal(brief(await controller.lock('start', false)), 'unconfirmed unknown');
    await until('Windows is really asked', () => rig.log().includes('TW2007'));
    assert.deepEqual(
      said.map((text) => text.replace(/ of session.*/, '')),
      ['Windows refused LOCK', 'DISCONNECT'],
      'no face to lock it, and a disconnect that says yes and does nothing',
    );
    said.length = 0;
    assert.equal(brief(await controller.lock('notConfirmed', true)), 'unconfirmed unknown');
    assert.deepEqual(
      said.map((text) => text.replace(/ of session.*/, '')),
      ['DISCONNECT', 'Windows refused LOGOFF'],
    );
    const { seq } = await controller.snapshot();
    assert.equal(brief(await controller.open({ id: 'g', subscriber: 'ana', intent: 'signIn', seq, expiresAt: clock.now() + 5_000 })), 'unsupported unknown');
    const tile = visit(rig.stranger, providerPipe);
    tile.say('HELLO', 1, 1, 'logon');
    await tile.next('READY');
    host.show({ kind: 'pin', length: 6, name: 'Ana R' });
    await until('the tile asks for her PIN', () => tile.heard.some(([verb, what]) => verb === 'SHOW' && what === 'pin'));
    let typed = '';
    host.hearPin((session, digits) => (typed = `${session} ${Buffer.from(digits).toString('latin1')}`));
    tile.say('PIN', '846297');
    await until('the digits come', () => typed === '1 846297');
    await controller[Symbol.asyncDispose]();
  } finally {
    server.close();
  }
});
