/** A bundle's file comes in with every part of it changed, cut, exchanged or made up; that each is refused with one sentence, that nothing here changes, and that nothing of anybody can be read in it, goes out. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { type NewBundle, openBundle, readBundle, sealBundle } from '../../agent/group/bundle.ts';
import { readLine } from '../../agent/group/lines.ts';
import { type GroupRefusal, groupSentence } from '../../agent/group/refusal.ts';
import { rawPublicKey, type StationIdentity, stationId } from '../../agent/station/identity.ts';
import { signingKey } from '../../agent/store/keys.ts';
import { random, seed } from '../store/random.ts';
import { bundleOf, groupOf, type Station, take } from './group-place.ts';

const ana = '04a1b2c3d4e5f6';

async function twoStations(t: Parameters<typeof groupOf>[0]): Promise<readonly [Station, Station, Buffer]> {
  const [a, b] = groupOf(t, ['import']);
  assert.ok(b !== undefined);
  const { subscriber } = await a.enrol('Wilhelmina', ana, '294673');
  a.enrolment.setDetails(subscriber.id, { number: '731946', account: 'CLINIC\\wilhelmina', role: 'nurse' }, 'test');
  return [a, b, await bundleOf(a)];
}

async function assertRefused(b: Station, file: Buffer, because: readonly GroupRefusal['because'][], what: string): Promise<void> {
  const took = await take(b, file);
  assert.equal(took.kind, 'groupRefusal', what);
  if (took.kind !== 'groupRefusal') return;
  assert.ok(because.includes(took.because), `${what}: ${took.because}`);
  assert.match(groupSentence(took), /^[A-Z].*[.]$/);
}

test('nothing of anybody stands readable in a bundle', async (t) => {
  const [a, , file] = await twoStations(t);
  const text = file.toString('latin1');
  const own = a.store.subscribers()[0] ?? assert.fail();
  const index = a.store.badges()[0]?.index ?? assert.fail();
  for (const secret of ['Wilhelmina', 'wilhelmina', 'CLINIC', '731946', '294673', ana, own.id, index]) {
    for (const form of [secret, Buffer.from(secret).toString('base64').slice(0, -2), Buffer.from(secret).toString('hex')])
      assert.ok(!text.includes(form), `${secret} is in the bundle as ${form}`);
  }
  assert.ok(!text.includes(Buffer.from(ana, 'hex').toString('latin1')));
  const state = a.group.state() ?? assert.fail();
  assert.ok(text.includes(state.group) && text.includes(state.station), 'group and station are no secret');
});

test('a byte changed anywhere, a cut, something added: refused, and nothing here changes', async (t) => {
  const [, b, file] = await twoStations(t);
  const before = [b.store.peopleChanged, b.ledger.count];
  for (let at = 0; at < file.length; at += at < 1_600 ? 1 : 7) {
    const changed = Buffer.from(file);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    await assertRefused(b, changed, ['notBundle', 'newer', 'changed', 'cutShort', 'otherGroup', 'notVouched'], `byte ${at}`);
  }
  for (const length of [0, 1, 16, 17, 60, 300, file.length - 30, file.length - 1])
    await assertRefused(b, file.subarray(0, length), ['notBundle', 'cutShort', 'newer'], `${length} bytes`);
  await assertRefused(b, Buffer.concat([file, Buffer.of(0)]), ['changed'], 'one byte more');
  await assertRefused(b, Buffer.concat([file, file]), ['changed'], 'twice');
  assert.deepEqual([b.store.peopleChanged, b.ledger.count], before);
  assert.equal((await take(b, file)).kind, 'imported', 'the bundle itself is good');
});

type Forged = { readonly file: (made?: Partial<NewBundle>, people?: string, as?: string) => Buffer };
/** With the group's own keys, as one of its stations that was taken over could. */
function forger(a: Station): Forged {
  const authority = signingKey(a.store.keysFor('authority')[0]?.key ?? assert.fail());
  const bundle = a.store.keysFor('bundle')[0]?.key ?? assert.fail();
  const pair = generateKeyPairSync('ed25519');
  const station: StationIdentity = { id: stationId(pair.publicKey), publicKey: pair.publicKey, sign: (message) => sign(null, message, pair.privateKey) };
  const made: NewBundle = { group: a.group.state()?.group ?? '', sequence: 1, before: null, created: '2026-11-22T08:00:00.000Z', ledger: null };
  return { file: (other = {}, people = '', as = station.id) => sealBundle({ ...made, ...other }, Buffer.from(people), { bundle, authority, station: { ...station, id: as } }) };
}

