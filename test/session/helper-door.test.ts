/** Whoever knocks at the session helper’s door, and whoever holds it in the agent’s place: thousands of hostile peers on both sides, none of whom opens, crashes or delays anything. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { helperLine, helperLines, readFromHelper, readToHelper } from '../../core/helper-link.ts';
import { ended, until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { contextOf, generic, type Kiosk, openKiosk, stranger } from './kiosk-rig.ts';

const skip = need('linux', 'root');

/** A process of another account; what it prints is what it saw. */
function startPeer(
  path: string,
  script: string,
  who: { readonly uid: number; readonly gid: number },
): { readonly child: ChildProcess; readonly said: () => string } & AsyncDisposable {
  const source = `const { createConnection, createServer } = require('node:net'); process.umask(0); const path = ${JSON.stringify(path)}; ${script}`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'ignore'], env: {}, ...who });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  return { child, said: () => said, [Symbol.asyncDispose]: () => ended(child) };
}

const hostile = (at: number): Uint8Array => {
  const first = helperLine({ kind: 'hello', session: 'f'.repeat(32), shown: null });
  const kinds: readonly (() => string | Uint8Array)[] = [
    () => randomBytes(1 + (at % 3000)),
    () => 'x'.repeat(70_000),
    () => '\n'.repeat(500),
    () => first.slice(0, at % first.length),
    () => first + first,
    () => `${first}{"kind":"ran","id":${at},"how":"done","hook":null}\n`.repeat(3),
    () => `${first}${'{"kind":"input","how":"key"}\n'.repeat(400)}`,
    () => `${first}{"kind":"opened","grant":"g1"}\n`,
    () => `${first}{"kind":"hello","session":"${'f'.repeat(32)}","shown":"../../etc"}\n`,
    () => '{"__proto__":{"kind":"beat"}}\n[[[[[[\n',
    () => `${first}${'{"kind":"beat"}'.padEnd(1_024)}\n${'{"kind":"beat"}'.padEnd(1_025)}\n`,
  ];
  return Buffer.from(kinds[at % kinds.length]?.() ?? '');
};

/** Says hello as a helper does. */
const hello = `const s = createConnection(path); s.on('error', () => {}); s.on('close', () => process.stdout.write('closed')); s.write('{"kind":"hello","session":"${'b'.repeat(32)}","shown":null}\\n');`;

async function attack(path: string, at: number): Promise<void> {
  const socket: Socket = createConnection(path);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  socket.on('data', () => undefined);
  // Cut off in the middle, half closed, or left to the door to end.
  if (at % 3 === 0) socket.end(hostile(at));
  else socket.write(hostile(at), () => (at % 3 === 1 ? socket.destroy() : undefined));
  if (at % 3 === 2) setTimeout(() => socket.destroy(), 3);
  await closed;
}

test('3,000 visitors of another account and 2,000 of root’s own beside a helper that works: all turned away, and it goes on working', { skip }, async () => {
  await using kiosk = await openKiosk();
  await kiosk.open('s1');
  const began = performance.now();
  await using crowd = startPeer(
    kiosk.agentSocket,
    `let left = 3000; const next = () => { if (left-- <= 0) return; const s = createConnection(path); s.on('error', () => {}); s.on('close', next); s.write('{"kind":"beat"}\\n'.repeat(9)); };
    for (let i = 0; i < 20; i++) next();`,
    stranger,
  );
  // This very process is root, which is not the session’s account either.
  for (let at = 0; at < 2_000; at += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => attack(kiosk.agentSocket, at + i)));
  await until('they have all been', () => crowd.child.exitCode !== null, 20_000);
  assert.ok(performance.now() - began < 20_000);
  const { active, healthy } = await kiosk.controller.snapshot();
  assert.deepEqual([active?.lock, healthy], ['unlocked', true]);
  assert.equal((await kiosk.open('s2')).kind, 'done');
  assert.deepEqual(kiosk.inputs, []);
  assert.ok(kiosk.noted.length < 40, 'and no log is flooded');
});

test('1,500 liars in the helper’s own place: none opens anything, each is put out, and the lock stands', { skip }, async () => {
  await using kiosk = await openRoot();
  let [seen, changes] = [0, 0];
  kiosk.controller.watch(({ active }) => {
    changes++;
    seen += active?.lock === 'unlocked' ? 1 : 0;
  });
  const began = performance.now();
  for (let at = 0; at < 1_500; at += 2) await Promise.all([attack(kiosk.agentSocket, at), attack(kiosk.agentSocket, at + 1)]);
  assert.ok(performance.now() - began < 20_000);
  assert.equal(seen, 0);
  assert.deepEqual((await kiosk.controller.snapshot()).sessions, []);
  assert.ok(changes > 500, `they were let in, ${changes} times, and put out`);
  assert.ok(kiosk.inputs.length < 2_000, `${kiosk.inputs.length}`);
  assert.equal((await kiosk.controller.lock('tapOut', true)).kind, 'done');
});

/** A door that takes this process for the helper’s account, once its real one is gone, as often as it likes. */
async function openRoot(): Promise<Kiosk> {
  const kiosk = await openKiosk({ accepts: () => true, visits: { perSecond: 1e6, burst: 1e6 }, hookTimeout: () => 600 });
  await ended(kiosk.helper());
  return kiosk;
}

