/** The kiosk controller with its real session helper, held to the contract of every SessionController; then what faces, helpers and parking hooks can do wrong: none of it opens, none of it blocks a lock. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenAt } from '../../agent/local-socket.ts';
import { sessionControllerContract } from '../contract/session-controller.ts';
import { until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { clock, foundOf, generic, grantFor, processesOf, stranger, told, withTold } from './kiosk-rig.ts';

const skip = need('linux', 'root');

if (skip === false) {
  sessionControllerContract('kiosk', {
    clock,
    people: ['s1', 's2'],
    make: async () => {
      const kiosk = await withTold();
      return { ...kiosk.controller, [Symbol.asyncDispose]: () => kiosk[Symbol.asyncDispose]() };
    },
  });
} else {
  test('kiosk: the contract of every SessionController', { skip }, () => undefined);
}

test('each person’s hooks run in order and with a small environment, one person parked before the next is shown', { skip }, async () => {
  await using kiosk = await withTold({ env: { SECRET: 'x', LD_PRELOAD: '', DISPLAY: ':77' } });
  kiosk.hook('open', '60-environment', '(id -u; stat -c %a "$TAPWARD_CONTEXT_DIR"; echo $(env | cut -d= -f1 | sort)) >> "$TAPWARD_CONTEXT_DIR/log"');
  assert.equal((await kiosk.open('s1')).kind, 'done');
  assert.equal((await kiosk.open('s2')).kind, 'done');
  assert.equal((await kiosk.controller.lock('tapOut', false)).kind, 'done');
  const s2 = (await kiosk.controller.snapshot()).active;
  assert.ok(s2 !== null && (await kiosk.controller.signOut(s2.key)).kind === 'done');
  const environment = 'DISPLAY HOME LANG PATH PWD TAPWARD_CONTEXT TAPWARD_CONTEXT_DIR TAPWARD_EVENT XDG_RUNTIME_DIR';
  assert.deepEqual(kiosk.log('s1').trim().split('\n'), ['open', String(generic.uid), '700', environment, 'switch']);
  assert.deepEqual(kiosk.log('s2').trim().split('\n'), ['open', String(generic.uid), '700', environment, 'lock', 'sign-out']);
});

for (const [what, script] of [
  ['fails', 'exit 1'],
  ['hangs', 'sleep 600'],
] as const) {
  test(`a parking hook that ${what} does not block the lock, and lets nobody else in until it does its work`, { skip }, async () => {
    await using kiosk = await withTold({ hookTimeout: () => 300 });
    await kiosk.open('s1');
    kiosk.hook('lock', '10-park', script);
    kiosk.hook('switch', '10-park', script);
    assert.equal((await kiosk.controller.lock('tapOut', false)).kind, 'done');
    assert.equal((await kiosk.controller.snapshot()).active?.lock, 'locked');
    const other = await kiosk.open('s2');
    assert.ok(other.kind === 'failed' && other.screen === 'locked', JSON.stringify(other));
    assert.match(kiosk.log('s2'), /^$/);
    assert.equal((await kiosk.open('s1', 'unlock')).kind, 'done', 'her own work is no secret from her');
    kiosk.hook('switch', '10-park', 'true');
    assert.equal((await kiosk.open('s2')).kind, 'done');
  });
}

test('a lock while hooks open ends them: not opened, parked, and at once', { skip }, async () => {
  await using kiosk = await withTold();
  kiosk.hook('open', '60-slow', 'sleep 600');
  const opening = kiosk.open('s1');
  await until('the opening runs', () => kiosk.log('s1') === 'open\n');
  assert.equal((await kiosk.controller.lock('lockNow', false)).kind, 'done');
  const outcome = await opening;
  assert.ok(outcome.kind === 'failed' && outcome.code === 'revoked' && outcome.screen === 'locked', JSON.stringify(outcome));
  await until('it was parked', () => kiosk.log('s1') === 'open\nlock\n');
});

test('the newest tap wins until the grant is redeemed', { skip }, async () => {
  await using kiosk = await withTold();
  const heard: string[] = [];
  kiosk.controller.hear((news) => news.kind === 'redeemed' && heard.push(news.grant));
  const [one, two] = [await grantFor(kiosk.controller, 's1'), await grantFor(kiosk.controller, 's2')];
  const [first, second] = await Promise.all([kiosk.controller.open(one), kiosk.controller.open(two)]);
  assert.ok(first.kind === 'failed' && first.code === 'revoked');
  assert.equal(second.kind, 'done');
  assert.deepEqual([heard, kiosk.log('s1')], [[two.id], '']);
});

test('nothing that covers: the lock is not confirmed, nobody is let in, and a second, stronger lock ends the session', { skip }, async () => {
  let ends = 0;
  await using kiosk = await withTold({ endSession: async () => ++ends > 0 });
  await kiosk.open('s1');
  kiosk.cover.presence(false);
  const weak = await kiosk.controller.lock('tapOut', false);
  assert.deepEqual([weak.kind, weak.kind === 'failed' && weak.screen, ends], ['failed', 'unknown', 0]);
  assert.equal((await kiosk.open('s2')).kind, 'failed');
  assert.equal((await kiosk.controller.lock('tapOut', true)).kind, 'done');
  assert.deepEqual([(await kiosk.controller.snapshot()).sessions, ends], [[], 1]);
});

test('a face that comes back in time covers again: no session is ended', { skip }, async () => {
  let ends = 0;
  await using kiosk = await withTold({ endSession: async () => ++ends > 0 });
  await kiosk.open('s1');
  kiosk.cover.presence(false);
  const locking = kiosk.controller.lock('faceLost', true);
  await sleep(300);
  kiosk.cover.presence(true);
  assert.deepEqual([(await locking).kind, (await kiosk.controller.snapshot()).active?.lock, ends], ['done', 'locked', 0]);
});

test('a desktop that is starting up is not ended for want of a face it never had; once it had one, it is', { skip }, async () => {
  let ends = 0;
  await using kiosk = await withTold({ covered: false, endSession: async () => ++ends > 0 });
  const early = await kiosk.controller.lock('start', true);
  assert.deepEqual([early.kind, ends], ['failed', 0]);
  kiosk.cover.presence(true);
  assert.equal((await kiosk.controller.lock('start', true)).kind, 'done');
  kiosk.cover.presence(false);
  assert.equal((await kiosk.controller.lock('faceLost', true)).kind, 'done');
  assert.equal(ends, 1);
});

test('a session that does not end is no lock', { skip }, async () => {
  await using kiosk = await withTold();
  await kiosk.open('s1');
  kiosk.cover.presence(false);
  const outcome = await kiosk.controller.lock('faceLost', true);
  assert.ok(outcome.kind === 'failed' && outcome.screen === 'unknown');
});

test('a helper that is killed: nobody vouches for the desktop, the lock still stands, nobody is let in until one is back, which parks first', { skip }, async () => {
  await using kiosk = await withTold();
  await kiosk.open('s1');
  kiosk.helper().kill('SIGKILL');
  await until('it is missed', async () => !(await kiosk.controller.snapshot()).healthy);
  assert.equal((await kiosk.controller.snapshot()).active?.lock, 'unknown');
  assert.equal((await kiosk.controller.lock('sessionLost', true)).kind, 'done');
  assert.equal((await kiosk.open('s1', 'unlock')).kind, 'failed');
  await kiosk.startHelper();
  assert.equal(kiosk.log('s1'), 'open\nlock\n');
  const key = (await kiosk.controller.snapshot()).active?.key;
  const again = await kiosk.open('s1', 'unlock');
  assert.deepEqual(again.kind === 'done' && again.session?.key, key);
});

test('a helper that hangs counts as dead', { skip }, async () => {
  await using kiosk = await withTold({ silence: 1_500 });
  await kiosk.open('s1');
  kiosk.helper().kill('SIGSTOP');
  await until('it is missed', async () => !(await kiosk.controller.snapshot()).healthy);
  kiosk.helper().kill('SIGCONT');
  await until('it is back', async () => (await kiosk.controller.snapshot()).healthy);
  assert.equal(kiosk.log('s1'), 'open\nlock\n');
  assert.equal((await kiosk.controller.snapshot()).active?.lock, 'unknown');
});

test('an agent that is gone: the helper parks by itself', { skip }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-relay-'));
  chmodSync(dir, 0o755);
  const cut: Socket[] = [];
  const relay = createServer((near) => {
    const far = createConnection(join(dir, 'agent.sock'));
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
    cut.push(near, far);
  });
  await listenAt(relay, join(dir, 'helper.sock'), 0o666);
  // Root's relay stands for the agent: it alone goes, and nobody can order anything any more.
  await using kiosk = await withTold({ accepts: () => true, path: join(dir, 'agent.sock'), socket: join(dir, 'helper.sock') });
  await kiosk.open('s1');
  relay.close();
  for (const socket of cut) socket.destroy();
  await until('her work was parked', () => kiosk.log('s1') === 'open\nlock\n');
  await until('it is missed', async () => !(await kiosk.controller.snapshot()).healthy);
  rmSync(dir, { recursive: true, force: true });
});

test('an emergency’s work is made anew each time, even what another agent’s left, and its hooks are told', { skip }, async () => {
  await using kiosk = await withTold();
  mkdirSync(join(kiosk.dir, 'hooks.d/emergency'));
  kiosk.hook('emergency', '50-tell', told);
  kiosk.hook('sign-out', '60-forget', 'rm -f "$TAPWARD_CONTEXT_DIR/left"');
  kiosk.hook('open', '60-leave', '[ ! -e "$TAPWARD_CONTEXT_DIR/left" ] && touch "$TAPWARD_CONTEXT_DIR/left"');
  const first = await kiosk.open('emergency', 'emergency');
  assert.ok(first.kind === 'done' && first.session?.subscriber === 'emergency', JSON.stringify(first));
  await until('it is told', () => kiosk.log('emergency') === 'sign-out\nopen\nemergency\n');
  await kiosk.controller.lock('emergencyOver', false);
  const second = await kiosk.open('emergency', 'emergency');
  assert.ok(second.kind === 'done' && second.session?.key.epoch !== first.session.key.epoch, 'another session');
  assert.equal((await kiosk.controller.snapshot()).sessions.length, 1);
  kiosk.hook('sign-out', '60-forget', 'exit 1');
  await kiosk.controller.lock('emergencyOver', false);
  const third = await kiosk.open('emergency', 'emergency');
  assert.ok(third.kind === 'failed' && third.screen === 'locked', 'what cannot be forgotten is not shown');
});

test('which program a process runs, the helper says for its own account and nobody else’s', { skip }, async () => {
  await using kiosk = await withTold();
  const own = spawn('/usr/bin/sleep', ['30'], { uid: generic.uid, gid: generic.gid, stdio: 'ignore' });
  const other = spawn('/usr/bin/sleep', ['30'], { uid: stranger.uid, gid: stranger.gid, stdio: 'ignore' });
  try {
    assert.equal(await kiosk.shared.programOf(own.pid ?? 0), realpathSync('/usr/bin/sleep'));
    for (const pid of [other.pid ?? 0, process.pid, 2 ** 22 + 1]) assert.equal(await kiosk.shared.programOf(pid), null);
    kiosk.helper().kill('SIGSTOP');
    assert.equal(await kiosk.shared.programOf(own.pid ?? 0), null, 'one that hangs says nothing, in time');
    kiosk.helper().kill('SIGKILL');
    await until('it is gone', async () => !(await kiosk.controller.snapshot()).healthy);
    assert.equal(await kiosk.shared.programOf(own.pid ?? 0), null);
  } finally {
    own.kill('SIGKILL');
    other.kill('SIGKILL');
  }
});

test('warning hooks run for whose work is open, and nothing depends on them', { skip }, async () => {
  await using kiosk = await withTold();
  mkdirSync(join(kiosk.dir, 'hooks.d/warn'));
  kiosk.hook('warn', '50-tell', `${told}; sleep 600`);
  await kiosk.open('s1');
  const { active } = await kiosk.controller.snapshot();
  kiosk.controller.warn?.({ id: 'nobody’s', epoch: '1' });
  assert.ok(active !== null);
  kiosk.controller.warn?.(active.key);
  await until('it was warned', () => kiosk.log('s1') === 'open\nwarn\n');
  assert.equal((await kiosk.controller.lock('walkAway', false)).kind, 'done');
  assert.equal(kiosk.log('s1'), 'open\nwarn\nlock\n', 'parked although the warning hangs');
});

test('a locker that is configured runs from the lock to the next opening, and again when it is killed', { skip }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-locker-'));
  chmodSync(dir, 0o755);
  const locker = join(dir, 'locker');
  writeFileSync(locker, '#!/bin/sh\nexec sleep 987\n', { mode: 0o755 });
  await using kiosk = await withTold({ locker });
  const running = (): number => processesOf(kiosk).filter((line) => line.startsWith('sleep 987')).length;
  await kiosk.open('s1');
  assert.equal(running(), 0);
  await kiosk.controller.lock('tapOut', false);
  await until('it runs', () => running() === 1);
  for (const { pid, line } of foundOf(kiosk)) if (line.startsWith('sleep 987')) process.kill(pid, 'SIGKILL');
  await until('it is gone', () => running() === 0);
  await until('it runs again', () => running() === 1);
  await kiosk.open('s1', 'unlock');
  await until('it has ended', () => running() === 0);
  rmSync(dir, { recursive: true });
});
