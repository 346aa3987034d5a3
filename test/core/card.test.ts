/** ATRs and UIDs from tables and at random come in; what core/card.ts makes of them is compared, byte for byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AtrSaid } from '../../core/card.ts';
import { decodeAtr, identify } from '../../core/card.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const ultralight = bytes('3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 03 00 00 00 00 68');
const iclass = bytes('3B 8F 80 01 80 4F 0C A0 00 00 03 06 0A 00 18 00 00 00 00 7A');

/** Check bytes by hand: the exclusive or of all bytes after the first is 0. */
const atrs: readonly (readonly [string, string, AtrSaid])[] = [
  [
    'MIFARE Classic 1K',
    '3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A',
    { kind: 'storage', standard: 'ISO 14443 A, part 3', name: 'MIFARE Classic 1K', class: 'classic' },
  ],
  [
    'MIFARE Classic 4K',
    '3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 02 00 00 00 00 69',
    { kind: 'storage', standard: 'ISO 14443 A, part 3', name: 'MIFARE Classic 4K', class: 'classic' },
  ],
  [
    'MIFARE Ultralight, NTAG',
    '3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 03 00 00 00 00 68',
    { kind: 'storage', standard: 'ISO 14443 A, part 3', name: 'MIFARE Ultralight', class: 'plain' },
  ],
  ['ICODE SLI', '3B 8F 80 01 80 4F 0C A0 00 00 03 06 0B 00 14 00 00 00 00 77', { kind: 'storage', standard: 'ISO 15693, part 3', name: 'ICODE SLI', class: null }],
  ['PicoPass (iCLASS)', '3B 8F 80 01 80 4F 0C A0 00 00 03 06 0A 00 18 00 00 00 00 7A', { kind: 'storage', standard: 'ISO 15693, part 2', name: 'PicoPass 2KS', class: null }],
  ['FeliCa', '3B 8F 80 01 80 4F 0C A0 00 00 03 06 11 00 3B 00 00 00 00 42', { kind: 'storage', standard: 'FeliCa', name: 'FeliCa', class: null }],
  ['a name of the future', '3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 F0 04 00 00 00 00 9F', { kind: 'storage', standard: 'ISO 14443 A, part 3', name: null, class: null }],
  ['nothing said', '3B 8F 80 01 80 4F 0C A0 00 00 03 06 00 00 00 00 00 00 00 68', { kind: 'storage', standard: null, name: null, class: null }],
  ['DESFire', '3B 81 80 01 80 80', { kind: 'smartCard', historical: bytes('80') }],
  ['no historical bytes', '3B 80 80 01 01', { kind: 'smartCard', historical: bytes('') }],
  [
    'another RID is no storage card',
    '3B 8F 80 01 80 4F 0C A0 00 00 03 07 03 00 03 00 00 00 00 69',
    { kind: 'smartCard', historical: bytes('80 4F 0C A0 00 00 03 07 03 00 03 00 00 00 00') },
  ],
  ['a contact card, T=0 only, no check byte', '3B 02 14 50', { kind: 'other', historical: bytes('14 50') }],
  ['a contact card with three rounds of interface bytes', '3B F0 12 00 FF 91 81 B1 7C 45 1F 01 9B', { kind: 'other', historical: bytes('') }],
  ['inverse convention', '3F 00', { kind: 'other', historical: bytes('') }],
  ['wrong check byte', '3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 03 00 00 00 00 69', { kind: 'malformed' }],
  ['a byte short', '3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 03 00 00 00 00', { kind: 'malformed' }],
  ['a byte too many', '3B 81 80 01 80 80 00', { kind: 'malformed' }],
  ['ends in the interface bytes', '3B F0 11', { kind: 'malformed' }],
  ['TD without end', `3B 80 ${'80 '.repeat(31)}`, { kind: 'malformed' }],
  ['longer than 33', `3B 0F ${'00 '.repeat(40)}`, { kind: 'malformed' }],
  ['no ATR', '', { kind: 'malformed' }],
  ['no TS', '42 00', { kind: 'malformed' }],
];
for (const [name, atr, expected] of atrs) {
  test(`ATR: ${name}`, () => {
    assert.deepStrictEqual(decodeAtr(bytes(atr)), expected);
  });
}

