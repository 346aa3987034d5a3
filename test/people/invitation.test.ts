/** Invitations and codes come in, right, wrong, old, changed and used already; who is in the group afterwards, with which rights, goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Invitation, isCode, newCode, openInvitation, readInvitation } from '../../agent/group/invitation.ts';
import type { GroupRefusal } from '../../agent/group/refusal.ts';
import { random, seed } from '../store/random.ts';
import { groupOf, joined, station } from './group-place.ts';

const refusal = (because: GroupRefusal['because']): GroupRefusal => ({ kind: 'groupRefusal', because });

test('a code of 132 bits tells a slip of the hand; no two are the same', () => {
  const code = newCode();
  assert.ok(isCode(code));
  for (let at = 0; at < code.length; at++) {
    const slipped = Uint8Array.from(code);
    slipped[at] = ((slipped[at] ?? 0) + 1) % 10;
    assert.ok(!isCode(slipped), `a slip at ${at}`);
  }
  assert.ok(!isCode(code.subarray(1)) && !isCode(new Uint8Array()));
  const many = Array.from({ length: 300 }, newCode);
  assert.equal(new Set(many.map((one) => one.join(''))).size, many.length);
  const counts = Array.from({ length: 10 }, (_, digit) => many.reduce((sum, one) => sum + one.filter((d) => d === digit).length, 0));
  assert.ok(Math.min(...counts) > 1_000, `digits are drawn alike: ${counts.join(' ')}`);
});

test('an invitation opens with its own code alone, until it runs out, once at a station, and only where nobody is enrolled', async (t) => {
  const [a] = groupOf(t, []);
  const [code, other] = [newCode(), newCode()];
  const invited = a.group.invite('import', 24, code, 'test');
  assert.ok(invited.kind === 'invited');
  const b = station(t);
  const before = b.ledger.count;
  assert.deepEqual(b.group.join(invited.invitation, other, 'test'), refusal('wrongCode'));
  assert.deepEqual(b.group.join(invited.invitation, code.subarray(0, 43), 'test'), refusal('mistypedCode'));
  assert.deepEqual(b.group.join('{}', code, 'test'), refusal('notInvitation'));
  assert.deepEqual(b.group.join('', code, 'test'), refusal('notInvitation'));
  b.wall.now = invited.until;
  assert.deepEqual(b.group.join(invited.invitation, code, 'test'), refusal('expired'));
  b.wall.now -= 1;
  assert.equal(b.ledger.count, before, 'a refusal leaves no entry and no keys');
  assert.equal(b.store.keysFor('bundle').length, 0);
  assert.equal(b.group.join(invited.invitation, code, 'test').kind, 'group');
  assert.deepEqual(b.group.join(invited.invitation, code, 'test'), refusal('inGroup'), 'used again');
  assert.deepEqual(b.group.create('test'), refusal('inGroup'));
  const c = station(t);
  await c.enrol('Ana', '04a1b2c3d4e5f6', '294673');
  assert.deepEqual(c.group.join(invited.invitation, code, 'test'), refusal('hasPeople'));
  assert.deepEqual(
    a.entries().flatMap(({ entry }) => (entry.kind === 'invited' ? [entry.invitation] : [])),
    [invited.id],
  );
  assert.deepEqual(
    b.entries().flatMap(({ entry }) => (entry.kind === 'group' ? [[entry.change, entry.invitation, entry.may]] : [])),
    [['joined', invited.id, 'import']],
  );
});

test('what the invitation says cannot be changed: how long, to what, for which group', (t) => {
  const [a] = groupOf(t, []);
  const code = newCode();
  const invited = a.group.invite('import', 1, code, 'test');
  assert.ok(invited.kind === 'invited');
  const b = station(t);
  const read = JSON.parse(invited.invitation) as Record<string, unknown>;
  for (const change of [{ until: Number(read['until']) + 1 }, { may: 'export' }, { group: 'f'.repeat(16) }, { id: 'f'.repeat(16) }]) {
    assert.deepEqual(b.group.join(JSON.stringify({ ...read, ...change }), code, 'test'), refusal('wrongCode'), JSON.stringify(change));
  }
  assert.deepEqual(b.group.join(JSON.stringify({ ...read, note: 'x' }), code, 'test'), refusal('notInvitation'));
  const invitation = readInvitation(invited.invitation) ?? assert.fail();
  const from = random(seed);
  const bytes = Buffer.from(invited.invitation);
  for (let i = 0; i < 3_000; i++) {
    const torn = Buffer.from(bytes);
    torn[from.below(torn.length)] = from.below(256);
    if (torn.equals(bytes)) continue;
    const parsed = readInvitation(torn.toString());
    if (parsed !== null && meaning(parsed) !== meaning(invitation)) assert.equal(openInvitation(parsed, code), null);
  }
});

/** The last letter of base64 has bits that say nothing. */
const meaning = ({ salt, sealed, ...rest }: Invitation): string =>
  JSON.stringify([rest, Buffer.from(salt, 'base64url').toString('hex'), Buffer.from(sealed, 'base64url').toString('hex')]);

test('who only imports cannot invite, nor sign what others believe; who may export can do both', (t) => {
  const [a, importing, exporting] = groupOf(t, ['import', 'export']);
  assert.ok(importing !== undefined && exporting !== undefined);
  assert.equal(importing.store.keysFor('authority').length, 0);
  assert.deepEqual(importing.group.invite('import', 1, newCode(), 'test'), refusal('mayNotInvite'));
  assert.deepEqual(station(t).group.invite('import', 1, newCode(), 'test'), refusal('noGroup'));
  const further = joined(t, exporting, 'export');
  assert.equal(further.group.state()?.group, a.group.state()?.group);
  assert.equal(further.group.state()?.may, 'export');
});

test('an invitation holds no key that can be read, and neither do ledgers', (t) => {
  const [a] = groupOf(t, []);
  const code = newCode();
  const invited = a.group.invite('export', 1, code, 'test');
  assert.ok(invited.kind === 'invited');
  const said = invited.invitation + JSON.stringify(a.entries());
  for (const purpose of ['pepper', 'badgeIndex', 'bundle', 'authority', 'station'] as const) {
    const raw = a.store.keysFor(purpose).at(-1)?.key.export() ?? assert.fail();
    for (const form of ['hex', 'base64', 'base64url'] as const) assert.ok(!said.includes(raw.toString(form)), purpose);
  }
  assert.ok(!said.includes(code.join('')));
});
