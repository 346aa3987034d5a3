/** People enrolled, changed and revoked at one station come in; what the others of its group make of her badge and PIN after a bundle, and before an older one, goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byUid } from '../../agent/enrolment.ts';
import type { BadgeRecord } from '../../agent/store/records.ts';
import { uidOf } from '../store/place.ts';
import { bundleOf, carry, groupOf, joined, station, take } from './group-place.ts';

const [ana, sam] = ['04a1b2c3d4e5f6', '04112233445566'];

test('enrolled at one station, she is known with badge and PIN at the other; revoked there, she is refused', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  const { subscriber } = await a.enrol('Ana', ana, '294673');
  assert.equal(await b.tries(ana, '294673'), null);
  const first = await carry(a, b);
  assert.deepEqual([first.added, first.changed, first.revoked, first.unchanged, first.conflicts], [1, 0, 0, 0, 0]);
  assert.equal(await b.tries(ana, '294673'), 'accepted');
  assert.equal(await b.tries(ana, '294674'), 'refused');

  const old = await bundleOf(a);
  a.enrolment.revokePerson(subscriber.id, 'test');
  const second = await carry(a, b);
  assert.deepEqual([second.added, second.changed, second.revoked, second.unchanged], [0, 0, 1, 0]);
  assert.deepEqual(second.effects.revoked, [{ subscriber: subscriber.id, badge: null }]);
  assert.equal(await b.tries(ana, '294673'), null);
  const before = b.store.peopleChanged;
  assert.deepEqual(await take(b, old), { kind: 'groupRefusal', because: 'older' });
  assert.equal(b.store.peopleChanged, before);
  assert.deepEqual(
    b
      .entries()
      .map(({ entry }) => entry)
      .filter(({ kind }) => kind === 'peopleImported' || kind === 'revoked')
      .map((entry) => (entry.kind === 'revoked' ? 'revoked' : entry.kind === 'peopleImported' ? entry.sequence : '')),
    [first.sequence, second.sequence, 'revoked'],
  );
});

test('the same bundle twice, one’s own, and one without a group are refused, each for its reason', async (t) => {
  const [a, b] = groupOf(t, ['export']);
  assert.ok(b !== undefined);
  assert.deepEqual(await a.group.exportPeople('test', () => undefined), { kind: 'groupRefusal', because: 'nobody' });
  await a.enrol('Ana', ana, '294673');
  const bundle = await bundleOf(a);
  assert.equal((await take(b, bundle)).kind, 'imported');
  assert.deepEqual(await take(b, bundle), { kind: 'groupRefusal', because: 'same' });
  assert.deepEqual(await take(a, bundle), { kind: 'groupRefusal', because: 'own' });
  const alone = station(t);
  assert.deepEqual(await take(alone, bundle), { kind: 'groupRefusal', because: 'noGroup' });
  assert.deepEqual(await alone.group.exportPeople('test', () => undefined), { kind: 'groupRefusal', because: 'noGroup' });
  const importing = joined(t, a);
  assert.equal((await take(importing, bundle)).kind, 'imported');
  assert.deepEqual(await importing.group.exportPeople('test', () => undefined), { kind: 'groupRefusal', because: 'mayNotExport' });
  const stranger = groupOf(t, [])[0];
  await stranger.enrol('Ana', ana, '294673');
  assert.deepEqual(await take(b, await bundleOf(stranger)), { kind: 'groupRefusal', because: 'otherGroup' });
});

test('a bundle that brings nothing new changes no record', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  await a.enrol('Ana', ana, '294673');
  await a.enrol('Sam', sam, '846213');
  await carry(a, b);
  const before = b.store.peopleChanged;
  const again = await carry(a, b);
  assert.deepEqual([again.added, again.changed, again.revoked, again.unchanged], [0, 0, 0, 2]);
  assert.equal(b.store.peopleChanged, before);
});

test('provable badges travel with what they prove by; what is one station’s own stays: lent badges, a key’s share, moments of lending', async (t) => {
  const [a, b] = groupOf(t, ['export']);
  assert.ok(b !== undefined);
  const {
    subscriber: { id },
  } = await a.enrol('Ana', ana, '294673');
  const aes = { kind: 'aes', aid: '9UgA', keyNo: 1, keyVersion: 2, key: Buffer.alloc(16, 7).toString('base64'), uid: '' } as const;
  const credential = {
    id: 'Y3JlZA',
    publicKey: 'a2V5',
    counter: 7,
    aaguid: '00000000-0000-0000-0000-000000000000',
    attested: false,
    transports: ['nfc'],
    backupEligible: false,
    hmacSecret: true,
  };
  const fido = { kind: 'fido', via: 'nfc', credential, share: { salt: Buffer.alloc(32, 3).toString('base64'), verified: true } } as const;
  const piv = {
    kind: 'piv',
    algorithm: 'ecc-p256',
    spki: 'c3BraQ==',
    trust: 'path',
    certificate: 'Y2VydA==',
    notAfter: 1_900_000_000_000,
    serial: '0a',
    issuer: 'aXNzdWVy',
    issuerKey: null,
  } as const;
  const badges = [aes, fido, piv].map(
    (proof, i): BadgeRecord => ({
      kind: 'badge',
      id: `${i}${'b'.repeat(15)}`,
      subscriber: id,
      proof: proof as BadgeRecord['proof'],
      revoked: false,
      ...a.store.indexOf(Uint8Array.of(i, 1, 2, 3)),
      lastUsed: '2026-11-20',
      spare: null,
    }),
  );
  const lent: BadgeRecord = {
    ...(badges[0] ?? assert.fail()),
    id: 'c'.repeat(16),
    ...a.store.indexOf(Uint8Array.of(9, 9, 9, 9)),
    spare: { wall: 0, at: 0, lasts: 1, voucher: id },
  };
  const own = a.store.subscriber(id) ?? assert.fail();
  a.store.write([{ ...own, lent: [5], badges: [...own.badges, ...badges.map((badge) => badge.id), lent.id] }, ...badges, lent], 'counted');
  await carry(a, b);
  const got = b.store.subscriber(id) ?? assert.fail();
  assert.deepEqual([got.badges.length, got.lent], [4, []]);
  assert.equal(b.store.badge(lent.id), null);
  assert.deepEqual(b.store.badge(badges[0]?.id ?? '')?.proof, aes);
  assert.deepEqual(b.store.badge(badges[2]?.id ?? '')?.proof, piv);
  const { share, ...shareless } = fido;
  assert.deepEqual(b.store.badge(badges[1]?.id ?? '')?.proof, shareless);
  // Used there, it comes back with the later counter, and keeps the share it has here.
  const there = b.store.badge(badges[1]?.id ?? '') ?? assert.fail();
  b.store.write([{ ...there, proof: { ...shareless, credential: { ...credential, counter: 12 } }, lastUsed: '2026-11-21' }], 'counted');
  const back = await carry(b, a);
  assert.equal(back.changed, 1);
  const here = a.store.badge(there.id);
  assert.deepEqual(here?.proof, { ...fido, credential: { ...credential, counter: 12 } });
  assert.equal(here?.lastUsed, '2026-11-21');
  assert.equal(a.store.badge(lent.id)?.spare?.voucher, id, 'a lent badge stays lent');
  assert.equal(share.verified, true);
});

test('a security key that is revoked elsewhere unlocks her record here no more', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  const {
    subscriber: { id },
    badge,
  } = await a.enrol('Ana', ana, '294673');
  await carry(a, b);
  const output = Uint8Array.from({ length: 32 }, (_, i) => i);
  b.store.addShare(b.store.badge(badge) ?? assert.fail(), output);
  await carry(a, b);
  assert.equal(b.store.openByKey(id, badge, output)?.id, id, 'a bundle that says nothing of it takes nothing away');
  a.enrolment.revokeBadge(badge, 'test');
  await carry(a, b);
  assert.equal(b.store.openByKey(id, badge, output), null);
});

test('two stations that export under one identity are found out', async (t) => {
  const [a, b, c] = groupOf(t, ['import', 'export']);
  assert.ok(b !== undefined && c !== undefined);
  await a.enrol('Ana', ana, '294673');
  await carry(a, b);
  // As a copied disk would: the same identity and the same number, at another station.
  const copied = a.store.keysFor('station').at(-1)?.key.export() ?? assert.fail();
  c.store.addKeys([{ id: 'ffffffffffff', purpose: 'station', raw: copied }]);
  await c.enrol('Sam', sam, '846213');
  for (let i = 0; i < 20; i++) c.ledger.append({ kind: 'practised' });
  assert.deepEqual(await take(b, await bundleOf(c)), { kind: 'groupRefusal', because: 'twins' });
  assert.equal(b.store.findByBadge(uidOf(sam)), null);
});

test('bundles may be left out; a station whose store was set back is found out once, and believed again', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  await a.enrol('Ana', ana, '294673');
  await carry(a, b);
  const back = a.store.membership ?? assert.fail();
  await bundleOf(a);
  await bundleOf(a);
  await carry(a, b);
  a.store.write([back], 'counted');
  await a.enrol('Sam', sam, '846213');
  assert.deepEqual(await take(b, await bundleOf(a)), { kind: 'groupRefusal', because: 'twins' });
  assert.equal((await carry(a, b)).added, 1);
});

test('a tap in the middle of an import counts as if it had come before or after', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  const {
    subscriber: { id },
  } = await a.enrol('Ana', ana, '294673');
  await a.enrol('Sam', sam, '846213');
  await carry(a, b);
  for (let i = 0; i < 2; i++) await a.tries(ana, '111222');
  const bundle = await bundleOf(a);
  const typed: Promise<unknown>[] = [];
  const imported = await b.group.importPeople(bundle, 'test', {
    // All is sealed and waits to be written: three wrong PINs are typed now.
    progress: (done, all) => {
      if (done === all) for (let i = 0; i < 3; i++) typed.push(b.tries(ana, '111222'));
    },
    applied: () => undefined,
  });
  assert.deepEqual(await Promise.all(typed), ['refused', 'refused', 'refused']);
  assert.equal(imported.kind === 'imported' ? imported.changed : imported.because, 1);
  assert.equal(b.store.pin(id)?.failures, 3, 'the three that were typed here, not the two of there');
  b.close();
  assert.equal(station(t, b.place).store.pin(id)?.failures, 3);
});

test('people changed here in the middle of an import are merged as they are then', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  const {
    subscriber: { id },
  } = await a.enrol('Ana', ana, '294673');
  await carry(a, b);
  a.enrolment.setDetails(id, { role: 'it' }, 'test');
  a.enrolment.setDetails(id, { number: '123456' }, 'test');
  const bundle = await bundleOf(a);
  let meanwhile = 0;
  const imported = await b.group.importPeople(bundle, 'test', {
    progress: (done, all) => {
      if (done === all && meanwhile++ === 0) b.enrolment.revokePerson(id, 'test');
    },
    applied: () => undefined,
  });
  assert.equal(imported.kind === 'imported' ? imported.changed : imported.because, 1);
  assert.equal(meanwhile, 2, 'it was looked at again');
  b.close();
  const again = station(t, b.place);
  assert.deepEqual([again.store.subscriber(id)?.revoked, again.store.subscriber(id)?.role, again.store.subscriber(id)?.number?.digits], [true, 'it', '123456']);
});

test('a badge that is handed on in the middle of an export is one person’s in the bundle', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  const { badge } = await a.enrol('Ana', ana, '294673');
  const {
    subscriber: { id: other },
  } = await a.enrol('Sam', sam, '846213');
  let meanwhile = 0;
  const exported = await a.group.exportPeople('test', (done) => {
    if (done !== 1 || meanwhile++ > 0) return;
    assert.equal(a.enrolment.revokeBadge(badge, 'test').kind, 'done');
    assert.equal(a.enrolment.addBadge(other, byUid(uidOf(ana)), 'test').kind, 'enrolled');
  });
  assert.ok(exported.kind === 'exported', JSON.stringify(exported));
  const imported = await take(b, exported.file);
  assert.ok(imported.kind === 'imported', JSON.stringify(imported));
  assert.deepEqual([meanwhile, await b.tries(ana, '846213')], [2, 'accepted']);
  let done = 0;
  const never = await a.group.exportPeople('test', () => void a.enrolment.setDetails(other, { role: `r${done++}` }, 'test'));
  assert.deepEqual(never, { kind: 'groupRefusal', because: 'busy' });
});

test('the store is whole after it: opened again, everybody is there', async (t) => {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  await a.enrol('Ana', ana, '294673');
  await carry(a, b);
  b.close();
  const again = station(t, b.place);
  assert.equal(await again.tries(ana, '294673'), 'accepted');
  assert.equal(again.group.state()?.heard[a.group.state()?.station ?? '']?.sequence, a.group.state()?.exported?.sequence);
});
