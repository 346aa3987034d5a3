/** Secrets of security keys come in beside the station's own; whose record they open, and when no more, goes out. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { rowId } from '../../agent/store/records.ts';
import type { BadgeId } from '../../core/types.ts';
import { type Cleanup, digits, enrolled, newPlace, type Opened, uidOf } from './place.ts';

const secret = (): Uint8Array => new Uint8Array(randomBytes(32));
type Sam = { readonly opened: Opened; readonly id: string; readonly badge: BadgeId; readonly dir: string; readonly reopen: () => Opened };

async function sam(t: Cleanup): Promise<Sam> {
  const place = newPlace(t);
  const opened = place.open();
  const { subscriber, badge } = await enrolled(opened.enrolment, 'Sam', '04a1b2c3d4e501', '482915');
  t.after(() => opened.close());
  return { opened, id: subscriber.id, badge, dir: place.dir, reopen: place.open };
}
const share = ({ opened, badge }: Sam, output: Uint8Array): void => {
  const record = opened.store.badge(badge);
  assert.ok(record);
  opened.store.addShare(record, Uint8Array.from(output));
};

test('her key alone opens her record as it is now, and a new start of the station keeps it so', async (t) => {
  const it = await sam(t);
  const output = secret();
  assert.equal(it.opened.store.openByKey(it.id, it.badge, output), null, 'not before it was shared');
  share(it, output);
  assert.deepEqual(it.opened.store.openByKey(it.id, it.badge, output), it.opened.store.subscriber(it.id));
  const now = it.opened.store.subscriber(it.id);
  assert.ok(now);
  it.opened.store.write([{ ...now, initial: 'C' }], 'counted');
  assert.equal(it.opened.store.openByKey(it.id, it.badge, output)?.initial, 'C', 'what is written later too');
  it.opened.close();
  const again = it.reopen();
  t.after(() => again.close());
  assert.deepEqual(again.store.openByKey(it.id, it.badge, output), again.store.subscriber(it.id));
});

test('another secret, another badge of hers and another person’s record: none opens', async (t) => {
  const it = await sam(t);
  const output = secret();
  share(it, output);
  const ana = await enrolled(it.opened.enrolment, 'Ana', '04a1b2c3d4e502', '730164');
  const { store } = it.opened;
  assert.equal(store.openByKey(it.id, it.badge, secret()), null);
  assert.equal(store.openByKey(it.id, ana.badge, output), null);
  assert.equal(store.openByKey(ana.subscriber.id, it.badge, output), null);
  assert.equal(store.openByKey('nobody', it.badge, output), null);
  assert.equal(store.openByKey(it.id, 'constructor', output), null);
});

test('two keys each open it; the one that is revoked no more', async (t) => {
  const it = await sam(t);
  const second = it.opened.enrolment.addBadge(it.id, { number: uidOf('04a1b2c3d4e503'), proof: { kind: 'uid' } }, 'test');
  assert.ok(second.kind === 'enrolled');
  const [a, b] = [secret(), secret()];
  share(it, a);
  share({ ...it, badge: second.badge }, b);
  const { store, enrolment } = it.opened;
  for (const [badge, output] of [
    [it.badge, a],
    [second.badge, b],
  ] as const)
    assert.ok(store.openByKey(it.id, badge, output));
  assert.equal(enrolment.revokeBadge(it.badge, 'test').kind, 'done');
  assert.equal(store.openByKey(it.id, it.badge, a), null);
  assert.ok(store.openByKey(it.id, second.badge, b));
  assert.equal(enrolment.revokePerson(it.id, 'test').kind, 'done');
  assert.equal(store.openByKey(it.id, second.badge, b), null);
});

test('a badge that is enrolled anew opens nothing by what it was before', async (t) => {
  const it = await sam(t);
  const output = secret();
  share(it, output);
  const { store, enrolment } = it.opened;
  assert.equal(enrolment.addBadge(it.id, { number: uidOf('04a1b2c3d4e501'), proof: { kind: 'uid' } }, 'test').kind, 'enrolled');
  assert.equal(store.openByKey(it.id, it.badge, output), null, 'hers again');
  share(it, output);
  enrolment.revokeBadge(it.badge, 'test');
  const ana = await enrolment.enrol({ given: 'Ana', initial: 'K', language: null }, { number: uidOf('04a1b2c3d4e501'), proof: { kind: 'uid' } }, digits('730164'), 'test');
  assert.ok(ana.kind === 'enrolled' && ana.badge === it.badge);
  for (const person of [it.id, ana.subscriber.id]) assert.equal(store.openByKey(person, it.badge, output), null);
});

test('a wrap that was changed behind the store’s back opens nothing, and the station finds it out', async (t) => {
  const it = await sam(t);
  const output = secret();
  share(it, output);
  it.opened.close();
  const db = new Database(join(it.dir, 'store.db'));
  const where = rowId('subscriber', it.id);
  const { wraps } = db.prepare<[string], { wraps: string }>('SELECT wraps FROM records WHERE id = ?').get(where) ?? { wraps: '' };
  const changed = JSON.parse(wraps) as { keys: Record<string, string> };
  assert.deepEqual(Object.keys(changed.keys), [it.badge]);
  const bytes = Buffer.from(changed.keys[it.badge] ?? '', 'base64');
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  changed.keys[it.badge] = bytes.toString('base64');
  db.prepare('UPDATE records SET wraps = ? WHERE id = ?').run(JSON.stringify(changed), where);
  db.close();
  assert.throws(() => it.reopen(), /storeDamaged/);
});

test('a row from before keys could share anything is read, and gets its first share', async (t) => {
  const it = await sam(t);
  it.opened.close();
  const db = new Database(join(it.dir, 'store.db'), { readonly: true });
  const rows = db.prepare<[], { wraps: string }>('SELECT wraps FROM records').all();
  db.close();
  for (const { wraps } of rows) assert.deepEqual(Object.keys(JSON.parse(wraps) as object), ['station'], 'as it was before');
  const again = it.reopen();
  t.after(() => again.close());
  const output = secret();
  share({ ...it, opened: again }, output);
  assert.ok(again.store.openByKey(it.id, it.badge, output));
});