test('a station the group does not vouch for is not believed: another’s name, its own authority, none', async (t) => {
  const [a, b, file] = await twoStations(t);
  const pair = generateKeyPairSync('ed25519');
  const own: StationIdentity = { id: stationId(pair.publicKey), publicKey: pair.publicKey, sign: (message) => sign(null, message, pair.privateKey) };
  const bundle = b.store.keysFor('bundle')[0]?.key ?? assert.fail('a member has the key that seals');
  const made: NewBundle = { group: b.group.state()?.group ?? '', sequence: 9, before: null, created: '2026-11-22T08:00:00.000Z', ledger: null };
  // All that a station which may only import has.
  await assertRefused(b, sealBundle(made, Buffer.from('\n'), { bundle, authority: pair.privateKey, station: own }), ['notVouched'], 'vouched for by itself');
  const [magic = '', header = '', signature = ''] = file.toString('latin1').split('\n');
  const swap = (change: (parsed: Record<string, unknown>) => void, signed: (line: Buffer) => string): Buffer => {
    const parsed = JSON.parse(header) as Record<string, unknown>;
    change(parsed);
    const line = Buffer.from(JSON.stringify(parsed));
    return Buffer.concat([Buffer.from(`${magic}\n`), line, Buffer.from(`\n${signed(line)}\n`), file.subarray(magic.length + header.length + signature.length + 3)]);
  };
  const bySelf = (line: Buffer): string => sign(null, line, pair.privateKey).toString('base64url');
  await assertRefused(
    b,
    swap(
      (h) => (h['sequence'] = 2),
      () => signature,
    ),
    ['changed'],
    'another number under the old signature',
  );
  await assertRefused(
    b,
    swap((h) => (h['sequence'] = 2), bySelf),
    ['changed'],
    'signed by another',
  );
  await assertRefused(
    b,
    swap((h) => (h['key'] = rawPublicKey(pair.publicKey).toString('base64url')), bySelf),
    ['notVouched'],
    'another key under the station’s name',
  );
  await assertRefused(
    b,
    swap((h) => Object.assign(h, { key: rawPublicKey(pair.publicKey).toString('base64url'), station: own.id }), bySelf),
    ['notVouched'],
    'another station with the first one’s voucher',
  );
  await assertRefused(
    b,
    swap(
      () => undefined,
      () => Buffer.alloc(64).toString('base64url'),
    ),
    ['changed'],
    'no signature',
  );
  await assertRefused(
    b,
    swap(
      (h) => (h['surplus'] = 1),
      () => signature,
    ),
    ['notBundle'],
    'a part nobody knows',
  );
  await assertRefused(b, forger(a).file({ sequence: 1_000_000 }, '', a.group.state()?.station), ['notVouched'], 'a station that may export, under another’s name');
});

