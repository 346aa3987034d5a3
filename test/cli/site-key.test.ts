/** A badge is personalised with all around it watched: the arguments and environments of every process, each line through the door, the agent's whole memory, and every file of the station; the site key must be in none. */
import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { keyOf } from '../../native/desfire/diversification.ts';
import { newCard } from '../desfire/rig.ts';
import { inField } from '../virtual-reader/card.ts';
import { skip, startReaderStation } from './reader-station.ts';
import { startTapward } from './running.ts';

/** Everything whole in a process's writable memory, in pieces that overlap by more than any needle has. */
function* memoryOf(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      const piece = 16 << 20;
      for (let at = Number(`0x${from}`); at < Number(`0x${to}`); at += piece) {
        const bytes = Buffer.allocUnsafe(Math.min(piece + 256, Number(`0x${to}`) - at));
        try {
          yield bytes.subarray(0, readSync(memory, bytes, 0, bytes.length, at));
        } catch {
          // Not to be read: guard pages.
        }
      }
    }
  } finally {
    closeSync(memory);
  }
}

/** A door before the door, in a folder of its own, that writes down all that goes through. */
async function overheardDoor(dir: string, real: string): Promise<AsyncDisposable & { readonly heard: () => string }> {
  mkdirSync(dir, { mode: 0o700 });
  const chunks: Buffer[] = [];
  const server = createServer((visitor) => {
    const agent = createConnection(join(real, 'admin.sock'));
    for (const [from, to] of [
      [visitor, agent],
      [agent, visitor],
    ] as const) {
      from.on('data', (bytes: Buffer) => {
        chunks.push(Buffer.from(bytes));
        to.write(bytes);
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(join(dir, 'admin.sock'), resolve));
  return { heard: () => Buffer.concat(chunks).toString('latin1'), [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
}

function filesUnder(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile());
}

test('the site key is in no argument, environment, line of the door, log, ledger, store or memory of the agent', { skip }, async () => {
  await using station = await startReaderStation();
  const keyFile = join(station.path, 'site.key');
  assert.equal((await station.run(['site-key', 'create', keyFile])).code, 0);
  const hex = readFileSync(keyFile, 'utf8').trim();
  const raw = Buffer.from(hex, 'hex');
  const needles = [raw, ...[hex, hex.toUpperCase(), raw.toString('base64').replace(/=+$/, ''), [...raw].join(',')].map((text) => Buffer.from(text))];
  const assertFree = (where: string, bytes: Buffer): void => {
    for (const needle of needles) assert.ok(!bytes.includes(needle), `the site key is in ${where}`);
  };

  const watched = join(station.path, 'watched');
  await using door = await overheardDoor(watched, station.dir);
  const id = await station.idOf('Sam');
  const uid = '04A1B2C3D4E5A7';
  const program = startTapward(watched, ['badge', 'personalise', '--for', id, '--site-key', keyFile], { input: '' });
  await program.says('Hold the badge');
  station.stand.insert(1, inField(newCard('EV3', uid), { computing: () => 10 }));
  await program.says('2 of 3');
  const around: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const file of ['cmdline', 'environ']) {
      try {
        around.push(readFileSync(`/proc/${pid}/${file}`, 'latin1'));
      } catch {
        // It ended, or is a kernel thread.
      }
    }
  }
  assert.ok(
    around.some((text) => text.includes('personalise')),
    'the command itself was among the processes looked at',
  );
  const said = await program.ended;
  station.stand.remove(1);
  assert.equal(said.code, 0, said.err);

  around.forEach((text) => assertFree('arguments or environment of a process', Buffer.from(text, 'latin1')));
  assertFree('what was printed', Buffer.from(said.out + said.err));
  const own = keyOf(
    { masterKey: raw, aid: Buffer.from('545701', 'hex'), systemId: Buffer.from('Tapward') },
    { uid: Buffer.from(uid, 'hex'), aid: Buffer.from('545701', 'hex'), keyNo: 1, keyVersion: 1 },
  );
  assert.ok(door.heard().includes(Buffer.from(own).toString('base64')), 'the badge’s own key, which the station is meant to get, went through the door that was listened at');
  assertFree('a line of the door', Buffer.from(door.heard(), 'latin1'));
  const files = filesUnder(station.dir);
  for (const name of ['agent.log', '.jsonl', 'store.db'])
    assert.ok(
      files.some((path) => path.endsWith(name)),
      `${name} was not there to be searched`,
    );
  for (const path of files) assertFree(path, readFileSync(path));
  assert.ok(!files.some((path) => readFileSync(path).includes(Buffer.from(own))), 'the badge’s own key lies sealed');
  let searched = 0;
  for (const bytes of memoryOf(station.agent.pid)) {
    searched += bytes.length;
    assertFree('the agent’s memory', bytes);
  }
  assert.ok(searched > 20_000_000, 'the agent’s memory was read');
  assert.ok(
    [...memoryOf(station.agent.pid)].some((bytes) => bytes.includes(Buffer.from(id))),
    'and would have shown what is in it',
  );
});
