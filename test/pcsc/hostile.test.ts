/** Answers that no honest card gives come in, 10,000 of them through the whole real stack; the reader program must stay up, answer each, and go on reading badges. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { uidIn } from '../../native/pcsc/reading.ts';
import type { Report } from '../../native/pcsc/reports.ts';
import { decodeReport, encodeReport, reportDecoder } from '../../native/pcsc/reports.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { openStation, skip } from './station.ts';

/** Mulberry32: the same answers in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = (below: number) => number;
const randomBytes = (random: Random, length: number): number[] => Array.from({ length }, () => random(256));

/** What a card may say instead of its UID. */
function hostileAnswer(random: Random): Uint8Array {
  switch (random(8)) {
    case 0:
      return Uint8Array.of();
    case 1:
      return Uint8Array.of(random(256));
    case 2:
      return new Uint8Array(65_536 + 2).fill(random(256));
    case 3: // A UID with a status of its own.
      return Uint8Array.from([...randomBytes(random, 7), random(256), random(256)]);
    case 4: // A UID longer than there are, said to be fine.
      return Uint8Array.from([...randomBytes(random, 11 + random(300)), 0x90, 0x00]);
    case 5: // Ask me again.
      return Uint8Array.of(0x6c, random(256));
    case 6: // More to come.
      return Uint8Array.of(0x61, random(256));
    default:
      return Uint8Array.from(randomBytes(random, random(300)));
  }
}

test('10,000 hostile answers through the real stack', { skip }, async () => {
  const slots = [1, 2, 3, 4];
  await using station = await openStation({ readers: slots, settings: { readingTime: 20_000 } });
  const { stand, log, diagnoses, programPid } = station;
  await log.next(['service', ...slots.map(() => 'readerFound' as const)]);
  const program = programPid();
  let answers = 0;

  const torment = async (slot: number): Promise<void> => {
    const reader = `Virtual Badge Reader ${slot} CL 0${slot - 1} 00`;
    const random = randomNumbers(slot);
    const card = virtualCard('04a1b2c3d4e5f6');
    card.answer = () => {
      answers += 1;
      return hostileAnswer(random);
    };
    for (;;) {
      if (answers >= 10_000) break;
      stand.insert(slot, card);
      await log.next(['arrived'], reader);
      const outcome = await log.any(reader);
      assert.ok(outcome.kind === 'unreadable' || (outcome.kind === 'read' && outcome.uid.length > 0 && outcome.uid.length <= 10), outcome.kind);
      stand.remove(slot);
      await log.next(['gone'], reader);
    }
    stand.insert(slot, virtualCard('04cafecafecafe'));
    const [, read] = await log.next(['arrived', 'read'], reader);
    assert.equal(Buffer.from(read.uid).toString('hex'), '04cafecafecafe');
  };
  await Promise.all(slots.map(torment));
  assert.equal(programPid(), program, 'the program must not have been replaced');
  assert.deepEqual(diagnoses, []);
});

test('a UID is found only where the status is 9000 and 1 to 10 bytes stand before it', () => {
  const random = randomNumbers(42);
  for (let answer = 0; answer < 20_000; answer += 1) {
    const response = hostileAnswer(random);
    const uid = uidIn(response);
    const isOk = response.length >= 3 && response.length <= 12 && response.at(-2) === 0x90 && response.at(-1) === 0x00;
    assert.equal(uid !== null, isOk);
    if (uid) assert.deepEqual(uid, response.slice(0, -2));
  }
});

const anyMillis = fc.double({ noNaN: true, noDefaultInfinity: true });
const anyReader = fc.nat(0xffff_ffff);
/** Plain objects, as the decoder makes them. */
const record = <T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true });
const anyText = fc.string({ maxLength: 60 });
const anyReport: fc.Arbitrary<Report> = fc.oneof(
  fc.constantFrom<Report>({ kind: 'beat' }, { kind: 'listed' }),
  fc.constantFrom(null, 'noLibrary' as const, 'noService' as const, 'refused' as const).map((cause) => ({ kind: 'service' as const, cause })),
  record({ kind: fc.constant('found' as const), reader: anyReader, name: anyText }),
  record({
    kind: fc.constant('skipped' as const),
    why: fc.constantFrom('sam' as const, 'contact' as const, 'token' as const, 'tooMany' as const, 'byPolicy' as const),
    name: anyText,
  }),
  record({ kind: fc.constantFrom('lost' as const, 'empty' as const), reader: anyReader }),
  record({ kind: fc.constantFrom('arrived' as const, 'gone' as const), reader: anyReader, at: anyMillis }),
  record({
    kind: fc.constant('read' as const),
    reader: anyReader,
    at: anyMillis,
    stay: anyReader,
    uid: fc.uint8Array({ minLength: 1, maxLength: 10 }),
    atr: fc.uint8Array({ maxLength: 33 }),
  }),
  record({
    kind: fc.constant('unreadable' as const),
    reader: anyReader,
    at: anyMillis,
    why: fc.constantFrom('mute' as const, 'pulled' as const, 'busy' as const, 'silent' as const, 'noUid' as const),
  }),
  record({ kind: fc.constant('answered' as const), request: anyReader, response: fc.option(fc.uint8Array({ minLength: 2, maxLength: 300 })) }),
  record({ kind: fc.constant('note' as const), id: anyText, text: anyText }),
);

test('reports: what is encoded is decoded, in whatever pieces it comes', () => {
  fc.assert(
    fc.property(fc.array(anyReport), fc.integer({ min: 1, max: 40 }), (reports, size) => {
      const heard: (Report | null)[] = [];
      const decode = reportDecoder((report) => heard.push(report));
      const stream = Buffer.concat(reports.map(encodeReport));
      for (let at = 0; at < stream.length; at += size) decode(stream.subarray(at, at + size));
      assert.deepEqual(heard, reports);
    }),
  );
});

test('reports: a byte too few or too many, or one that is no kind, is no report', () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const frame = encodeReport(report).subarray(4);
      assert.equal(decodeReport(frame.subarray(0, -1)), null);
      assert.equal(decodeReport(Buffer.concat([frame, Buffer.of(0)])), null);
      assert.equal(decodeReport(Buffer.concat([Buffer.of(200), frame.subarray(1)])), null);
    }),
  );
});

test('reports: random bytes never throw, and nothing is heard after the first that is no report', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 })), (chunks) => {
      const heard: (Report | null)[] = [];
      const decode = reportDecoder((report) => heard.push(report));
      for (const chunk of chunks) decode(Buffer.from(chunk));
      const first = heard.indexOf(null);
      assert.ok(first === -1 || first === heard.length - 1);
      for (const report of heard) if (report?.kind === 'read') assert.ok(report.uid.length >= 1 && report.uid.length <= 10 && report.atr.length <= 33);
    }),
    { numRuns: 2_000 },
  );
});