test('ATR: a contact card with TA1, TD1, TA2 and historical bytes', () => {
  // TS, T0 = 92 (TA1 and TD1, 2 historical), TA1 = 11, TD1 = 10 (TA2, T=0), TA2 = 05, historical.
  assert.deepStrictEqual(decodeAtr(bytes('3B 92 11 10 05 AA BB')), { kind: 'other', historical: bytes('AA BB') });
});

const uids: readonly (readonly [string, Uint8Array, string, 'identifier' | 'random' | 'zero' | 'length'])[] = [
  ['4 bytes', ultralight, '11 22 33 44', 'identifier'],
  ['7 bytes', ultralight, '04 11 22 33 44 55 66', 'identifier'],
  ['10 bytes', ultralight, '04 11 22 33 44 55 66 77 88 99', 'identifier'],
  ['random', ultralight, '08 22 33 44', 'random'],
  ['7 bytes beginning with 08 are not random', ultralight, '08 11 22 33 44 55 66', 'identifier'],
  ['zero, 4 bytes', ultralight, '00 00 00 00', 'zero'],
  ['zero, 7 bytes', ultralight, '00 00 00 00 00 00 00', 'zero'],
  ['zero but for the last bit', ultralight, '00 00 00 01', 'identifier'],
  ['nothing', ultralight, '', 'length'],
  ['3 bytes', ultralight, '11 22 33', 'length'],
  ['5 bytes', ultralight, '11 22 33 44 55', 'length'],
  ['11 bytes', ultralight, '11 22 33 44 55 66 77 88 99 AA BB', 'length'],
  ['8 bytes, ISO 14443', ultralight, '11 22 33 44 55 66 77 88', 'length'],
  ['8 bytes, ISO 15693 (iCLASS)', iclass, '11 22 33 44 F7 FF 12 E0', 'identifier'],
  ['8 zero bytes, ISO 15693', iclass, '00 00 00 00 00 00 00 00', 'zero'],
  ['8 bytes, no ATR', bytes(''), '11 22 33 44 F7 FF 12 E0', 'length'],
];
for (const [name, atr, uid, expected] of uids) {
  test(`UID: ${name}`, () => {
    assert.deepStrictEqual(identify(atr, bytes(uid)), expected === 'identifier' ? { kind: 'identifier', uid: bytes(uid) } : { kind: 'notEnrollable', why: expected });
  });
}

const anyBytes = fc.uint8Array({ maxLength: 64 });

test('any bytes at all: an answer, never an exception, and only what is of a known length, not zero and not random is an identifier', () => {
  fc.assert(
    fc.property(anyBytes, fc.oneof(anyBytes, fc.uint8Array({ minLength: 4, maxLength: 10 })), (atr, uid) => {
      const found = identify(atr, uid);
      const isIso15693 = [0x09, 0x0a, 0x0b, 0x0c].includes(atr[12] ?? 0) && decodeAtr(atr).kind === 'storage';
      const isLength = [4, 7, 10].includes(uid.length) || (uid.length === 8 && isIso15693);
      const isRandom = uid.length === 4 && uid[0] === 8;
      assert.equal(found.kind === 'identifier', isLength && uid.some((byte) => byte > 0) && !isRandom);
      if (found.kind === 'identifier') assert.deepStrictEqual(found.uid, uid);
    }),
    { numRuns: 20_000 },
  );
});

test('any ATR whose length and check byte are right is decoded, one bit off is malformed', () => {
  const historical = fc.uint8Array({ maxLength: 15 });
  fc.assert(
    fc.property(historical, fc.nat(), (bytesOfCard, seed) => {
      const body = [0x80 | bytesOfCard.length, 0x80, 0x01, ...bytesOfCard];
      const atr = Uint8Array.of(
        0x3b,
        ...body,
        body.reduce((sum, byte) => sum ^ byte, 0),
      );
      assert.notEqual(decodeAtr(atr).kind, 'malformed');
      const bit = 8 + (seed % (8 * (atr.length - 1)));
      atr[bit >> 3] = (atr[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const flipped = decodeAtr(atr);
      // A flipped T0 may turn the frame into another that is whole; nothing else may pass.
      assert.ok(flipped.kind === 'malformed' || bit < 16 || (atr[2] ?? 0) !== 0x80 || (atr[3] ?? 0) !== 0x01);
    }),
  );
});
