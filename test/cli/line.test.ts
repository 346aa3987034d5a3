/** The door's bytes: every request comes back as it was sent, its PIN apart from it and overwritten, and whatever else comes is refused in one sentence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { longestLine, type Request } from '../../agent/admin/contract.ts';
import { createLines, decodeRequest, encodeRequest } from '../../agent/admin/line.ts';

const requests: readonly Request[] = [
  { ask: 'status' },
  { ask: 'rules' },
  { ask: 'people' },
  { ask: 'badge', seconds: 30 },
  { ask: 'enrol', given: 'Zoë "],"pin":[1,2]}', initial: 'Ø', language: 'es' },
  { ask: 'addBadge', person: '00ff' },
  { ask: 'revokePerson', person: '00ff' },
  { ask: 'revokeBadge', badge: '00ff' },
  { ask: 'resetPin', person: '00ff' },
  { ask: 'checkpoint' },
];

for (const request of requests) {
  for (const digits of [null, [4], [0, 9, 1, 8, 2, 7]]) {
    test(`${request.ask} with ${digits === null ? 'no PIN' : `${digits.length} digits`} comes back, and no digit stays in the line`, () => {
      const line = encodeRequest(request, digits && Uint8Array.from(digits));
      assert.equal(line.at(-1), 0x0a);
      const body = line.subarray(0, -1);
      const read = decodeRequest(body);
      assert.deepEqual(read, { kind: 'request', request, pin: digits && Uint8Array.from(digits) });
      if (digits !== null) assert.match(body.toString('latin1'), /,"pin":\[\0+\]\}$/);
    });
  }
}

const sentences: readonly (readonly [what: string, line: string, why: RegExp])[] = [
  ['nothing', '', /not JSON/],
  ['junk', '\u0000\uFFFD{]', /not JSON/],
  ['half an object', '{"v":1,"ask":"status"', /not JSON/],
  ['a list', '[1]', /no request/],
  ['null', 'null', /no request/],
  ['no version', '{"ask":"status"}', /no request/],
  ['another version', '{"v":2,"ask":"status"}', /version 1/],
  ['an unknown request', '{"v":1,"ask":"open"}', /does not know/],
  ['a prototype', '{"v":1,"__proto__":{"ask":"status"}}', /does not know/],
  ['one field too many', '{"v":1,"ask":"status","and":1}', /does not know/],
  ['a number for a name', '{"v":1,"ask":"enrol","given":1,"initial":"B","language":null}', /does not know/],
  ['a person that is no number', '{"v":1,"ask":"resetPin","person":"../../etc"}', /does not know/],
  ['a wait without end', '{"v":1,"ask":"badge","seconds":1e9}', /does not know/],
  ['a PIN in a string', '{"v":1,"ask":"resetPin","person":"00ff","pin":"482915"}', /does not know/],
  ['a PIN with a letter', '{"v":1,"ask":"resetPin","person":"00ff","pin":[4,a]}', /list of digits/],
  ['a PIN of tens', '{"v":1,"ask":"resetPin","person":"00ff","pin":[48,29]}', /list of digits/],
  ['an empty PIN', '{"v":1,"ask":"resetPin","person":"00ff","pin":[]}', /list of digits/],
  ['a PIN that is not last', '{"v":1,"ask":"resetPin","pin":[4,8],"person":"00ff"}', /list of digits/],
  ['a PIN without end', `{"v":1,"ask":"resetPin","person":"00ff","pin":[${'1,'.repeat(100)}1]}`, /list of digits/],
  ['a deep hole', `{"v":1,"ask":${'['.repeat(30_000)}`, /not JSON/],
];
for (const [what, line, why] of sentences) {
  test(`${what} is refused in one sentence`, () => {
    const read = decodeRequest(Buffer.from(line));
    assert.equal(read.kind, 'junk');
    assert.match(read.kind === 'junk' ? read.why : '', why);
    assert.match(read.kind === 'junk' ? read.why : '', /^[A-Z][^.]*(\.[^.]+)*\.$/);
  });
}

test('no bytes make decoding throw', () => {
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b)),
    fc.constantFrom('{"v":1,"ask":"resetPin","person":"00ff"', ',"pin":[', '1,2', ']}', '"', '\\').map((s) => Buffer.from(s)),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const read = decodeRequest(Buffer.concat(parts));
      if (read.kind === 'request') assert.ok(read.pin === null || read.pin.every((d) => d <= 9));
    }),
    { numRuns: 2_000 },
  );
});

test('lines come out whole however the bytes are cut, and every chunk is overwritten', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ maxLength: 40 }).map((s) => s.replaceAll('\n', ' ')),
        { maxLength: 12 },
      ),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (texts, cuts) => {
        const all = Buffer.from(texts.map((t) => `${t}\n`).join(''));
        const lines = createLines();
        const seen: string[] = [];
        for (let at = 0, i = 0; at < all.length; i++) {
          const size = cuts[i % cuts.length] ?? 1;
          const chunk = Buffer.from(all.subarray(at, at + size));
          at += size;
          assert.ok(lines.take(chunk));
          assert.ok(chunk.every((b) => b === 0));
          for (let line = lines.next(); line !== null; line = lines.next()) seen.push(line.toString());
        }
        assert.deepEqual(seen, texts);
        assert.ok(!lines.isHalf());
      },
    ),
  );
});

test('a line that grows beyond the longest is not taken', () => {
  const lines = createLines();
  assert.ok(lines.take(Buffer.alloc(longestLine, 0x61)));
  assert.ok(lines.isHalf());
  assert.equal(lines.next(), null);
  assert.equal(lines.take(Buffer.from('a')), false);
});
