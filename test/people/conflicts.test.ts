/** People changed at two stations, or given the same thing twice, come in; what both end with after bundles went to and fro, and who loses what, goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byUid } from '../../agent/enrolment.ts';
import { digits, uidOf } from '../store/place.ts';
import { carry, groupOf, type Station } from './group-place.ts';

const [ana, sam] = ['04a1b2c3d4e5f6', '04112233445566'];

test('changed at both stations: revoked wins, a new PIN of the help desk wins, and both end with the same', async (t) => {
  const [a, b] = groupOf(t, ['export']);
  assert.ok(b !== undefined);
  const {
    subscriber: { id },
  } = await a.enrol('Ana', ana, '294673');
  const { subscriber: other } = await a.enrol('Sam', sam, '846213');
  await carry(a, b);
  await a.enrolment.resetPin(id, digits('735192'), 'test');
  b.enrolment.setDetails(id, { role: 'nurse' }, 'test');
  b.enrolment.setDetails(other.id, { role: 'nurse' }, 'test');
  b.enrolment.setDetails(other.id, { role: 'it' }, 'test');
  a.enrolment.revokePerson(other.id, 'test');
  const [toB, toA] = [await carry(a, b), await carry(b, a)];
  assert.deepEqual(toB.effects.pinChanged, [id]);
  assert.deepEqual(toA.effects.roleChanged.toSorted(), [id, other.id].toSorted());
  for (const one of [a, b]) {
    assert.equal(await one.tries(ana, '294673'), 'refused');
    assert.equal(await one.tries(ana, '735192'), 'accepted');
    assert.equal(await one.tries(sam, '846213'), null, 'revoked at one is revoked at both, whatever else was changed');
    assert.deepEqual([one.store.subscriber(id)?.role, one.store.subscriber(other.id)?.role], ['nurse', 'it']);
  }
});

test('wrong tries never fall by a bundle, but for a PIN that the help desk gave', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  const {
    subscriber: { id },
  } = await a.enrol('Ana', ana, '294673');
  await carry(a, b);
  for (let i = 0; i < 3; i++) assert.equal(await b.tries(ana, '111222'), 'refused');
  assert.equal(b.store.pin(id)?.failures, 3);
  await carry(a, b);
  assert.equal(b.store.pin(id)?.failures, 3);
  for (let i = 0; i < 4; i++) await a.tries(ana, '111222');
  await carry(a, b);
  assert.equal(b.store.pin(id)?.failures, 4);
  await a.enrolment.resetPin(id, digits('735192'), 'test');
  await carry(a, b);
  assert.equal(b.store.pin(id)?.failures, 0);
  assert.equal(await b.tries(ana, '735192'), 'accepted');
});

test('a badge that was revoked is good again only where it was handed out again, and then is its new holder’s', async (t) => {
  const [a, b] = groupOf(t, ['export']);
  assert.ok(b !== undefined);
  const {
    subscriber: { id },
    badge,
  } = await a.enrol('Ana', ana, '294673');
  const { subscriber: other } = await a.enrol('Sam', sam, '846213');
  await carry(a, b);
  assert.equal(b.enrolment.revokeBadge(badge, 'test').kind, 'done');
  await carry(a, b);
  assert.equal(await b.tries(ana, '294673'), null, 'the other station did not know');
  const back = await carry(b, a);
  assert.deepEqual(back.effects.revoked, [{ subscriber: id, badge }]);
  assert.equal(await a.tries(ana, '294673'), null);
  const handed = a.enrolment.addBadge(other.id, byUid(uidOf(ana)), 'test');
  assert.equal(handed.kind, 'enrolled');
  await carry(a, b);
  assert.equal(await b.tries(ana, '846213'), 'accepted', 'it is Sam’s now');
  assert.deepEqual(b.store.subscriber(id)?.badges, []);
  assert.equal(b.store.subscriber(other.id)?.badges.length, 2);
});

test('one badge given away at two stations opens nobody until it is handed out again; all others are as they were', async (t) => {
  const [a, b] = groupOf(t, ['export']);
  assert.ok(b !== undefined);
  await a.enrol('Ana', ana, '294673');
  await b.enrol('Bea', ana, '735192');
  await b.enrol('Sam', sam, '846213');
  a.enrolment.setDetails(a.enrolment.people()[0]?.subscriber.id ?? '', { number: '123456' }, 'test');
  b.enrolment.setDetails(b.enrolment.people()[0]?.subscriber.id ?? '', { number: '123456' }, 'test');
  const took = await carry(a, b);
  assert.equal(took.conflicts, 2, 'a badge and a number');
  await carry(b, a);
  for (const one of [a, b]) {
    assert.equal(await one.tries(ana, '294673'), null);
    assert.equal(await one.tries(sam, '846213'), 'accepted');
    assert.equal(one.enrolment.people().filter(({ number }) => number === '123456').length, 1);
  }
  const numbers = ({ enrolment }: Station): readonly string[] =>
    enrolment
      .people()
      .map(({ subscriber, number }) => `${subscriber.id} ${number}`)
      .toSorted((x, y) => (x < y ? -1 : 1));
  assert.deepEqual(numbers(a), numbers(b));
  const [first] = a.enrolment.people();
  assert.equal(a.enrolment.addBadge(first?.subscriber.id ?? '', byUid(uidOf(ana)), 'test').kind, 'enrolled');
  await carry(a, b);
  assert.equal(await b.tries(ana, '294673'), 'accepted');
});

test('a number that goes from one to another, and two that are exchanged, arrive in one write', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  const { subscriber: one } = await a.enrol('Ana', ana, '294673');
  const { subscriber: two } = await a.enrol('Sam', sam, '846213');
  const set = (id: string, number: string | null): void => assert.equal(a.enrolment.setDetails(id, { number }, 'test').kind, 'done');
  set(one.id, '111111');
  set(two.id, '222222');
  await carry(a, b);
  set(one.id, null);
  set(two.id, '111111');
  set(one.id, '222222');
  await carry(a, b);
  assert.equal(b.store.findByNumber(digits('111111'))?.id, two.id);
  assert.equal(b.store.findByNumber(digits('222222'))?.id, one.id);
});
