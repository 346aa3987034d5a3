/** Snapshots of two people's sessions come in; what their helpers are told to run, and whose input counts, is held to the session that is open. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { helped } from '../../agent/helper/helped.ts';
import { createSessionHelpers } from '../../agent/helper/session-helpers.ts';
import { helperLine } from '../../core/helper-link.ts';
import type { SessionInfo, Snapshot } from '../../core/types.ts';
import { createClock } from '../../native/clock/clock.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { need } from '../needs.ts';
import { until } from './logind/place.ts';

const session = (who: string, state: SessionInfo['state'], lock: SessionInfo['lock']): SessionInfo => ({ key: { id: who, epoch: '1' }, subscriber: who, state, lock });
const snapshot = (...sessions: readonly SessionInfo[]): Snapshot => ({ seq: 1, active: null, sessions, healthy: true });
const uids: Readonly<Record<string, number>> = { sam: 1, ana: 2 };

test('hooks run in the session they are about, and only the open one’s input counts', { skip: need('linux') }, async () => {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-helpers-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const used: string[] = [];
  const noted: string[] = [];
  // Who connects is named by the order of connecting: the kernel would name this one account.
  const comers = [uids['sam'], uids['ana'], uids['sam']];
  const helpers = createSessionHelpers({
    dir,
    peerOf: () => ({ uid: comers.shift() ?? 0, pid: 1 }),
    uidOf: (who) => uids[who] ?? null,
    contextOf: (who) => Buffer.from(who.padEnd(8, '.')).toString('hex'),
    hookTimeout: () => 500,
    used: (how) => used.push(how),
    diagnose: (id, text) => noted.push(`${id} ${text}`),
  });
  stack.use(helpers);
  for (const uid of Object.values(uids)) await helpers.admit(uid);
  const come = async (who: string, to = who): Promise<{ readonly heard: () => string; readonly socket: Socket }> => {
    const socket = connect(join(dir, 'helper', `${uids[to]}.sock`));
    stack.defer(() => void socket.destroy());
    let heard = '';
    socket.on('data', (text: Buffer) => void (heard += text.toString())).on('error', () => undefined);
    socket.write(helperLine({ kind: 'hello', session: Buffer.from(who.padEnd(16, '.')).toString('hex'), shown: null }));
    await until(`${who} is taken or turned away`, () => /is there|refused/.test(noted.join()));
    return { heard: () => [...heard.matchAll(/"event":"([a-z-]+)"/g)].map(([, event]) => event).join(' '), socket };
  };
  const sam = await come('sam');
  noted.length = 0;
  const ana = await come('ana');
  noted.length = 0;
  await come('sam', 'ana');
  assert.match(noted.join('\n'), /refused/);

  helpers.saw(snapshot(session('sam', 'active', 'unlocked')));
  await until('hers opened', () => sam.heard() === 'open');
  ana.socket.write(helperLine({ kind: 'input', how: 'key' }));
  sam.socket.write(helperLine({ kind: 'input', how: 'pointer' }));
  await until('input is heard', () => used.length > 0);
  helpers.saw(snapshot(session('sam', 'background', 'locked'), session('ana', 'active', 'unlocked')));
  await until('a switch', () => sam.heard() === 'open switch' && ana.heard() === 'open');
  helpers.saw(snapshot(session('sam', 'background', 'locked'), session('ana', 'active', 'locked')));
  await until('a lock', () => ana.heard() === 'open lock');
  ana.socket.write(helperLine({ kind: 'input', how: 'key' }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(used, ['pointer']);

  // A session that is to end waits for its own hooks, and no longer than they may take.
  const ended: string[] = [];
  const controller = helped({ ...createEmbedded(createClock()), signOut: async ({ id }) => ({ kind: 'done', session: null, ms: ended.push(id) }) }, helpers, [
    session('sam', 'background', 'locked'),
  ]);
  const leaving = controller.signOut({ id: 'sam', epoch: '1' });
  await until('her hooks are told', () => sam.heard() === 'open switch sign-out');
  assert.deepEqual(ended, []);
  await leaving;
  await controller.signOut({ id: 'nobody', epoch: '1' });
  assert.deepEqual(ended, ['sam', 'nobody']);
  assert.match(noted.join('\n'), /TW1803 sign-out: the hooks, late/, 'this helper never answered');
});

test('a door of an account that leaves and comes back at once is there, in whatever order its closing ends', { skip: need('linux') }, async () => {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-helpers-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const helpers = stack.use(
    createSessionHelpers({
      dir,
      peerOf: () => ({ uid: 1, pid: 1 }),
      uidOf: () => 1,
      contextOf: () => '0'.repeat(32),
      hookTimeout: () => 500,
      used: () => undefined,
      diagnose: () => undefined,
    }),
  );
  await helpers.admit(1);
  const socket = connect(join(dir, 'helper/1.sock'));
  stack.defer(() => void socket.destroy());
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  await Promise.all([helpers.dismiss(1), helpers.admit(1)]);
  assert.ok(statSync(join(dir, 'helper/1.sock')).isSocket());
});
