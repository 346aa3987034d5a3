/** Genuine badges, clones, replays and liars come in; only the genuine badge is proved, and every other gets a reason, without an exception and without an end to wait for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBadgeNumber } from '../../native/desfire/badge-number.ts';
import { proveAes } from '../../native/desfire/proof.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { desfireCard } from '../cards/desfire/card.ts';
import { hex, scripted, text } from './hex.ts';
import { madeBadge, newCard, overheard, plain, prover, random, unproved } from './rig.ts';

const { card: genuine, badge } = await madeBadge();
const prove = prover(badge);

test('a genuine badge: four APDUs, five with its number, and how many bytes', async () => {
  genuine.powered();
  const alone = overheard(genuine);
  assert.deepEqual(await proveAes(alone.transmit, badge, random), { kind: 'proved' });
  assert.deepEqual(
    alone.all.map(({ command, response }) => [text(command.subarray(0, 2)), command.length, response.length]),
    [
      ['905A', 9, 2],
      ['9071', 8, 18],
      ['90AF', 38, 34],
      ['9051', 14, 26],
    ],
  );
  genuine.powered();
  const found = overheard(genuine);
  const read = await readBadgeNumber(found.transmit, badge.aid);
  assert.deepEqual(read, { kind: 'number', number: badge.number });
  assert.deepEqual(await proveAes(found.transmit, badge, random, 'application'), { kind: 'proved' });
  assert.deepEqual(
    found.all.map(({ command, response }) => [text(command.subarray(0, 2)), command.length, response.length]),
    [
      ['905A', 9, 2],
      ['90BD', 13, 18],
      ['9071', 8, 18],
      ['90AF', 38, 34],
      ['9051', 14, 26],
    ],
  );
});

test('nothing secret and no UID goes over the air', async () => {
  genuine.powered();
  const { transmit, all } = overheard(genuine);
  await proveAes(transmit, badge, random);
  const said = all.map(({ command, response }) => text(command) + text(response)).join(' ');
  assert.ok(!said.includes(text(badge.key)) && !said.includes(text(badge.uid)));
});

test('a copied UID, another badge, another key, no application: unproved, whatever else it answers', async () => {
  const other = await madeBadge({}, 'EV3', '04FFEEDDCCBBAA');
  assert.deepEqual(await prove(plain), unproved('missing'));
  assert.deepEqual(await prove(newCard()), unproved('missing'));
  assert.deepEqual(await prove(newCard('EV1')), unproved('missing'));
  assert.deepEqual(await prove(other.card), unproved('wrong'));
  assert.deepEqual(await prove(genuine, other.badge), unproved('wrong'));
  // Everything of the badge but the key, as whoever reads it out over the air can have it.
  const cloned = structuredCloneOf(genuine);
  Object.assign(cloned.memory.applications.get('545701')?.keys[1] ?? {}, { value: Buffer.alloc(16) });
  assert.deepEqual(await prove(cloned), unproved('wrong'));
  // The key on a card with another UID: a clone made from a stolen station's record, on a genuine chip.
  const onOtherChip = structuredCloneOf(genuine, '04112233445566');
  assert.deepEqual(await prove(onOtherChip), unproved('wrong'));
  assert.deepEqual(await prove(genuine), { kind: 'proved' });
});

function structuredCloneOf(card: typeof genuine, uid = '04A1B2C3D4E5F6'): typeof genuine {
  const copy = newCard('EV2', uid);
  for (const [aid, { settings, keys, files }] of card.memory.applications)
    copy.memory.applications.set(aid, { settings, keys: keys.map((key) => ({ ...key })), files: new Map(files) });
  return copy;
}

test('an EV1 with our application does not know the command', async () => {
  const old = newCard('EV1');
  for (const [aid, application] of genuine.memory.applications) old.memory.applications.set(aid, application);
  assert.deepEqual(await prove(old), unproved('missing'));
});

test('a badge that leaves at any APDU is gone, and its number is too', async () => {
  for (let at = 0; at < 4; at++) {
    genuine.powered();
    assert.deepEqual(await proveAes(overheard(genuine, (response, now) => (now === at ? null : response)).transmit, badge, random), unproved('gone'));
  }
  for (let at = 0; at < 2; at++) {
    genuine.powered();
    assert.deepEqual(await readBadgeNumber(overheard(genuine, (response, now) => (now === at ? null : response)).transmit, badge.aid), { kind: 'none', because: 'gone' });
  }
});

test('a whole proof replayed proves nothing, the challenge being new', async () => {
  genuine.powered();
  const heard = overheard(genuine);
  assert.deepEqual(await proveAes(heard.transmit, badge, random), { kind: 'proved' });
  const replay = (): SoftwareCard => {
    let at = 0;
    return { ...plain, powered: () => void (at = 0), respond: () => heard.all[at++]?.response ?? Uint8Array.of(0x91, 0xae) };
  };
  assert.deepEqual(await prove(replay()), unproved('wrong'));
  // The first frame replayed, the rest by the genuine card: two cryptograms of two sessions.
  const mixed = overheard(genuine, (response, at) => (at === 1 ? (heard.all[1]?.response ?? response) : response));
  genuine.powered();
  assert.deepEqual(await proveAes(mixed.transmit, badge, random), unproved('wrong'));
  // The UID of an earlier session, on the genuine card's authentication.
  const stale = overheard(genuine, (response, at) => (at === 3 ? (heard.all[3]?.response ?? response) : response));
  genuine.powered();
  assert.deepEqual(await proveAes(stale.transmit, badge, random), unproved('wrong'));
});

test('our own cryptogram sent back is not the card’s', async () => {
  const mirror: SoftwareCard = {
    ...plain,
    respond: (command) =>
      command[1] === 0x5a ? hex('9100') : command[1] === 0x71 ? Uint8Array.of(...new Uint8Array(16), 0x91, 0xaf) : Uint8Array.of(...command.subarray(5, -1), 0x91, 0x00),
  };
  assert.deepEqual(await prove(mirror), unproved('wrong'));
});

test('a number of another length, another status or none: no number', async () => {
  for (let length = 0; length <= 260; length++) {
    if (length === 16) continue;
    genuine.powered();
    const resized = overheard(genuine, (response, at) => (at === 1 ? Uint8Array.of(...new Uint8Array(length), 0x91, 0x00) : response));
    assert.deepEqual(await readBadgeNumber(resized.transmit, badge.aid), { kind: 'none', because: 'malformed' });
  }
  assert.deepEqual(await readBadgeNumber(overheard(plain).transmit, badge.aid), { kind: 'none', because: 'missing' });
  const withoutFile = structuredCloneOf(genuine);
  withoutFile.memory.applications.get('545701')?.files.clear();
  assert.deepEqual(await readBadgeNumber(overheard(withoutFile).transmit, badge.aid), { kind: 'none', because: 'missing' });
});

test('keys given in are left to the caller, the random numbers asked for are 16 bytes, once', async () => {
  const before = text(badge.key);
  genuine.powered();
  assert.deepEqual(await proveAes(overheard(genuine).transmit, badge, scripted('13C5DB8A5930439FC3DEF9A4C675360F')), { kind: 'proved' });
  assert.equal(text(badge.key), before);
});

test('the card itself refuses what is out of order or damaged', () => {
  const card = desfireCard(genuine.memory);
  const say = (command: string): string => text(card.respond(hex(command)));
  assert.equal(say('90AF000000'), '91CA', 'nothing to go on with');
  assert.equal(say('905A00000311223300'), '91A0');
  assert.equal(say('905A0000021122 00'), '917E');
  assert.equal(say('905A00000354570100'), '9100');
  assert.equal(say('9071000002050000'), '9140', 'no such key');
  assert.equal(say('90770000010100'), '91AE', 'no session to go on with');
  assert.equal(say('9071000001 0100'), '917E');
  assert.equal(text(card.respond(hex('9071000002010000')).slice(-2)), '91AF');
  assert.equal(say('9051000000'), '91CA', 'another command instead of the second frame');
  assert.equal(text(card.respond(hex('9071000002010000')).slice(-2)), '91AF');
  assert.equal(say(`90AF000020${'00'.repeat(32)}00`), '91AE');
  assert.equal(say('90BD00000702000000100000 00'), '91F0', 'no such file');
  assert.equal(say('90BD00000701000000110000 00'), '91BE', 'beyond its end');
  assert.equal(say('903D00000801000000010000AA00'), '91AE', 'no right to write');
  assert.equal(say('90EE000000'), '911C');
  assert.equal(say('00A4040000'), '6E00');
  assert.equal(say('905A000003545701'), '6700');
});
