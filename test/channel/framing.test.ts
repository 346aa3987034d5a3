/** Bytes for the reader program's standard input come in, well-formed and hostile: it answers each request or ends itself, and never asks a card what nobody meant. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Report } from '../../native/pcsc/reports.ts';
import { reportDecoder } from '../../native/pcsc/reports.ts';
import type { Request } from '../../native/pcsc/requests.ts';
import { encodeRequest, longestCommand, requestDecoder } from '../../native/pcsc/requests.ts';
import { defaultSettings, formatSettings } from '../../native/pcsc/settings.ts';
import { echoCard } from '../cards/echo.ts';
import { inField } from '../virtual-reader/card.ts';
import type { Stand } from '../virtual-reader/stand.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { commandOf, echoed, skip } from './field.ts';

type OfKind<K extends Report['kind']> = Extract<Report, { readonly kind: K }>;
type Program = AsyncDisposable & {
  readonly child: ChildProcess;
  readonly write: (bytes: Uint8Array) => void;
  /** The next report of this kind not asked for yet; the others before it are passed over. */
  readonly next: <K extends Report['kind']>(kind: K) => Promise<OfKind<K>>;
};

function startProgram(stand: Stand): Program {
  const path = fileURLToPath(new URL('../../native/pcsc/program.ts', import.meta.url));
  const child = spawn(process.execPath, [path, formatSettings(defaultSettings)], {
    env: { ...process.env, ...stand.env, UV_THREADPOOL_SIZE: '16' },
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  });
  const heard: Report[] = [];
  let told: () => void = () => {};
  const hear = reportDecoder((report) => {
    assert.ok(report, 'the program spoke nonsense');
    heard.push(report);
    told();
  });
  (child.stdio[3] as Readable).on('data', hear);
  child.stdin?.on('error', () => {});
  return {
    child,
    write: (bytes) => void child.stdin?.write(bytes),
    async next(kind) {
      for (;;) {
        const report = heard.shift();
        if (report?.kind === kind) return report as never;
        if (!report) await new Promise<void>((resolve) => (told = resolve));
      }
    },
    async [Symbol.asyncDispose]() {
      const exit = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
      child.kill('SIGKILL');
      await exit;
    },
  };
}

const request = (id: number, reader: number, stay: number, command: Uint8Array): Buffer => encodeRequest({ id, reader, stay, command });

test('requests in any pieces, beside some for readers and stays that are not', { skip }, async () => {
  await using stand = await startStand();
  await using program = startProgram(stand);
  const card = echoCard('04a1b2c3d4e5f6');
  stand.insert(1, inField(card));
  const { reader, stay } = await program.next('read');
  const stream = Buffer.concat([
    request(1, reader, stay, commandOf(5)),
    request(2, reader, stay + 1, commandOf(6)),
    request(3, reader + 1, stay, commandOf(7)),
    request(4, 0xffff_ffff, 0xffff_ffff, commandOf(8)),
    request(0xffff_ffff, reader, stay, commandOf(300)),
  ]);
  for (const byte of stream) {
    program.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const answers = new Map<number, Uint8Array | null>();
  while (answers.size < 5) {
    const { request: id, response } = await program.next('answered');
    answers.set(id, response);
  }
  assert.deepEqual(
    answers,
    new Map<number, Uint8Array | null>([
      [2, null],
      [3, null],
      [4, null],
      [1, echoed(commandOf(5))],
      [0xffff_ffff, echoed(commandOf(300))],
    ]),
  );
  assert.deepEqual(card.heard, [commandOf(5), commandOf(300)]);
});

for (const [what, bytes] of [
  ['a frame of no length', Buffer.alloc(64)],
  ['a command of 3 bytes', request(1, 1, 1, new Uint8Array(3))],
  ['a command that is longer than any', request(1, 1, 1, new Uint8Array(longestCommand + 1))],
  ['a length of 4 GiB', Buffer.from('ffffffff', 'hex')],
  ['text', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
] as const) {
  test(`the program ends over ${what}, with nothing sent`, { skip }, async () => {
    await using stand = await startStand();
    await using program = startProgram(stand);
    const card = echoCard('04a1b2c3d4e5f6');
    stand.insert(1, inField(card));
    const { reader, stay } = await program.next('read');
    const exit = once(program.child, 'exit');
    program.write(Buffer.concat([bytes, request(2, reader, stay, commandOf(5))]));
    await exit;
    assert.deepEqual(card.heard, []);
  });
}

const anyNumber = fc.nat(0xffff_ffff);
const anyRequest: fc.Arbitrary<Request> = fc.record(
  { id: anyNumber, reader: anyNumber, stay: anyNumber, command: fc.uint8Array({ minLength: 4, maxLength: 300 }) },
  { noNullPrototype: true },
);

test('requests: what is encoded is decoded, in whatever pieces it comes', () => {
  fc.assert(
    fc.property(fc.array(anyRequest), fc.integer({ min: 1, max: 40 }), (requests, size) => {
      const heard: (Request | null)[] = [];
      const decode = requestDecoder((one) => heard.push(one));
      const stream = Buffer.concat(requests.map(encodeRequest));
      for (let at = 0; at < stream.length; at += size) decode(stream.subarray(at, at + size));
      assert.deepEqual(heard, requests);
    }),
  );
});

test('requests: random bytes never throw, and nothing is heard after the first that is none', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 })), (chunks) => {
      const heard: (Request | null)[] = [];
      const decode = requestDecoder((one) => heard.push(one));
      for (const chunk of chunks) decode(Buffer.from(chunk));
      const none = heard.indexOf(null);
      assert.ok(none === -1 || none === heard.length - 1);
      for (const one of heard) if (one) assert.ok(one.command.length >= 4 && one.command.length <= longestCommand);
    }),
    { numRuns: 2_000 },
  );
});
