/** A session with a card in software comes in; what the commands do inside it, how it goes on with another key and how it ends, is held to the protocol. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authenticateFirst, authenticateNext } from '../../native/desfire/authentication.ts';
import {
  changeKeySettings,
  createDataFile,
  fileSettings,
  getApplicationIds,
  getCardUid,
  getFileIds,
  getFileSettings,
  getKeySettings,
  getKeyVersion,
  readData,
  selectApplication,
  writeData,
} from '../../native/desfire/commands.ts';
import { Session } from '../../native/desfire/session.ts';
import type { DesfireCard } from '../cards/desfire/card.ts';
import { hex, text } from './hex.ts';
import { newCard, overheard, random, uid } from './rig.ts';

const aid = hex('AABBCC');
const keys = [0, 1].map((keyNo) => ({ keyNo, key: Buffer.alloc(16, keyNo + 1) }));
const [master = { keyNo: 0, key: Buffer.alloc(0) }, reader = master] = keys;

/** An application with two keys, free to list, selected; and a session with its master key. */
async function opened(card: DesfireCard = newCard()) {
  card.memory.applications.set('aabbcc', { settings: 0x0f, keys: keys.map(({ key }) => ({ value: Buffer.from(key), version: 3, kind: 'aes' as const })), files: new Map() });
  const { transmit, all } = overheard(card);
  assert.equal((await selectApplication(transmit, aid)).kind, 'ok');
  const begun = await authenticateFirst(transmit, master, random);
  assert.ok(begun.kind === 'ok');
  return { card, transmit, all, session: begun.value };
}

test('one session carries many commands in every mode, and another key on its way', async () => {
  const { transmit, session, all } = await opened();
  const rights = { read: 1, write: 0, readWrite: 0, change: 0 };
  assert.deepEqual(await createDataFile(transmit, session, 5, rights, 40), { kind: 'ok', value: null });
  const data = random(40);
  assert.deepEqual(await writeData(transmit, session, 5, data), { kind: 'ok', value: null });
  assert.ok(!all.some(({ command }) => text(command).includes(text(data.subarray(0, 8)))), 'it went enciphered');
  const settings = await getFileSettings(transmit, session, 5);
  assert.ok(settings.kind === 'ok');
  assert.deepEqual(settings.value, fileSettings(rights, 40));
  const ids = await getFileIds(transmit, session);
  assert.ok(ids.kind === 'ok');
  assert.deepEqual([...ids.value], [5]);
  const version = await getKeyVersion(transmit, session, 1);
  assert.deepEqual(version, { kind: 'ok', value: 3 });

  assert.ok((await authenticateNext(transmit, session, reader, random)).kind === 'ok');
  const read = await readData(transmit, session, 5, 40);
  assert.ok(read.kind === 'ok');
  assert.equal(text(read.value), text(data));
  const found = await getCardUid(transmit, session);
  assert.ok(found.kind === 'ok');
  assert.equal(text(found.value), uid);
  assert.deepEqual(await writeData(transmit, session, 5, data), { kind: 'status', status: 0x9d }, 'key 1 may only read');
  assert.ok(session.isOver);
  assert.throws(() => session.secured({ ins: 0x51, header: hex(''), data: hex(''), mode: 'full' }), /over/);
});

test('settings are changed by the master key alone', async () => {
  const { card, transmit, session } = await opened();
  assert.equal((await changeKeySettings(transmit, session, 0x09)).kind, 'ok');
  const said = await getKeySettings(transmit, session);
  assert.ok(said.kind === 'ok');
  assert.equal(text(said.value), '0982');
  assert.equal((await authenticateNext(transmit, session, reader, random)).kind, 'ok');
  assert.deepEqual(await changeKeySettings(transmit, session, 0x0f), { kind: 'status', status: 0x9d });
  assert.equal(card.memory.applications.get('aabbcc')?.settings, 0x09);
});

test('a wrong key for the second authentication ends the session', async () => {
  const { transmit, session } = await opened();
  assert.deepEqual(await authenticateNext(transmit, session, { keyNo: 1, key: Buffer.alloc(16) }, random), { kind: 'wrong' });
  assert.ok(session.isOver);
});

test('a command the card did not get makes the counters part, and the next answer is refused', async () => {
  const { card, session } = await opened();
  // What was lost on the way is answered as if it had come: with an older answer, or with none.
  session.opened(new Uint8Array(), 'plain');
  assert.deepEqual(await getApplicationIds(overheard(card).transmit, session), { kind: 'status', status: 0x1e });
});

test('the end of a session overwrites its keys', async () => {
  const held = { enc: Uint8Array.from(Buffer.alloc(16, 1)), mac: Uint8Array.from(Buffer.alloc(16, 2)) };
  const next = { enc: Uint8Array.from(Buffer.alloc(16, 3)), mac: Uint8Array.from(Buffer.alloc(16, 4)) };
  const zero = new Uint8Array(16);
  const session = new Session(held, hex('00000000'));
  session.rekey(next);
  assert.deepEqual([held.enc, held.mac], [zero, zero]);
  assert.deepEqual(session.opened(Buffer.alloc(9), 'mac'), { kind: 'wrong' });
  assert.deepEqual([next.enc, next.mac], [zero, zero]);
});
