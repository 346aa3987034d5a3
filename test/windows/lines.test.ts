/** Bytes as a host, or somebody in its place, would send them come in; that only whole lines of the grammar come out, and digits in no string, is tested. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLineReader, longestLine, parseLine, secretLine } from '../../native/session/windows/lines.ts';

const readAll = (parts: readonly (string | Uint8Array)[]): { readonly lines: string[]; readonly isGood: boolean } => {
  const lines: string[] = [];
  const read = createLineReader({
    line: ({ verb, fields }) => lines.push([verb, ...fields].join(' ')),
    pin: (session, digits) => lines.push(`PIN ${session} ${Buffer.from(digits).toString('latin1')}`),
  });
  return { lines, isGood: parts.every((part) => read(Buffer.from(part))) };
};

test('lines come whole, however they were cut', () => {
  const text = 'READY\tab.1\nSESSION\t2\t1f\tactive\tlocked\tlocal\tWARD\tJosé Ω\nPIN\t1\t123456\nSLEEP\n';
  const bytes = Buffer.from(text);
  const expected = ['READY ab.1', 'SESSION 2 1f active locked local WARD José Ω', 'PIN 1 123456', 'SLEEP'];
  for (let cut = 0; cut <= bytes.length; cut++) assert.deepEqual(readAll([bytes.subarray(0, cut), bytes.subarray(cut)]), { lines: expected, isGood: true });
  assert.deepEqual(readAll([...bytes].map((byte) => Buffer.of(byte))).lines, expected);
});

test('a line outside of the grammar ends it, and nothing behind it is heard', () => {
  for (const bad of [
    'READY',
    'READY\t',
    'READY\ta\tb',
    'ready\ta',
    'constructor\ta',
    '__proto__\t',
    'EVENT\t-1\tx',
    'EVENT\t12345678901\tx',
    'EVENT\t1\tsession lock',
    'SLEEP\t',
    '',
    ' ',
    'PIN\t1\t123',
    'PIN\t1\t1234567890123',
    'PIN\t1\t12a4',
    'PIN\t1\t1234\t',
    'PIN\tx\t1234',
    'RESULT\tg\t0x1\t0',
    `RESULT\t${'g'.repeat(65)}\t0\t0`,
    `SESSION\t1\t1\ta\tb\tc\t${'d'.repeat(257)}\tu`,
    'SESSION\t1\t1\ta\tb\tc\td\tu\u0007',
    'SAY\t1\tab=',
    'SAY\t1\ta===',
  ]) {
    assert.deepEqual(readAll([`WOKE\n${bad}\nSLEEP\n`]), { lines: ['WOKE'], isGood: false }, bad);
  }
  assert.deepEqual(readAll(['x'.repeat(longestLine - 1)]), { lines: [], isGood: true });
  assert.deepEqual(readAll(['x'.repeat(longestLine)]), { lines: [], isGood: false });
  assert.equal(readAll([`SAY\t1\t${'a'.repeat(61_440)}\n`]).isGood, true);
  assert.equal(readAll([`SAY\t1\t${'a'.repeat(61_444)}\n`]).isGood, false);
});

test('what was fed is overwritten, and so are the digits once they were heard', () => {
  let seen: Uint8Array = new Uint8Array();
  const read = createLineReader({ line: () => undefined, pin: (_session, digits) => (seen = digits) });
  const fed = Buffer.from('PIN\t1\t846297\n');
  assert.equal(read(fed), true);
  assert.ok(fed.every((byte) => byte === 0));
  assert.ok(seen.length === 6 && seen.every((byte) => byte === 0));
});

test('a secret’s line is Node’s own base64, for every length', () => {
  for (let length = 0; length <= 66; length++) {
    const secret = Buffer.from(Array.from({ length }, (_, at) => (at * 37 + length) & 255));
    assert.equal(Buffer.from(secretLine(['OFFER', 'g', 1], secret)).toString('latin1'), `OFFER\tg\t1\t${secret.toString('base64')}\n`);
  }
});

test('thousands of lines of noise: never a throw, and what passes is of the grammar', () => {
  let random = 12_345;
  const next = (below: number): number => (random = (random * 1_103_515_245 + 12_345) & 0x7fffffff) % below;
  const good = Buffer.from('SESSION\t2\t1f\tactive\tlocked\tlocal\tWARD\tana\nRESULT\tgrant-1\tc000006d\t0\nPIN\t1\t1234\n');
  let passed = 0;
  for (let round = 0; round < 5_000; round++) {
    const bytes = Buffer.from(good);
    for (let change = next(4); change >= 0; change--) bytes[next(bytes.length)] = next(256);
    const read = createLineReader({
      line: (line) => {
        passed++;
        assert.deepEqual(parseLine([line.verb, ...line.fields].join('\t')), line);
        assert.ok(line.verb === 'SESSION' ? line.fields.length === 7 : line.verb === 'RESULT' ? line.fields.length === 3 : line.fields.length <= 1, line.verb);
      },
      pin: (_session, digits) => assert.match(Buffer.from(digits).toString('latin1'), /^\d{4,12}$/),
    });
    read(bytes);
  }
  assert.ok(passed > 2_000, String(passed));
});
