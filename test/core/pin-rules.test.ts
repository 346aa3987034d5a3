/** PINs come in, the rule that refuses each goes out: a table for every rule, and the share of all PINs that stay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgePin, type PinFault } from '../../core/pin-rules.ts';

const digits = (pin: string): Uint8Array => Uint8Array.from(pin, (c) => c.charCodeAt(0) - 0x30);

const guessable: Readonly<Record<PinFault, readonly string[]>> = {
  repeat: ['000000', '777777', '121212', '123123', '494949', '12341234', '777777777777'],
  run: ['123456', '654321', '789012', '246802', '135791', '012345678901', '123789', '192837', '987654321098'],
  pairs: ['112233', '111222', '100000', '000001', '998877', '555551', '11223344', '11112222'],
  mirror: ['493394', '573375', '80677608'],
  date: ['199007', '072019', '311299', '123199', '241290', '901224', '19901224', '24121990', '19771984', '4724121990'],
  keypad: ['147258', '159357', '741963', '147369', '145896', '580852', '963074'],
  common: ['696969', '007007', '112358', '314159', '271828', '246810'],
};

for (const [why, pins] of Object.entries(guessable)) {
  for (const pin of pins) {
    test(`${pin} is guessable (${why})`, () => {
      const opinion = judgePin(digits(pin), pin.length);
      assert.equal(opinion.kind, 'guessable');
    });
  }
}

for (const [pin, why] of [
  ['777777', 'repeat'],
  ['234567', 'run'],
  ['112233', 'pairs'],
  ['493394', 'mirror'],
  ['241290', 'date'],
  ['159357', 'keypad'],
  ['271828', 'common'],
] as const) {
  test(`${pin} is told to be ${why}`, () => assert.deepEqual(judgePin(digits(pin), 6), { kind: 'guessable', why }));
}

for (const pin of ['482915', '730164', '915026', '264957', '574093', '638204', '83620475', '938461750263']) {
  test(`${pin} is good`, () => assert.deepEqual(judgePin(digits(pin), pin.length), { kind: 'good' }));
}

test('another length than the policy asks is named with the one it asks', () => {
  assert.deepEqual(judgePin(digits('48291'), 6), { kind: 'length', expected: 6 });
  assert.deepEqual(judgePin(digits('4829150'), 6), { kind: 'length', expected: 6 });
  assert.deepEqual(judgePin(Uint8Array.of(4, 8, 2, 9, 1, 10), 6), { kind: 'length', expected: 6 });
});

test('the digits are left as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 12, max: 9 }), (pin) => {
      const before = Uint8Array.from(pin);
      judgePin(pin, pin.length);
      assert.deepEqual(pin, before);
    }),
  );
});

// SP 800-63B-4 §3.1.1.2 wants a list large enough to stop the first guesses and small enough not to frustrate.
test('of all six-digit PINs at least four in five stay', () => {
  let good = 0;
  const pin = new Uint8Array(6);
  // Every 7th: 7 shares no factor with ten, so that every digit stands in every place equally often.
  for (let n = 0; n < 1_000_000; n += 7) {
    for (let i = 5, rest = n; i >= 0; i--, rest = Math.floor(rest / 10)) pin[i] = rest % 10;
    if (judgePin(pin, 6).kind === 'good') good++;
  }
  assert.ok(good * 7 >= 800_000, `${good * 7} stay`);
});