test('a helper that answers what it was not asked, or for another, opens nobody', { skip }, async () => {
  await using kiosk = await openRoot();
  const socket = createConnection(kiosk.agentSocket);
  socket.on('error', () => undefined);
  const asked: unknown[] = [];
  const cut = helperLines((line) => {
    const order = readToHelper(line);
    asked.push(order);
    // Done, says it, of every number but the one it was given.
    if (order !== null) for (const id of [0, order.id - 1, order.id + 1]) socket.write(helperLine({ kind: 'ran', id: Math.max(0, id), how: 'done', hook: null }));
  });
  socket.on('data', (bytes: Buffer) => void cut(bytes));
  socket.write(helperLine({ kind: 'hello', session: 'a'.repeat(32), shown: null }));
  await until('it is taken', async () => (await kiosk.controller.snapshot()).healthy);
  const outcome = kiosk.open('s1');
  const beats = setInterval(() => socket.write(helperLine({ kind: 'beat' })), 200);
  const opened = await outcome;
  clearInterval(beats);
  assert.ok(opened.kind === 'failed' && opened.code === 'timeout' && opened.screen === 'locked', JSON.stringify(opened));
  assert.deepEqual(asked[0], { kind: 'run', id: 1, event: 'open', context: contextOf('s1'), within: 600 });
  socket.destroy();
});

test('another account in the empty place of a helper that is gone is not taken for it', { skip }, async () => {
  await using kiosk = await openKiosk();
  await ended(kiosk.helper());
  await until('it is missed', async () => !(await kiosk.controller.snapshot()).healthy);
  let taken = 0;
  kiosk.controller.watch(({ healthy }) => (taken += healthy ? 1 : 0));
  for (const who of [stranger, { uid: 0, gid: 0 }]) {
    await using visitor = startPeer(kiosk.agentSocket, hello, who);
    await until('it was turned away', () => visitor.said() === 'closed');
  }
  assert.equal(taken, 0);
});

test('a helper that says more than one has to say is put out, before it costs anything', { skip }, async () => {
  await using kiosk = await openRoot();
  const socket = createConnection(kiosk.agentSocket);
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`${helperLine({ kind: 'hello', session: 'c'.repeat(32), shown: null })}${helperLine({ kind: 'beat' }).repeat(2_000)}`);
  await closed;
  assert.match(kiosk.noted.join(), /more than a helper has to say/);
});

test('a second helper is turned away while the first lives', { skip }, async () => {
  await using kiosk = await openKiosk();
  await kiosk.open('s1');
  await using second = startPeer(kiosk.agentSocket, hello, generic);
  await until('it was turned away', () => second.said() === 'closed');
  assert.equal((await kiosk.controller.snapshot()).active?.lock, 'unlocked');
});

test('an impostor who holds the agent’s door is told nothing, and nothing of his is done', { skip }, async () => {
  await using kiosk = await openKiosk();
  kiosk.hook('open', '50-tell', 'echo open >> "$TAPWARD_CONTEXT_DIR/log"');
  await kiosk.shared[Symbol.asyncDispose]();
  rmSync(kiosk.agentSocket, { force: true });
  chmodSync(kiosk.dir, 0o777);
  await using impostor = startPeer(
    kiosk.agentSocket,
    `createServer((s) => { s.on('error', () => {}); process.stdout.write('+'); s.on('data', (d) => process.stdout.write('told ' + d)); s.write('{"kind":"run","id":1,"event":"open","context":"${contextOf('s1')}","within":5000}\\n'); }).listen(path, () => process.stdout.write('listening'));`,
    stranger,
  );
  await until('the helper came, twice', () => impostor.said().split('+').length > 2);
  await sleep(300);
  assert.equal(impostor.said().includes('told'), false, impostor.said());
  assert.equal(kiosk.log('s1'), '');
  assert.equal(existsSync(join(kiosk.home, '.local/state/tapward', contextOf('s1'))), false);
});

test('an agent that says what no agent would is left, and its orders with it: 500 kinds of nonsense', { skip }, () => {
  for (let i = 0; i < 500; i++) {
    const wrong = [
      { kind: 'run', id: i, event: 'open', context: '../../../etc', within: 5 },
      { kind: 'run', id: i, event: '../lock', context: contextOf('s1'), within: 5 },
      { kind: 'run', id: i, event: 'open', context: contextOf('s1'), within: 1e9 },
      { kind: 'run', id: -i - 1, event: 'open', context: contextOf('s1'), within: 5 },
      { kind: 'run', id: i, event: 'open', context: contextOf('s1'), within: 5, shell: 'sh' },
      { kind: 'stop', id: `${i}` },
      [{ kind: 'stop', id: i }],
      null,
    ][i % 8];
    assert.equal(readToHelper(JSON.stringify(wrong)), null);
    assert.equal(readFromHelper(randomBytes(1 + i).toString('latin1')), null);
  }
  for (const message of [
    { kind: 'stop', id: 3 },
    { kind: 'run', id: 4, event: 'sign-out', context: contextOf('s1'), within: 60_000 },
  ] as const)
    assert.deepEqual(readToHelper(helperLine(message)), message);
  for (const message of [
    { kind: 'beat' },
    { kind: 'ran', id: 1, how: 'late', hook: '20-desktop' },
    { kind: 'hello', session: '0'.repeat(32), shown: contextOf('s1') },
    { kind: 'input', how: 'pointer' },
  ] as const)
    assert.deepEqual(readFromHelper(helperLine(message)), message);
});
