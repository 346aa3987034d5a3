/** What administrators ask comes in; what holds afterwards, what the ledger says of it and each reason to refuse go out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byUid, createEnrolment, refusalSentence } from '../../agent/enrolment.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { pinOf } from './pin-of.ts';
import { type Cleanup, digits, enrolled, ledgerDir, newPlace, type Opened, type Place, quick, uidOf } from './place.ts';

const badge1 = '04a1b2c3d4e501';
const badge2 = '04a1b2c3d4e502';

function station(t: Cleanup): { readonly place: Place; readonly opened: Opened; readonly entries: () => readonly unknown[] } {
  const place = newPlace(t);
  const opened = place.open();
  t.after(() => opened.close());
  return { place, opened, entries: () => readEntries(ledgerDir(place.dir)).map(({ entry }) => entry) };
}

test('who is enrolled is found by the badge, opens with the PIN and stands in the ledger', async (t) => {
  const { opened, entries } = station(t);
  const { subscriber, badge } = await enrolled(opened.enrolment, 'Sam', badge1, '482915');
  assert.equal(opened.store.findByBadge(uidOf(badge1))?.badge, badge);
  assert.equal((await opened.verifier.verify(subscriber.id, pinOf(digits('482915')), 'uid')).kind, 'accepted');
  assert.deepEqual(entries(), [{ kind: 'enrolled', subscriber: subscriber.id, badge, actor: 'test', grade: 'uid' }]);
  assert.deepEqual(opened.enrolment.people(), [
    {
      subscriber: { id: subscriber.id, given: 'Sam', initial: 'B', language: null, role: null },
      revoked: false,
      number: null,
      account: null,
      badges: [{ id: badge, grade: 'uid', revoked: false, spare: false }],
      pin: 'set',
    },
  ]);
});

test('UID and PIN are overwritten, whatever the answer', async (t) => {
  const { opened } = station(t);
  for (const pin of ['482915', '111111']) {
    const [uid, typed] = [uidOf(badge1), digits(pin)];
    await opened.enrolment.enrol({ given: 'Sam', initial: 'B', language: null }, byUid(uid), typed, 'test');
    assert.ok([...uid, ...typed].every((byte) => byte === 0));
  }
});

test('each refusal has its one reason, changes nothing and is not in the ledger', async (t) => {
  const { opened, entries } = station(t);
  const { subscriber } = await enrolled(opened.enrolment, 'Sam', badge1, '482915');
  const before = [opened.enrolment.people(), entries()];
  const enrol = (given: string, initial: string, uid: string, pin: string) => opened.enrolment.enrol({ given, initial, language: null }, byUid(uidOf(uid)), digits(pin), 'test');
  assert.deepEqual(await enrol('Ana', 'K', badge1, '730164'), { kind: 'badgeTaken', by: subscriber.id });
  assert.deepEqual(await enrol('Ana', 'K', badge2, '123456'), { kind: 'guessable', why: 'run' });
  assert.deepEqual(await enrol('Ana', 'K', badge2, '73016'), { kind: 'pinLength', expected: 6 });
  for (const given of ['', ' ', 'A'.repeat(25), 'Ana\u202e', '<b>', '7']) assert.deepEqual(await enrol(given, 'K', badge2, '730164'), { kind: 'given' });
  for (const initial of ['', 'KL', '7', ' ']) assert.deepEqual(await enrol('Ana', initial, badge2, '730164'), { kind: 'initial' });
  assert.deepEqual(await opened.enrolment.resetPin('nobody', digits('730164'), 'test'), { kind: 'noPerson' });
  assert.deepEqual(await opened.enrolment.resetPin(subscriber.id, digits('112233'), 'test'), { kind: 'guessable', why: 'pairs' });
  assert.deepEqual(opened.enrolment.addBadge('nobody', byUid(uidOf(badge2)), 'test'), { kind: 'noPerson' });
  assert.deepEqual(opened.enrolment.revokeBadge('none', 'test'), { kind: 'noBadge' });
  assert.deepEqual(opened.enrolment.revokePerson('nobody', 'test'), { kind: 'noPerson' });
  assert.deepEqual([opened.enrolment.people(), entries()], before);
});

test('names of other scripts and with marks are names', async (t) => {
  const { opened } = station(t);
  const names = [
    ['Zoë', 'Ø'],
    ['محمد', 'ع'],
    ['Anne-Marie', 'O'],
    ['Ng’ang’a', 'K'],
    ['ñ', 'Ñ'],
    ['美玲', '林'],
  ] as const;
  for (const [i, [given, initial]] of names.entries()) {
    const outcome = await opened.enrolment.enrol({ given, initial, language: 'es' }, byUid(uidOf(`04a1b2c3d4e50${i}`)), digits('482915'), 'test');
    assert.equal(outcome.kind, 'enrolled', given);
  }
});

test('a second badge is the same person', async (t) => {
  const { opened, entries } = station(t);
  const { subscriber } = await enrolled(opened.enrolment, 'Sam', badge1, '482915');
  const second = opened.enrolment.addBadge(subscriber.id, byUid(uidOf(badge2)), 'test');
  assert.equal(second.kind, 'enrolled');
  assert.equal(opened.store.findByBadge(uidOf(badge2))?.subscriber.id, subscriber.id);
  assert.equal(opened.enrolment.people()[0]?.badges.length, 2);
  assert.equal(opened.enrolment.addBadge(subscriber.id, byUid(uidOf(badge2)), 'test').kind, 'enrolled');
  assert.equal(opened.enrolment.people()[0]?.badges.length, 2, 'twice is once');
  assert.equal(entries().length, 3);
});

test('a revoked badge is refused and the other one goes on', async (t) => {
  const { opened, entries } = station(t);
  const { subscriber, badge } = await enrolled(opened.enrolment, 'Sam', badge1, '482915');
  opened.enrolment.addBadge(subscriber.id, byUid(uidOf(badge2)), 'test');
  assert.deepEqual(opened.enrolment.revokeBadge(badge, 'alice'), { kind: 'done', subscriber: subscriber.id });
  assert.equal(opened.store.findByBadge(uidOf(badge1))?.revoked, true);
  assert.equal(opened.store.findByBadge(uidOf(badge2))?.revoked, false);
  assert.deepEqual(entries().at(-1), { kind: 'revoked', subscriber: subscriber.id, badge, actor: 'alice' });
});

test('with the person every badge is revoked, and no PIN brings her back', async (t) => {
  const { opened } = station(t);
  const { subscriber } = await enrolled(opened.enrolment, 'Sam', badge1, '482915');
  opened.enrolment.addBadge(subscriber.id, byUid(uidOf(badge2)), 'test');
  assert.deepEqual(opened.enrolment.revokePerson(subscriber.id, 'test'), { kind: 'done' });
  for (const uid of [badge1, badge2]) assert.equal(opened.store.findByBadge(uidOf(uid))?.revoked, true);
  assert.deepEqual(await opened.enrolment.resetPin(subscriber.id, digits('730164'), 'test'), { kind: 'revokedPerson' });
  assert.deepEqual(opened.enrolment.addBadge(subscriber.id, byUid(uidOf('04a1b2c3d4e503')), 'test'), { kind: 'revokedPerson' });
  assert.equal(opened.enrolment.people()[0]?.revoked, true);
});

test('a revoked badge may be handed to another person, and is hers alone', async (t) => {
  const { opened } = station(t);
  const { subscriber, badge } = await enrolled(opened.enrolment, 'Sam', badge1, '482915');
  opened.enrolment.revokeBadge(badge, 'test');
  const ana = await enrolled(opened.enrolment, 'Ana', badge1, '730164');
  const holder = opened.store.findByBadge(uidOf(badge1));
  assert.equal(holder?.subscriber.id, ana.subscriber.id);
  assert.equal(holder.revoked, false);
  assert.deepEqual(opened.enrolment.people().find((p) => p.subscriber.id === subscriber.id)?.badges, []);
});

test('a reset gives a blocked person a new PIN and every try', async (t) => {
  const { place, opened, entries } = station(t);
  const { subscriber } = await enrolled(opened.enrolment, 'Sam', badge1, '482915');
  for (let i = 0; i < 10; i++) {
    await opened.verifier.verify(subscriber.id, pinOf(digits('917364')), 'uid');
    place.clock.at += 300_000;
  }
  assert.equal(opened.enrolment.people()[0]?.pin, 'blocked');
  assert.deepEqual(await opened.enrolment.resetPin(subscriber.id, digits('730164'), 'alice'), { kind: 'done' });
  assert.equal(opened.enrolment.people()[0]?.pin, 'set');
  assert.equal((await opened.verifier.verify(subscriber.id, pinOf(digits('482915')), 'uid')).kind, 'refused');
  assert.equal((await opened.verifier.verify(subscriber.id, pinOf(digits('730164')), 'uid')).kind, 'accepted');
  assert.deepEqual(entries().at(-1), { kind: 'pinReset', subscriber: subscriber.id, actor: 'alice' });
});

test('a PIN shorter than a new policy asks is named', async (t) => {
  const { opened } = station(t);
  await enrolled(opened.enrolment, 'Sam', badge1, '482915');
  const { store, ledger } = opened;
  assert.equal(createEnrolment({ store, ledger, policy: () => ({ ...defaultPolicy, pinLength: 8 }), cost: quick }).people()[0]?.pin, 'short');
});

test('nobody is enrolled without an entry; a badge is revoked even without one', async (t) => {
  const { opened } = station(t);
  const { subscriber, badge } = await enrolled(opened.enrolment, 'Sam', badge1, '482915');
  t.mock.method(opened.ledger, 'append', () => {
    throw new Error('ENOSPC');
  });
  await assert.rejects(enrolled(opened.enrolment, 'Ana', badge2, '730164'), /ENOSPC/);
  assert.equal(opened.store.findByBadge(uidOf(badge2)), null);
  assert.throws(() => opened.enrolment.revokeBadge(badge, 'test'), /ENOSPC/);
  assert.equal(opened.store.findByBadge(uidOf(badge1))?.revoked, true);
  await assert.rejects(opened.enrolment.resetPin(subscriber.id, digits('730164'), 'test'), /ENOSPC/);
  assert.equal((await opened.verifier.verify(subscriber.id, pinOf(digits('482915')), 'uid')).kind, 'accepted');
});

test('one badge enrolled twice at the same time has one holder', async (t) => {
  const { opened } = station(t);
  const ask = (given: string) => opened.enrolment.enrol({ given, initial: 'B', language: null }, byUid(uidOf(badge1)), digits('482915'), 'test');
  const outcomes = await Promise.all([ask('Sam'), ask('Ana')]);
  assert.deepEqual(outcomes.map((o) => o.kind).sort(), ['badgeTaken', 'enrolled']);
});

test('every refusal is one sentence that says what to do', () => {
  const refusals = [
    { kind: 'badgeTaken', by: 'ab12' },
    { kind: 'pinLength', expected: 6 },
    { kind: 'guessable', why: 'date' },
    { kind: 'given' },
    { kind: 'initial' },
    { kind: 'noPerson' },
    { kind: 'noBadge' },
    { kind: 'revokedPerson' },
  ] as const;
  for (const refusal of refusals) assert.match(refusalSentence(refusal), /^[A-Z][^.]+\.$/);
});