test('what a station that may export signs is still looked at part by part', async (t) => {
  const [a, b] = await twoStations(t);
  const { file } = forger(a);
  const good = {
    person: { id: 'a'.repeat(16), revision: 1, given: 'Ana', initial: 'B', language: null, role: null, number: null, account: null, revoked: false },
    badges: [],
    pin: null,
  };
  const line = (change: object): string => `${JSON.stringify({ ...good, person: { ...good.person, ...change } })}\n`;
  const index = {
    id: 'b'.repeat(16),
    revision: 1,
    life: 0,
    revoked: false,
    proof: { kind: 'uid' },
    index: 'ab'.repeat(32),
    indexKey: a.store.keysFor('badgeIndex')[0]?.id,
    lastUsed: null,
  };
  const pin = {
    revision: 1,
    resets: 1,
    length: 6,
    pepper: a.store.keysFor('pepper')[0]?.id,
    cost: { m: 8, t: 1, p: 1 },
    salt: Buffer.alloc(16, 1).toString('base64'),
    hash: Buffer.alloc(32, 2).toString('base64'),
    failures: 0,
    keyFailures: 0,
  };
  const withBadge = (change: object): string => `${JSON.stringify({ ...good, badges: [{ ...index, ...change }] })}\n`;
  const withPin = (change: object): string => `${JSON.stringify({ ...good, pin: { ...pin, ...change } })}\n`;
  const bad: Readonly<Record<string, string>> = {
    'no line end': line({}).trimEnd(),
    junk: 'x\n',
    array: '[]\n',
    'two of one': line({}) + line({}),
    'a name with a control character': line({ given: 'A\u0007' }),
    'a long name': line({ given: 'A'.repeat(60) }),
    'a role with a space': line({ role: 'a b' }),
    'a negative revision': line({ revision: -1 }),
    'a surplus part': line({ admin: true }),
    __proto__: `{"__proto__":{},${JSON.stringify(good).slice(1)}\n`,
    'an index of another key': withBadge({ indexKey: 'f'.repeat(12) }),
    'a short index': withBadge({ index: 'ab' }),
    'no such proof': withBadge({ proof: { kind: 'trust' } }),
    'one badge twice': `${JSON.stringify({ ...good, badges: [index, index] })}\n`,
    'a pepper that is not here': withPin({ pepper: 'f'.repeat(12) }),
    'all the memory': withPin({ cost: { m: 4_000_000, t: 1, p: 1 } }),
    'a minute for one PIN': withPin({ cost: { m: 262_144, t: 100, p: 1 } }),
    'more lanes than memory': withPin({ cost: { m: 8, t: 1, p: 2 } }),
    'a short salt': withPin({ salt: 'c2FsdA==' }),
    'a short hash': withPin({ hash: 'aGFzaA==' }),
    'fewer wrong tries than none': withPin({ failures: -3 }),
    'an open end': `${JSON.stringify({ ...good, person: { ...good.person, given: 'A' } }).slice(0, -1)}\n`,
  };
  for (const [what, people] of Object.entries(bad)) await assertRefused(b, file({}, people), ['foreignPeople'], what);
  assert.equal(b.store.subscribers().length, 0);
  const took = await take(b, file({}, line({}) + withBadge({}).replaceAll('a'.repeat(16), 'd'.repeat(16)) + withPin({}).replaceAll('a'.repeat(16), 'e'.repeat(16))));
  assert.equal(took.kind === 'imported' ? took.added : took.because, 3, 'the same lines unharmed are good');
});

test('thousands of bytes at random, and of bundles torn at random, never do more than be refused', async (t) => {
  const [a, , file] = await twoStations(t);
  const { group = '' } = a.group.state() ?? {};
  const authority = a.store.membership?.authority ?? assert.fail();
  const keys = new Set<string>();
  const from = random(seed + 5);
  const people = openBundle(headerIn(file, group, authority), sealedIn(file, group, authority), a.store.keysFor('bundle')[0]?.key ?? assert.fail()) ?? assert.fail();
  for (let i = 0; i < 4_000; i++) {
    const torn = Buffer.from(i % 2 === 0 ? file : people);
    for (let n = 1 + from.below(6); n > 0; n--) {
      const at = from.below(torn.length);
      if (from.below(3) === 0) torn.copyWithin(at, from.below(torn.length));
      else torn[at] = from.below(256);
    }
    const length = from.below(4) === 0 ? from.below(torn.length) : torn.length;
    if (i % 2 === 0) {
      const read = readBundle(torn.subarray(0, length), group, authority);
      if (!torn.subarray(0, length).equals(file)) assert.equal(read.kind, 'fault');
    } else assert.equal(readLine(torn.subarray(0, length), keys), null);
    const noise = Buffer.from(Array.from({ length: from.below(300) }, () => from.below(256)));
    assert.equal(readBundle(noise, group, authority).kind, 'fault');
  }
});

function headerIn(file: Buffer, group: string, authority: string): Parameters<typeof openBundle>[0] {
  const read = readBundle(file, group, authority);
  return read.kind === 'bundle' ? read.header : assert.fail(read.fault);
}
function sealedIn(file: Buffer, group: string, authority: string): Buffer {
  const read = readBundle(file, group, authority);
  return read.kind === 'bundle' ? read.sealed : assert.fail(read.fault);
}
