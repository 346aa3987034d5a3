/** Messages between agent and face become bytes and messages again; every other sequence of bytes becomes nothing, and no digit stays in a buffer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sampleFrame, screenNames } from '../../build/screens.ts';
import { encodeGesture, longestOptions, longestResponse, maxGestureBytes, type ToFace } from '../../core/bridge.ts';
import {
  bodies,
  decodeFromFace,
  decodeToFace,
  encodeFromFace,
  type FromFace,
  framed,
  keyboardHolds,
  longestFromFace,
  longestOfKind,
  longestToFace,
  refusedSwitches,
} from '../../core/face-link.ts';
import { readToFace } from '../../core/frame.ts';

const everyMessage: readonly FromFace[] = [
  ...Array.from({ length: 10 }, (_, digit): FromFace => ({ kind: 'gesture', gesture: { kind: 'digit', digit } })),
  ...(
    [
      'erase',
      'clear',
      'cancel',
      'switch',
      'notNow',
      'keepWorking',
      'lockNow',
      'help',
      'back',
      'addBadge',
      'otherWay',
      'testReader',
      'key',
      'pointer',
      'clean',
      'emergency',
      'enterCode',
      'newPin',
      'changePin',
      'vouch',
      'practise',
      'next',
      'reasonLife',
    ] as const
  ).map((kind): FromFace => ({ kind: 'gesture', gesture: { kind } })),
  { kind: 'key', answer: { id: 0, json: null } },
  { kind: 'key', answer: { id: 0xffff_ffff, json: '{"id":"AQ"}' } },
  { kind: 'key', answer: { id: 7, json: 'x'.repeat(longestResponse) } },
  { kind: 'beat', covers: true },
  { kind: 'beat', covers: false },
  ...keyboardHolds.flatMap((hold): FromFace[] => [
    { kind: 'beat', covers: true, hold },
    { kind: 'beat', covers: false, hold },
  ]),
  ...refusedSwitches.map((what): FromFace => ({ kind: 'refused', what })),
];

describe('what a face says', () => {
  test('each message is itself again, whatever pieces its bytes come in', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...everyMessage), { maxLength: 8 }), fc.infiniteStream(fc.integer({ min: 1, max: 4_096 })), (said, sizes) => {
        const bytes = Uint8Array.from(said.flatMap((message) => [...encodeFromFace(message)]));
        const heard: (FromFace | null)[] = [];
        const take = bodies(longestFromFace, (body) => heard.push(decodeFromFace(body)), longestOfKind);
        for (let from = 0; from < bytes.length; ) {
          const size = sizes.next().value as number;
          assert.ok(take(bytes.subarray(from, from + size)));
          from += size;
        }
        assert.deepEqual(heard, said);
        assert.ok(
          bytes.every((byte) => byte === 0),
          'what was taken is overwritten',
        );
      }),
    );
  });

  test('any body is a message that writes the same bytes, or nothing', () => {
    const known = new Set(everyMessage.map((message) => Buffer.from(encodeFromFace(message)).toString('hex')));
    const likely = fc.oneof(
      fc.uint8Array({ maxLength: 70 }),
      fc.tuple(fc.constantFrom(0x67, 0x6b, 0x62, 0x72, 0x78), fc.uint8Array({ maxLength: 12 })).map(([kind, rest]) => Uint8Array.of(kind, ...rest)),
      fc.tuple(fc.constantFrom(...everyMessage), fc.nat(), fc.integer({ min: 0, max: 255 })).map(([message, at, byte]) => {
        const body = encodeFromFace(message).subarray(4);
        body[at % body.length] = byte;
        return body;
      }),
    );
    fc.assert(
      fc.property(likely, (body) => {
        const bytes = Buffer.from(framed(body)).toString('hex');
        const message = decodeFromFace(Uint8Array.from(body));
        // An answer is any number with printable ASCII behind it; everything else is on the list.
        const isAnswer = body[0] === 0x6b && body.length >= 5 && body.subarray(5).every((byte) => byte >= 0x20 && byte <= 0x7e);
        assert.equal(message !== null, known.has(bytes) || isAnswer);
        if (message !== null) assert.equal(Buffer.from(encodeFromFace(message)).toString('hex'), bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  test('only a key’s answer may be long: a gesture’s length is refused at its first byte, long before its end', () => {
    const head = (length: number, kind: number): Uint8Array => Uint8Array.of(length & 0xff, length >> 8, 0, 0, kind);
    for (const [kind, longest] of [
      [0x67, 1 + maxGestureBytes],
      [0x62, 1 + maxGestureBytes],
      [0x72, 1 + maxGestureBytes],
      [0x78, 1 + maxGestureBytes],
      [0x6b, longestFromFace],
    ] as const) {
      assert.equal(bodies(longestFromFace, () => assert.fail('half a message was heard'), longestOfKind)(head(longest, kind)), true);
      assert.equal(bodies(longestFromFace, () => assert.fail('a message that is too long was heard'), longestOfKind)(head(longest + 1, kind)), false);
    }
  });

  test('an answer that the contract has no room for goes out as none', () => {
    for (const json of ['x'.repeat(longestResponse + 1), 'é', '\u0000', '', '{"a":"\n"}']) {
      const body = encodeFromFace({ kind: 'key', answer: { id: 9, json } }).subarray(4);
      assert.deepEqual(decodeFromFace(body), { kind: 'key', answer: { id: 9, json: null } });
    }
  });

  test('a digit’s byte is overwritten by whoever read it', () => {
    const body = encodeFromFace({ kind: 'gesture', gesture: { kind: 'digit', digit: 7 } }).subarray(4);
    decodeFromFace(body);
    assert.deepEqual([...body], [0x67, 0]);
    const gesture = encodeGesture({ kind: 'digit', digit: 7 });
    assert.deepEqual([...gesture], [0x37]);
  });

  test('no digit ever lies on V8’s heap', () => {
    // A typed array that V8 keeps on its heap gets a buffer of its own only when asked: one that was given it shows its whole length at once.
    const bytes = encodeFromFace({ kind: 'gesture', gesture: { kind: 'digit', digit: 7 } });
    assert.equal(bytes.buffer.byteLength, bytes.length);
  });
});

describe('bodies', () => {
  test('an empty body, or one that is too long, ends it at the length, and nothing after it is heard', () => {
    for (const length of [0, 10, 0xffff_ffff, 0x8000_0000]) {
      const heard: number[] = [];
      const take = bodies(9, (body) => heard.push(body.length));
      const head = new Uint8Array(4);
      new DataView(head.buffer).setUint32(0, length, true);
      assert.ok(take(framed(new Uint8Array(9))));
      assert.equal(take(head), false);
      assert.equal(take(framed(new Uint8Array(1))), false);
      assert.deepEqual(heard, [9]);
    }
  });

  test('a body is overwritten once it was heard', () => {
    let kept: Uint8Array | null = null;
    const take = bodies(9, (body) => {
      kept = body;
      assert.deepEqual([...body], [1, 2, 3]);
    });
    take(framed(Uint8Array.of(1, 2, 3)));
    assert.deepEqual([...(kept ?? assert.fail())], [0, 0, 0]);
  });
});

describe('what a face is told', () => {
  test('every screen is itself again, and small', () => {
    for (const name of screenNames) {
      const message: ToFace = { kind: 'frame', frame: sampleFrame(name, 'night') };
      const text = JSON.stringify(message);
      assert.deepEqual(decodeToFace(text), message, name);
      assert.ok(Buffer.byteLength(text) < longestToFace / 16, name);
    }
    for (const what of ['get', 'create'] as const) {
      const ceremony: ToFace = { kind: 'ceremony', id: 0xffff_ffff, what, options: `{"challenge":"${'"'.repeat(longestOptions - 16)}"}` };
      assert.deepEqual(decodeToFace(JSON.stringify(ceremony)), ceremony);
      assert.ok(JSON.stringify(ceremony).length < longestToFace);
      assert.deepEqual(readToFace({ kind: 'ceremonyEnd', id: 0 }), { kind: 'ceremonyEnd', id: 0 });
      for (const wrong of [{ id: -1 }, { id: 1.5 }, { id: 2 ** 32 }, { id: '1' }, { what: 'store' }, { options: 'x'.repeat(longestOptions + 1) }, { options: {} }, { more: 1 }])
        assert.equal(readToFace({ ...ceremony, ...wrong }), null);
    }
    for (const tone of ['accepted', 'refused'] as const) assert.deepEqual(readToFace({ kind: 'cue', tone }), { kind: 'cue', tone });
  });

  /** Every place in a message, as the keys that lead to it. */
  const placesIn = (said: unknown, at: readonly string[] = []): readonly (readonly string[])[] =>
    typeof said === 'object' && said !== null ? [at, ...Object.entries(said).flatMap(([key, value]) => placesIn(value, [...at, key]))] : [at];
  const valueAt = (said: unknown, place: readonly string[]): unknown => place.reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>>)[key], said);
  const changed = (said: unknown, [key, ...rest]: readonly string[], change: (value: unknown) => unknown): unknown => {
    if (key === undefined) return change(said);
    const record = said as Readonly<Record<string, unknown>>;
    return { ...record, [key]: changed(record[key], rest, change) };
  };

  test('one field less, one more, or one of another kind, anywhere: nothing', () => {
    let tried = 0;
    for (const name of screenNames) {
      const message = { kind: 'frame', frame: sampleFrame(name, 'day') };
      for (const place of placesIn(message)) {
        const wrong: readonly ((value: unknown) => unknown)[] = [
          () => undefined,
          () => [],
          () => true,
          () => ({}),
          () => Number.NaN,
          () => 'x'.repeat(201),
          (value) => (typeof value === 'object' && value !== null ? { ...value, more: 1 } : Symbol.iterator),
          (value) => (typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).slice(1)) : { kind: value }),
          (value) => (typeof value === 'object' ? 'text' : typeof value === 'string' ? 7 : 'text'),
        ];
        for (const change of wrong) {
          // One truth is as good as the other.
          if (typeof change(undefined) === 'boolean' && typeof valueAt(message, place) === 'boolean') continue;
          tried++;
          assert.equal(readToFace(changed(message, place, change)), null, `${name}: ${place.join('.')} became ${String(change)}`);
        }
      }
    }
    assert.ok(tried > 5_000);
  });

  test('anything at all: nothing, and never an exception', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (said) => assert.equal(readToFace(said), null)));
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => assert.equal(decodeToFace(text), null)));
    for (const kind of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) assert.equal(readToFace({ kind }), null);
    const frame = sampleFrame('idle', 'day');
    for (const kind of ['__proto__', 'constructor', 'toString']) assert.equal(readToFace({ kind: 'frame', frame: { ...frame, view: { ...frame.view, screen: { kind } } } }), null);
  });

  test('what goes out is rebuilt: nothing of the sender’s object is handed on', () => {
    const said = { kind: 'frame', frame: sampleFrame('pin', 'day') };
    const read = readToFace(said);
    assert.deepEqual(read, said);
    assert.ok(read?.kind === 'frame');
    assert.notEqual(read.frame, said.frame);
    assert.notEqual(read.frame.view.screen, said.frame.view.screen);
  });
});
