/** The PIN buffer's whole memory is looked at after every way a digit can leave it: no digit may remain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FixedPinBuffer, longestTyped } from '../../agent/pin-buffer.ts';

const type = (pin: FixedPinBuffer, digits: string): void => {
  for (const d of digits) {
    assert.ok(pin.offer(Number(d)));
    pin.take();
  }
};
/** Both parts, taken in and offered, as the view handed to `spend` shows that they are one piece of memory. */
const memoryOf = (pin: FixedPinBuffer): Uint8Array => {
  const memory = pin.spend((digits) => new Uint8Array(digits.buffer));
  assert.equal(memory.length, longestTyped + 1);
  return memory;
};
const blank = new Uint8Array(longestTyped + 1);

test('digits go out once, in their order, and are overwritten', () => {
  const pin = new FixedPinBuffer();
  const memory = memoryOf(pin);
  type(pin, '482915');
  assert.equal(pin.count, 6);
  assert.deepEqual(memory.subarray(0, 6), Uint8Array.of(4, 8, 2, 9, 1, 5));
  assert.deepEqual(
    pin.spend((digits) => [...digits]),
    [4, 8, 2, 9, 1, 5],
  );
  assert.deepEqual(memory, blank);
  assert.equal(pin.count, 0);
  assert.equal(
    pin.spend((digits) => digits.length),
    0,
  );
});

test('a use that throws leaves no digit either', () => {
  const pin = new FixedPinBuffer();
  const memory = memoryOf(pin);
  type(pin, '482915');
  assert.throws(() =>
    pin.spend(() => {
      throw new Error('no memory');
    }),
  );
  assert.deepEqual(memory, blank);
});

test('what a use still does later finds no digit, and the next person’s digits are her own', async () => {
  const pin = new FixedPinBuffer();
  type(pin, '482915');
  const later = pin.spend(async (digits) => {
    const first = digits[0];
    await Promise.resolve();
    return [first, ...digits];
  });
  assert.equal(pin.count, 0);
  assert.deepEqual(await later, [4, 0, 0, 0, 0, 0, 0]);
  type(pin, '730164');
  assert.deepEqual(
    pin.spend((digits) => [...digits]),
    [7, 3, 0, 1, 6, 4],
  );
});

test('an offered digit is taken in or withdrawn; a second one must wait', () => {
  const pin = new FixedPinBuffer();
  const memory = memoryOf(pin);
  assert.ok(pin.offer(1));
  assert.equal(pin.offer(2), false);
  pin.withdraw();
  pin.take();
  assert.deepEqual([pin.count, memory], [0, blank]);
});

test('erasing takes the last digit back; wiping takes all', () => {
  const pin = new FixedPinBuffer();
  const memory = memoryOf(pin);
  type(pin, '48');
  pin.erase();
  assert.deepEqual(memory.subarray(0, 2), Uint8Array.of(4, 0));
  pin.erase();
  pin.erase();
  assert.equal(pin.count, 0);
  type(pin, '4829');
  pin.wipe();
  assert.deepEqual(memory, blank);
});

test('what is no digit, or one too many, is refused', () => {
  const pin = new FixedPinBuffer();
  for (const wrong of [-1, 10, 1.5, Number.NaN, 256]) assert.equal(pin.offer(wrong), false);
  type(pin, '1234567890123');
  assert.ok(pin.offer(3));
  pin.take();
  assert.equal(pin.count, longestTyped);
});

test('whatever is done in whatever order, after the last use nothing is left', () => {
  const moves = fc.constantFrom('offer', 'take', 'withdraw', 'erase', 'wipe');
  fc.assert(
    fc.property(fc.array(fc.tuple(moves, fc.integer({ min: 1, max: 9 })), { maxLength: 60 }), (all) => {
      const pin = new FixedPinBuffer();
      const memory = memoryOf(pin);
      for (const [move, digit] of all) {
        if (move === 'offer') pin.offer(digit);
        else pin[move]();
        assert.equal(memory.subarray(0, longestTyped).filter((d) => d !== 0).length, pin.count);
      }
      pin.withdraw();
      pin.wipe();
      assert.deepEqual(memory, blank);
    }),
  );
});
