/** A station's store comes in; that its identity is made once, signs, outlives a restart and cannot be read or exchanged on the disk goes out. */
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { rawPublicKey, stationId, stationIdentity } from '../../agent/station/identity.ts';
import { inspect } from '../../agent/store/inspection.ts';
import { keysOf, newPlace } from '../store/place.ts';

test('an identity is made once, signs, and is the same after a restart', (t) => {
  const place = newPlace(t);
  const first = place.open();
  const made = stationIdentity(first.store);
  assert.match(made.id, /^[0-9a-f]{16}$/);
  assert.equal(stationIdentity(first.store).id, made.id);
  assert.equal(first.store.keysFor('station').length, 1);
  first.close();
  const second = place.open();
  const again = stationIdentity(second.store);
  assert.deepEqual(rawPublicKey(again.publicKey), rawPublicKey(made.publicKey));
  assert.equal(again.id, stationId(made.publicKey));
  const message = Buffer.from('what it is for');
  assert.ok(verify(null, message, made.publicKey, again.sign(message)));
  assert.ok(second.store.pristine, 'an identity is nobody who was enrolled');
  second.close();
});

test('two stations have two identities, and one cannot be put in the place of the other', (t) => {
  const [one, other] = [newPlace(t), newPlace(t)];
  const [a, b] = [one.open(), other.open()];
  assert.notEqual(stationIdentity(a.store).id, stationIdentity(b.store).id);
  const raw = Buffer.from(a.store.keysFor('station').at(-1)?.key.export() ?? assert.fail());
  a.close();
  b.close();
  assert.ok(!readFileSync(join(one.dir, 'store.db')).includes(raw), 'the store holds the key as it is');
  const [from, to] = [new Database(join(one.dir, 'store.db')), new Database(join(other.dir, 'store.db'))];
  const row = from.prepare<[], { id: string; wrapped: Buffer }>("SELECT id, wrapped FROM group_keys WHERE purpose = 'station'").get() ?? assert.fail();
  to.prepare("UPDATE group_keys SET id = ?, wrapped = ? WHERE purpose = 'station'").run(row.id, row.wrapped);
  from.close();
  to.close();
  const found = inspect(join(other.dir, 'store.db'), keysOf(other.holder), other.counter);
  assert.equal(found.kind === 'degraded' ? found.cause : found.kind, 'storeDamaged');
});
