/** The PIN buffer's whole memory is looked at after every way a digit can leave it: no digit may remain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FixedPinBuffer, longestPin } from '../../agent/pin-buffer.ts';

const type = (pin: FixedPinBuffer, digits: string): void => {
  for (const d of digits) {
    assert.ok(pin.offer(Number(d)));
    pin.take();
  }
};
/** Both halves, taken in and offered, as the view handed to `spend` shows that they are one piece of memory. */
const memoryOf = async (pin: FixedPinBuffer): Promise<Uint8Array> => {
  let memory: Uint8Array = new Uint8Array();
  await pin.spend((digits) => Promise.resolve(void (memory = new Uint8Array(digits.buffer))));
  assert.equal(memory.length, 2 * longestPin);
  return memory;
};
const blank = new Uint8Array(2 * longestPin);

test('digits go out once, in their order, and are overwritten', async () => {
  const pin = new FixedPinBuffer();
  const memory = await memoryOf(pin);
  type(pin, '482915');
  assert.equal(pin.count, 6);
  assert.deepEqual(memory.subarray(0, 6), Uint8Array.of(4, 8, 2, 9, 1, 5));
  const seen = await pin.spend((digits) => Promise.resolve([...digits]));
  assert.deepEqual(seen, [4, 8, 2, 9, 1, 5]);
  assert.deepEqual(memory, blank);
  assert.equal(pin.count, 0);
  assert.deepEqual(await pin.spend((digits) => Promise.resolve(digits.length)), 0);
});

test('a use that fails leaves no digit either', async () => {
  const pin = new FixedPinBuffer();
  const memory = await memoryOf(pin);
  type(pin, '482915');
  await assert.rejects(
    pin.spend(() => Promise.reject(new Error('no memory'))),
    /no memory/,
  );
  assert.deepEqual(memory, blank);
});

test('the digits last until their use ends, and nothing is added meanwhile', async () => {
  const pin = new FixedPinBuffer();
  const memory = await memoryOf(pin);
  type(pin, '482915');
  await pin.spend(async (digits) => {
    await Promise.resolve();
    type(pin, '77');
    pin.erase();
    assert.deepEqual([...digits], [4, 8, 2, 9, 1, 5]);
    await assert.rejects(
      pin.spend(() => Promise.resolve()),
      /already being used/,
    );
  });
  assert.deepEqual(memory, blank);
  assert.equal(pin.count, 0);
});

test('wiping during a use takes the digits away at once', async () => {
  const pin = new FixedPinBuffer();
  type(pin, '482915');
  await pin.spend((digits) => {
    pin.wipe();
    assert.deepEqual([...digits], [0, 0, 0, 0, 0, 0]);
    return Promise.resolve();
  });
});

test('offered digits keep their order; each is taken in or withdrawn', async () => {
  const pin = new FixedPinBuffer();
  const memory = await memoryOf(pin);
  for (const d of [1, 2, 3]) pin.offer(d);
  pin.take();
  pin.withdraw();
  pin.take();
  assert.deepEqual(memory.subarray(0, 3), Uint8Array.of(1, 3, 0));
  assert.deepEqual(memory.subarray(longestPin), blank.subarray(longestPin));
  pin.take();
  assert.equal(pin.count, 2);
});

test('erasing takes the last digit back; wiping takes all', async () => {
  const pin = new FixedPinBuffer();
  const memory = await memoryOf(pin);
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
  type(pin, '123456789012');
  assert.ok(pin.offer(3));
  pin.take();
  assert.equal(pin.count, longestPin);
  for (let i = 0; i < longestPin; i++) assert.ok(pin.offer(1));
  assert.equal(pin.offer(1), false);
});

test('whatever is done in whatever order, after the last use nothing is left', async () => {
  const moves = fc.constantFrom('offer', 'take', 'withdraw', 'erase', 'wipe');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(moves, fc.integer({ min: 1, max: 9 })), { maxLength: 60 }), async (all) => {
      const pin = new FixedPinBuffer();
      const memory = await memoryOf(pin);
      let waiting = 0;
      for (const [move, digit] of all) {
        if (move === 'offer') waiting += pin.offer(digit) ? 1 : 0;
        else pin[move]();
        if (move === 'take' || move === 'withdraw') waiting = Math.max(0, waiting - 1);
        assert.equal(memory.subarray(0, longestPin).filter((d) => d !== 0).length, pin.count);
        assert.equal(memory.subarray(longestPin).filter((d) => d !== 0).length, waiting);
      }
      for (; waiting > 0; waiting--) pin.withdraw();
      pin.wipe();
      assert.deepEqual(memory, blank);
    }),
  );
});
