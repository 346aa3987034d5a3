/** Grants and those who ask for them come in, on a clock that the test turns; who gets one, once, is tested. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Grant } from '../../core/types.ts';
import { type Asked, createOffers, type OfferedTo, type Offers } from '../../native/session/offers.ts';

type Stand = Disposable & { readonly offers: Offers; readonly clock: { at: number } };
function stand(): Stand {
  const clock = { at: 1_000 };
  const offers = createOffers({ now: () => clock.at });
  return { clock, offers, [Symbol.dispose]: () => offers.revoke() };
}
const grant = (id: string, expiresAt = 31_000): Grant => ({ id, subscriber: 's1', intent: 'signIn', seq: 1, expiresAt });
const signIn: OfferedTo = { account: 'anna', session: null };
const greeter: Asked = { door: 'root', account: 'anna', seat: 'seat0', tty: ':0' };
const locker = (session: string | null, account = 'anna'): Asked => ({ door: 'locker', account, session });
const settled = (promise: Promise<{ readonly kind: string }>): Promise<string> => Promise.race([promise.then(({ kind }) => kind), sleep(5).then(() => 'held')]);

test('a grant is redeemed once, by who it is for', async () => {
  using at = stand();
  const { offers } = at;
  const held = offers.offer(grant('g1'), signIn);
  assert.equal(offers.redeem({ ...greeter, account: 'ben' }).kind, 'nothing');
  assert.equal(await settled(held), 'held');
  assert.deepEqual(offers.redeem(greeter), { kind: 'redeemed', grant: 'g1' });
  assert.deepEqual(await held, { kind: 'redeemed' });
  assert.equal(offers.redeem(greeter).kind, 'nothing');
});

for (const [what, to, asked, fits] of [
  ['a locker takes no sign-in', signIn, locker(null), false],
  ['a locker takes its own session', { account: 'anna', session: '4' }, locker('4'), true],
  ['a locker takes no other session of the same person', { account: 'anna', session: '4' }, locker('5'), false],
  ['a locker that runs in no session counts by its account', { account: 'anna', session: '4' }, locker(null), true],
  ['another account’s locker takes nothing', { account: 'anna', session: '4' }, locker('4', 'ben'), false],
  ['a greeter unlocks as well as signs in', { account: 'anna', session: '4' }, greeter, true],
  ['a greeter on another seat takes nothing', { ...signIn, seat: 'seat1' }, greeter, false],
  ['a greeter on another screen takes nothing', { ...signIn, tty: ':1' }, greeter, false],
  ['a greeter on the named seat and screen takes it', { ...signIn, seat: 'seat0', tty: ':0' }, greeter, true],
] as const) {
  test(what, () => {
    using at = stand();
    const { offers } = at;
    void offers.offer(grant('g1'), to);
    assert.equal(offers.holds(asked), fits);
    assert.equal(offers.redeem(asked).kind, fits ? 'redeemed' : 'nothing');
  });
}

test('the newest tap wins before redemption, never after', async () => {
  using at = stand();
  const { offers } = at;
  const first = offers.offer(grant('g1'), signIn);
  const second = offers.offer(grant('g2'), { account: 'ben', session: null });
  assert.deepEqual(await first, { kind: 'revoked' });
  assert.equal(offers.redeem(greeter).kind, 'nothing');
  assert.equal(offers.redeem({ ...greeter, account: 'ben' }).kind, 'redeemed');
  const third = offers.offer(grant('g3'), signIn);
  assert.deepEqual(await second, { kind: 'redeemed' });
  offers.revoke();
  assert.deepEqual(await third, { kind: 'revoked' });
  assert.equal(offers.redeem(greeter).kind, 'nothing');
});

test('a grant that was offered once is never offered again, whatever became of it', async () => {
  using at = stand();
  const { offers } = at;
  void offers.offer(grant('g1'), signIn);
  offers.redeem(greeter);
  assert.deepEqual(await offers.offer(grant('g1'), signIn), { kind: 'revoked' });
  assert.equal(offers.redeem(greeter).kind, 'nothing');
});

test('a grant ends with its time: by the clock at redemption, by itself, and at once where it is over', async () => {
  using at = stand();
  const { offers, clock } = at;
  const held = offers.offer(grant('g1'), signIn);
  clock.at = 31_000;
  assert.equal(offers.holds(greeter), false);
  assert.equal(offers.redeem(greeter).kind, 'nothing');
  assert.deepEqual(await held, { kind: 'expired' });
  assert.deepEqual(await offers.offer(grant('g2', 31_000), signIn), { kind: 'expired' });
  const brief = offers.offer(grant('g3', 31_020), signIn);
  assert.equal(await settled(brief), 'held');
  clock.at = 31_020;
  assert.deepEqual(await brief, { kind: 'expired' });
});

test('who waits is told of each grant that is held, and no longer once gone', () => {
  using at = stand();
  const { offers, clock } = at;
  let told = 0;
  const leave = offers.watch(() => told++);
  void offers.offer(grant('g1'), signIn);
  void offers.offer(grant('g1'), signIn);
  clock.at = 40_000;
  void offers.offer(grant('g2'), signIn);
  assert.equal(told, 1);
  leave();
  void offers.offer(grant('g3', 50_000), signIn);
  assert.equal(told, 1);
});
