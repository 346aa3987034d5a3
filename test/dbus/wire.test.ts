/** Bodies and messages of D-Bus come in, from the reference implementation and made up; what the parser takes is right, and whatever else comes it ends at once with null. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { marshal } from '../../native/dbus/marshal.ts';
import { cutMessages, decodeMessage, encodeCall, longestMessage, type Message } from '../../native/dbus/message.ts';
import { typesOf, unmarshal, type Value } from '../../native/dbus/unmarshal.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

test('what is marshalled is read again, in either byte order where one is given', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string().filter((s) => !s.includes('\0')),
          fc.nat(),
          fc.boolean(),
        ),
        { maxLength: 20 },
      ),
      (values) => {
        const signature = values.map((v) => (typeof v === 'string' ? 's' : typeof v === 'number' ? 'u' : 'b')).join('');
        const sound = values.map((v) => (typeof v === 'string' ? v.toWellFormed() : v));
        assert.deepEqual(unmarshal(signature, marshal(signature, sound), true), sound);
      },
    ),
  );
  assert.deepEqual(unmarshal('us', hex('00000007 00000002 6162 00'), false), [7, 'ab']);
});

test('every type, as the specification lays it out', () => {
  const cases: readonly (readonly [string, string, readonly Value[]])[] = [
    ['y', 'ff', [255]],
    ['n', 'feff', [-2]],
    ['x', 'feffffffffffffff', [-2n]],
    ['t', 'ffffffffffffffff', [0xffff_ffff_ffff_ffffn]],
    ['d', '000000000000f03f', [1]],
    ['yt', '01 00000000000000 0200000000000000', [1, 2n]],
    ['ai', '08000000 01000000 02000000', [[1, 2]]],
    ['at', '08000000 00000000 0100000000000000', [[1n]]],
    ['at', '00000000 00000000', [[]]],
    ['(su)', '01000000 61 00 0000 05000000', [['a', 5]]],
    ['a{sv}', '10000000 00000000 01000000 61 00 01 75 00 000000 2a000000', [new Map([['a', 42]])]],
    ['v', '01 73 00 00 01000000 62 00', ['b']],
  ];
  for (const [signature, bytes, values] of cases) assert.deepEqual(unmarshal(signature, hex(bytes), true), values, signature);
});

test('what the specification forbids is null: each rule broken alone', () => {
  const wrong: readonly (readonly [string, string, string])[] = [
    ['a bool of 2', 'b', '02000000'],
    ['padding that is not zero', 'yu', '01 000100 05000000'],
    ['a string without its end', 's', '01000000 61 62'],
    ['a zero byte inside', 's', '02000000 6100 00'],
    ['no UTF-8', 's', '01000000 ff 00'],
    ['a string longer than the body', 's', 'ffffff7f 61 00'],
    ['an array longer than the body', 'ay', '10000000 00'],
    ['an array that ends inside an element', 'au', '02000000 00000000'],
    ['an array beyond what is allowed', 'ay', '01000100'],
    ['a variant of two types', 'v', '02 7373 00 00'],
    ['a variant of none', 'v', '00 00'],
    ['bytes left over', 'y', '0102'],
    ['too few', 'u', '0102'],
  ];
  for (const [what, signature, bytes] of wrong) assert.equal(unmarshal(signature, hex(bytes), true), null, what);
  for (const signature of ['(', ')', '()', 'a', 'a{', 'a{vs}', 'a{s}', 'a{sss}', '{ss}', 'z', 'a'.repeat(40) + 's', '('.repeat(40) + 's' + ')'.repeat(40), 's'.repeat(256)]) {
    assert.equal(typesOf(signature), null, signature);
  }
});

test('variants in variants, and arrays of nothing, end at their limits', () => {
  const nested = Buffer.concat([...Array.from({ length: 200 }, () => hex('01 76 00')), hex('01 79 00 00')]);
  assert.equal(unmarshal('v', nested, true), null);
  // 64 kB of empty arrays would be 16 384 of them and one more.
  assert.equal(unmarshal('aau', Buffer.concat([hex('00000100'), Buffer.alloc(65_536)]), true), null);
});

/** 20 000, or as many as a nightly run asks for. */
const runs = Number(process.env['TAPWARD_FUZZ_RUNS'] ?? 20_000);

const reply = (): Buffer => {
  // A method return as the reference implementation sends it: reply_serial 1, signature u.
  return hex('6c020001 04000000 02000000 0f000000 05017500 01000000 08016700 017500 00 2a000000');
};

test('a message in one piece, in many, and two in one', () => {
  assert.deepEqual(decodeMessage(reply()), { kind: 'return', to: 1, body: [42] });
  const both = Buffer.concat([reply(), reply()]);
  for (const step of [1, 7, both.length]) {
    const heard: Message[] = [];
    const take = cutMessages((m) => heard.push(m));
    for (let at = 0; at < both.length; at += step) assert.ok(take(both.subarray(at, at + step)));
    assert.equal(heard.length, 2);
  }
});

test('a call of ours is one that can be read', () => {
  const call = encodeCall(
    { destination: 'org.freedesktop.login1', path: '/org/freedesktop/login1', interface: 'org.freedesktop.login1.Manager', member: 'LockSession', signature: 's', args: ['c1'] },
    7,
  );
  assert.deepEqual(decodeMessage(call), { kind: 'other' });
  assert.equal(call.readUInt32LE(8), 7);
});

test('a message said to be longer than any is the end of the connection, before it is waited for', () => {
  const huge = reply();
  huge.writeUInt32LE(longestMessage, 4);
  assert.equal(cutMessages(() => assert.fail('nothing is heard'))(huge), false);
});

test('whatever bytes come, nothing is thrown and little time passes', () => {
  const began = performance.now();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(60), (junk, at) => {
      // Junk alone is found out by its first byte: most of these begin as a message does.
      const bytes = Buffer.concat([reply().subarray(0, at), Buffer.from(junk)]);
      cutMessages(() => undefined)(bytes);
      const flipped = reply();
      for (const [i, byte] of junk.subarray(0, 3).entries()) flipped[(byte * (i + 1)) % flipped.length] = byte;
      decodeMessage(flipped);
    }),
    { numRuns: runs },
  );
  assert.ok(performance.now() - began < 1.5 * runs);
});
