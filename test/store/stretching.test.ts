/** Keyed bytes are stretched by the addon and by Node itself: the same bytes, so that a station whose library does not load opens for everybody as before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byAddon, byNode, stretch } from '../../agent/store/stretching.ts';

const costs = [
  { m: 8, t: 1, p: 1 },
  { m: 64, t: 3, p: 4 },
  { m: 19_456, t: 2, p: 1 },
] as const;

test('both implementations give the same bytes at every cost', async () => {
  const fast = await byAddon();
  assert.ok(fast !== null, 'the addon loads here');
  for (const cost of costs) {
    const [keyed, salt] = [Buffer.alloc(32, 5), Buffer.alloc(16, 3)];
    const made = await fast(keyed, salt, cost);
    assert.equal(made.length, 32);
    assert.deepEqual(await byNode(keyed, salt, cost), made);
    assert.deepEqual(await stretch(keyed, salt, cost), made);
    assert.notDeepEqual(await byNode(Buffer.alloc(32, 6), salt, cost), made);
    assert.notDeepEqual(await byNode(keyed, Buffer.alloc(16, 4), cost), made);
  }
});

test('they agree with another’s: the reference program’s own test vector', async () => {
  // phc-winner-argon2, test.c: argon2id, version 0x13, t=2, m=2^16, p=1, "password", "somesalt".
  const expected = '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7';
  for (const one of [byNode, await byAddon()]) assert.equal((await one?.(Buffer.from('password'), Buffer.from('somesalt'), { m: 65_536, t: 2, p: 1 }))?.toString('hex'), expected);
});

test('a library that does not load is no fault: Node does it', async () => {
  assert.equal(await byAddon(async () => Promise.reject(new Error('The specified module could not be found.'))), null);
});
