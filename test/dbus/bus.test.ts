/** Message buses that do what none does are connected to: each ends within its time, with one sentence, and a controller on it opens nobody. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { connectBus, socketOf } from '../../native/dbus/bus.ts';
import { createLogind } from '../../native/session/logind/controller.ts';
import { need } from '../needs.ts';
import { accounts, clock, grantFor, hinted, until } from '../session/logind/place.ts';

const skip = need('linux');
type Liar = AsyncDisposable & { readonly address: string };

async function liar(
  talk: (socket: Socket, heard: (what: string) => Promise<void>) => Promise<void>,
  at = `unix:path=${join(mkdtempSync(join(tmpdir(), 'tapward-liar-')), 'bus')}`,
): Promise<Liar> {
  const dir = dirname(at.slice('unix:path='.length));
  mkdirSync(dir, { recursive: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    let said = '';
    const waiting: (() => void)[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      said += bytes.toString('latin1');
      for (const look of waiting.splice(0)) look();
    });
    const heard = async (what: string): Promise<void> => {
      while (!said.includes(what)) await new Promise<void>((resolve) => waiting.push(resolve));
    };
    void talk(socket, heard);
  });
  await new Promise<void>((resolve) => server.listen(join(dir, 'bus'), resolve));
  return {
    address: `unix:path=${join(dir, 'bus')}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
const ok = 'OK 0123456789abcdef0123456789abcdef\r\n';
const helloReply = Buffer.from('6c02000109000000010000000f00000005017500010000000801670001730000040000003a312e3100', 'hex');

test('addresses of Unix sockets, and no others', () => {
  assert.equal(socketOf('unix:path=/run/dbus/system_bus_socket'), '/run/dbus/system_bus_socket');
  assert.equal(socketOf('tcp:host=localhost,port=1;unix:guid=1,path=/run/a%20b'), '/run/a b');
  assert.equal(socketOf('unix:abstract=/tmp/x,guid=2'), '\0/tmp/x');
  assert.equal(socketOf('tcp:host=localhost,port=1'), null);
});

const lies: readonly (readonly [string, Parameters<typeof liar>[0]])[] = [
  ['it rejects this account', async (s, heard) => (await heard('AUTH'), void s.write('REJECTED EXTERNAL\r\n'))],
  ['it talks without end', async (s) => void s.write('x'.repeat(100_000))],
  ['it says no D-Bus after OK', async (s, heard) => (await heard('AUTH'), s.write(ok), await heard('BEGIN'), void s.write('GET / HTTP/1.1\r\n\r\n'))],
  ['it says a message is huge', async (s, heard) => (await heard('AUTH'), s.write(ok), await heard('Hello'), void s.write(Buffer.from('6c020001ffffff7f0100000000000000', 'hex')))],
  ['it hangs up', async (s, heard) => (await heard('AUTH'), void s.destroy())],
  ['it hangs up in the middle of a message', async (s, heard) => (await heard('AUTH'), s.write(ok), await heard('Hello'), void s.end(helloReply.subarray(0, 20)))],
];
for (const [what, talk] of lies) {
  test(`a bus that lies: ${what}`, { skip }, async () => {
    await using bus = await liar(talk);
    const began = performance.now();
    await assert.rejects(connectBus(bus.address), /^Error: The system bus cannot be used \(.+\): look whether dbus runs\.$/);
    assert.ok(performance.now() - began < 3_000);
  });
}

test('nobody listens there', { skip }, async () => {
  await assert.rejects(connectBus('unix:path=/nonexistent/bus'), /cannot be used/);
});

test('a bus that falls silent: a call ends by itself, and a controller opens nobody and calls nothing locked', { skip }, async () => {
  await using liarBus = await liar(async (s, heard) => {
    await heard('AUTH');
    s.write(ok);
    await heard('Hello');
    s.write(helloReply);
  });
  await using bus = await connectBus(liarBus.address);
  assert.deepEqual(await bus.call({ destination: 'a.b', path: '/', interface: 'a.b', member: 'C' }, 100), { kind: 'error', name: 'timeout' });
  const said: string[] = [];
  const c = await createLogind({
    clock,
    accounts,
    offers: null,
    locker: hinted,
    endUnlocked: 'off',
    greeterVt: 0,
    lockTakes: 100,
    address: liarBus.address,
    diagnose: (text) => said.push(text),
  });
  const snapshot = await c.snapshot();
  assert.equal(snapshot.healthy, false);
  assert.deepEqual(await c.open(grantFor('s-sam', 'unlock', snapshot)), { kind: 'failed', code: 'unsupported', screen: 'unknown' });
  assert.deepEqual(await c.lock('start', true), { kind: 'failed', code: 'unconfirmed', screen: 'unknown' });
  assert.match(said.join('\n'), /does not tell of logind/);
  await c[Symbol.asyncDispose]();
});

test('a bus that hangs up, is gone, and comes back: it is joined again by itself, and nothing opens meanwhile', { skip }, async () => {
  let joined = 0;
  const talk: Parameters<typeof liar>[0] = async (s, heard) => {
    await heard('AUTH');
    s.write(ok);
    await heard('Hello');
    joined++;
    s.write(helloReply);
    await heard('AddMatch');
    s.destroy();
  };
  const bus = await liar(talk);
  const said: string[] = [];
  const c = await createLogind({
    clock,
    accounts,
    offers: null,
    locker: hinted,
    endUnlocked: 'off',
    greeterVt: 0,
    lockTakes: 100,
    address: bus.address,
    diagnose: (text) => said.push(text),
  });
  assert.equal((await c.snapshot()).healthy, false);
  await until('it is joined again', () => joined >= 2);
  await bus[Symbol.asyncDispose]();
  await until('it is missed', () => said.some((text) => text.includes('cannot be used')));
  const before = joined;
  await using _again = await liar(talk, bus.address);
  await until('it is joined once more', () => joined > before);
  assert.equal((await c.snapshot()).healthy, false);
  await c[Symbol.asyncDispose]();
});

test('a hundred buses that answer junk after a call, one after the other', { skip }, async () => {
  let n = 0;
  await using bus = await liar(async (s, heard) => {
    await heard('AUTH');
    s.write(ok);
    await heard('Hello');
    s.write(helloReply);
    await heard('GetNameOwner');
    const junk = Buffer.from(helloReply);
    junk[n % junk.length] = (junk[n % junk.length] ?? 0) ^ (1 + (n % 255));
    n++;
    s.write(junk);
    s.write(Buffer.alloc(64, n));
  });
  for (let i = 0; i < 100; i++) {
    const joined = await connectBus(bus.address);
    const answer = await joined.call(
      { destination: 'org.freedesktop.DBus', path: '/', interface: 'org.freedesktop.DBus', member: 'GetNameOwner', signature: 's', args: ['x'] },
      100,
    );
    assert.ok(answer.kind === 'error' || answer.body.length >= 0);
    await joined[Symbol.asyncDispose]();
  }
});
