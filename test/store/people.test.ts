/** Roles, staff numbers and accounts come in for two people; each is found by her own, and by nobody else's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccounts } from '../../agent/store/accounts.ts';
import { digits, enrolled, newPlace, uidOf } from './place.ts';

const sam = '04a1b2c3d4e501';
const ana = '04a1b2c3d4e502';

test('a person is found by her staff number, and a number is one person’s', async (t) => {
  const { store, enrolment, close } = newPlace(t).open();
  for (const [given, uid] of [
    ['Sam', sam],
    ['Ana', ana],
  ] as const)
    await enrolled(enrolment, given, uid, '482915');
  t.after(close);
  const idOf = (uid: string): string => store.findByBadge(uidOf(uid))?.subscriber.id ?? assert.fail();
  assert.deepEqual(enrolment.setDetails(idOf(sam), { number: '004711', role: 'nurse', account: 'CLINIC\\sam' }, 'it'), { kind: 'done', subscriber: idOf(sam), roleChanged: true });
  assert.equal(store.findByNumber(digits('004711'))?.id, idOf(sam));
  assert.equal(store.findByNumber(digits('4711')), null);
  assert.deepEqual(enrolment.setDetails(idOf(ana), { number: '004711' }, 'it'), { kind: 'numberTaken', by: idOf(sam) });
  assert.deepEqual(enrolment.setDetails(idOf(ana), { account: 'clinic\\SAM' }, 'it'), { kind: 'accountTaken', by: idOf(sam) });
  assert.deepEqual(enrolment.setDetails(idOf(ana), { number: '4711' }, 'it'), { kind: 'number', expected: 6 });
  const accounts = createAccounts(store);
  assert.equal(accounts.subscriberOf('Clinic\\Sam'), idOf(sam));
  assert.equal(accounts.accountOf(idOf(sam)), 'CLINIC\\sam');
  // Who left gives both up.
  enrolment.revokePerson(idOf(sam), 'it');
  assert.equal(accounts.accountOf(idOf(sam)), null);
  assert.equal(enrolment.setDetails(idOf(ana), { number: '004711', account: 'clinic\\SAM' }, 'it').kind, 'done');
  assert.equal(store.findByNumber(digits('004711'))?.id, idOf(ana));
  assert.equal(accounts.subscriberOf('clinic\\sam'), idOf(ana));
  assert.equal(store.subscriber(idOf(sam))?.number, null);
  assert.equal(enrolment.setDetails(idOf(ana), { number: null, role: null }, 'it').kind, 'done');
  assert.equal(store.findByNumber(digits('004711')), null);
});
