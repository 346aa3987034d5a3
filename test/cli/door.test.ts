/** A running agent and hostile neighbours on its door come in; each gets one sentence or the end of its connection, and the agent answers the next command. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findAddress } from '../../agent/admin/address.ts';
import { connectDoor } from '../../agent/admin/client.ts';
import { longestLine, type Reply } from '../../agent/admin/contract.ts';
import { type Door, type Limits, openDoor } from '../../agent/admin/door.ts';
import { administer } from '../../agent/admin/station.ts';
import { startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { ownAccount, peerOf } from '../../native/peer/peer.ts';
import { folder, noPcsc } from './running.ts';

const place = folder();
const station = await startEvaluation({
  dir: join(place.path, 'station'),
  version: '0.0.0',
  policy: defaultPolicy,
  fresh: false,
  tray: true,
  pcscEnv: noPcsc,
  say: () => undefined,
});
after(async () => {
  await station.stop('tests over');
  place[Symbol.dispose]();
});

type OwnDoor = AsyncDisposable & { readonly dir: string; readonly path: string; readonly noted: readonly string[]; readonly connect: () => Promise<Visitor> };
type Visitor = { readonly socket: Socket /** Everything it was told, once the door has closed the connection. */; readonly told: Promise<string> };

let doors = 0;
/** Another door of the same agent, with limits a test need not wait for. */
async function ownDoor(limits: Partial<Limits> = {}, name = `door-${++doors}`): Promise<OwnDoor> {
  const dir = join(place.path, name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const noted: string[] = [];
  const door: Door = await openDoor({
    dir,
    station: administer(station.agent, () => []),
    peerOf,
    ownAccount: ownAccount(),
    noted: (text) => noted.push(text),
    limits: { line: 10_000, idle: 10_000, connections: 8, ...limits },
  });
  const path = findAddress(dir) ?? '';
  return { dir, path, noted, connect: () => visit(path), [Symbol.asyncDispose]: () => door.close() };
}

async function visit(path: string): Promise<Visitor> {
  const socket = createConnection(path);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let told = '';
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.on('data', (bytes) => (told += bytes.toString()));
  socket.on('error', () => undefined);
  socket.once('close', () => resolve(told));
  return { socket, told: promise };
}

const refusalIn = (told: string): string => {
  const { reply } = JSON.parse(told.trimEnd().split('\n').at(-1) ?? '') as { readonly reply: Extract<Reply, { kind: 'refused' }> };
  assert.equal(reply.kind, 'refused');
  return reply.why;
};

async function answers(dir: string): Promise<void> {
  const door = await connectDoor(dir);
  assert.equal(door.kind, 'connected');
  if (door.kind !== 'connected') return;
  assert.equal((await door.ask({ ask: 'status' })).kind, 'status');
  door.close();
}

test('the folder and the socket are the agent’s alone', () => {
  const { dir } = { dir: join(place.path, 'station') };
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  assert.equal(statSync(join(dir, 'admin.sock')).mode & 0o777, 0o600);
});

for (const [what, bytes, why] of [
  ['junk', Buffer.from('\u0000\u0001\uFFFDhello\n'), /not JSON/],
  ['a web request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /not JSON/],
  ['an older program', Buffer.from('{"v":0,"ask":"status"}\n'), /version 1/],
  ['a line without end', Buffer.alloc(longestLine + 1, 0x61), /too long/],
  ['a megabyte', Buffer.alloc(1 << 20, 0x20), /too long/],
] as const) {
  test(`${what}: one sentence, the end, and the agent goes on`, async () => {
    await using door = await ownDoor();
    const { socket, told } = await door.connect();
    socket.write(bytes);
    assert.match(refusalIn(await told), why);
    await answers(door.dir);
  });
}

test('half a line, or none, is not waited for without end', async () => {
  await using door = await ownDoor({ line: 50 });
  for (const begun of ['', '{"v":1,"ask":"sta']) {
    const { socket, told } = await door.connect();
    socket.write(begun);
    assert.match(refusalIn(await told), /No request came/);
  }
  await answers(door.dir);
});

test('a visitor who asks and reads nothing is let go of, and nothing piles up', async () => {
  await using door = await ownDoor({ line: 100, idle: 100 });
  const socket = createConnection(door.path);
  socket.on('error', () => undefined);
  socket.pause();
  while (!socket.destroyed && door.noted.length < 2_000) {
    socket.write('{"v":1,"ask":"people"}\n');
    await nextTurn();
  }
  assert.ok(socket.destroyed, 'requests were answered into the void without end');
  await answers(door.dir);
});

test('many visitors at once: those beyond the limit get a sentence, and each place is given back', async () => {
  await using door = await ownDoor({ connections: 4 });
  const inside = await Promise.all(Array.from({ length: 4 }, () => door.connect()));
  // The fifth must be behind them in the door's own order.
  for (const { socket } of inside) {
    socket.write('{"v":1,"ask":"rules"}\n');
    await new Promise((resolve) => socket.once('data', resolve));
  }
  for (let i = 0; i < 40; i++) assert.match(refusalIn(await (await door.connect()).told), /Too many/);
  for (const { socket } of inside) socket.destroy();
  await Promise.all(inside.map(({ told }) => told));
  await answers(door.dir);
});

test('requests sent all at once are answered one after another', async () => {
  await using door = await ownDoor();
  const { socket } = await door.connect();
  const told: string[] = [];
  const all = new Promise<void>((resolve) =>
    socket.on('data', (bytes) => {
      told.push(...bytes.toString().trimEnd().split('\n'));
      if (told.filter((line) => line.includes('"reply"')).length === 3) resolve();
    }),
  );
  socket.write('{"v":1,"ask":"rules"}\n{"v":1,"ask":"people"}\n{"v":1,"ask":"checkpoint"}\n');
  await all;
  assert.deepEqual(
    told.filter((line) => line.includes('"reply"')).map((line) => (JSON.parse(line) as { reply: Reply }).reply.kind),
    ['rules', 'listed', 'checkpoint'],
  );
  socket.destroy();
});

test('a visitor who goes while the agent waits for her badge takes the waiting with her', async () => {
  await using door = await ownDoor();
  const { socket, told } = await door.connect();
  socket.write('{"v":1,"ask":"badge","seconds":300}\n');
  await new Promise((resolve) => socket.once('data', resolve));
  const second = await door.connect();
  second.socket.write('{"v":1,"ask":"badge","seconds":300}\n');
  await new Promise<void>((resolve) =>
    second.socket.once('data', (bytes) => {
      assert.match(refusalIn(bytes.toString()), /waits for a badge already/);
      resolve();
    }),
  );
  socket.destroy();
  await told;
  second.socket.destroy();
  await second.told;
  // Neither holds the next badge back: it is a tap again.
  const [sam] = demoPeople;
  station.tray().place({ id: 'sam', label: '', uid: () => Uint8Array.from(Buffer.from(sam?.uid ?? '', 'hex')) }, false);
  assert.equal(station.agent.queue.state().claim.kind, 'pin');
  station.tray().lift();
  station.agent.gesture({ kind: 'cancel' });
});

test('another account is refused by the kernel’s word, even where the permissions were loosened', {
  skip: process.getuid?.() === 0 ? false : 'needs root (to be another account)',
}, async () => {
  await using door = await ownDoor();
  for (const path of [place.path, door.dir]) chmodSync(path, 0o755);
  chmodSync(door.path, 0o666);
  const stranger = spawn(
    '/usr/bin/perl',
    ['-MIO::Socket::UNIX', '-e', 'my $s = IO::Socket::UNIX->new(Peer => shift) or die $!; print $s qq({"v":1,"ask":"people"}\\n); $s->flush; print <$s>', door.path],
    { uid: 65_534, gid: 65_534 },
  );
  let told = '';
  let complaint = '';
  stranger.stdout.on('data', (bytes: Buffer) => (told += bytes.toString()));
  stranger.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
  await new Promise((resolve) => stranger.once('close', resolve));
  assert.equal(complaint, '');
  assert.match(refusalIn(told), /may not administer/);
  assert.deepEqual(door.noted, []);
});

test('a command refuses a folder that others may write in: the socket there may be anybody’s', async () => {
  await using door = await ownDoor();
  chmodSync(door.dir, 0o777);
  assert.deepEqual(await connectDoor(door.dir), { kind: 'barred', why: `Others may write in ${door.dir}: run chmod 700 on it, then try again.` });
});

test('who asked is named by account, in the log and in the ledger', async () => {
  await using door = await ownDoor();
  const asked = await connectDoor(door.dir);
  assert.ok(asked.kind === 'connected');
  const [, ana] = station.agent.enrolment?.people() ?? [];
  assert.equal((await asked.ask({ ask: 'resetPin', person: ana?.subscriber.id ?? '' }, { pin: Uint8Array.of(7, 3, 0, 1, 6, 4) })).kind, 'done');
  asked.close();
  assert.deepEqual(door.noted, [`resetPin asked by ${ownAccount()}: done`]);
  assert.ok(ownAccount().endsWith(userInfo().username));
  const ledger = readFileSync(join(place.path, 'station', 'ledger', 'ledger-000001.jsonl'), 'utf8');
  assert.ok(ledger.includes(`{"kind":"pinReset","subscriber":"${ana?.subscriber.id}","actor":"${ownAccount()}"}`));
});

test('a folder whose path is too long for a socket has its door elsewhere, and leaves nothing there', async () => {
  const name = 'x'.repeat(120);
  let path: string;
  {
    await using door = await ownDoor({}, name);
    ({ path } = door);
    assert.notEqual(join(path, '..'), door.dir);
    assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
    assert.equal(statSync(join(door.dir, 'admin.door')).mode & 0o777, 0o600);
    await answers(door.dir);
  }
  assert.ok(!existsSync(join(path, '..')));
  assert.deepEqual(readdirSync(join(place.path, name)), []);
});

test('what a killed agent left in the way is cleared away', async () => {
  const dir = join(place.path, 'stale');
  mkdirSync(dir, { mode: 0o700 });
  writeFileSync(join(dir, 'admin.sock'), '');
  writeFileSync(join(dir, 'admin.door'), '/tmp/tapward-gone00/admin.sock\n');
  assert.deepEqual(await connectDoor(dir), { kind: 'absent' });
  await using door = await ownDoor({}, 'stale');
  await answers(door.dir);
});
