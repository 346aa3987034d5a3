/** A software card comes in, what its lasting memory holds goes out, and whether that is a finished badge. */
import assert from 'node:assert/strict';
import { uidInside } from '../../native/desfire/badge-number.ts';
import { keyOf } from '../../native/desfire/diversification.ts';
import type { SoftwareCard } from '../cards/card.ts';
import type { DesfireCard } from '../cards/desfire/card.ts';
import { hex, text } from './hex.ts';
import { site, uid } from './rig.ts';

export const aid = '545701';
export const picc = (card: DesfireCard) => card.memory.picc;
export const application = (card: DesfireCard) => {
  const found = card.memory.applications.get(aid);
  assert.ok(found);
  return found;
};

/** All that a finished badge must have, read from the card's own memory. */
export function assertFinished(card: DesfireCard, version: number, randomUid: boolean): void {
  const { settings, keys, files } = application(card);
  assert.equal(settings, 0x09);
  const expected = [0, 1].map((keyNo) => keyOf(site, { uid: hex(uid), aid: hex(aid), keyNo, keyVersion: version }));
  assert.deepEqual(
    keys.map((key) => [text(key.value), key.version]),
    expected.map((key) => [text(key), version]),
  );
  const [file, ...others] = [...files.entries()];
  assert.ok(file);
  assert.deepEqual([file[0], file[1].comm, file[1].rights, others.length], [1, 3, 0xe000, 0]);
  assert.equal(text(uidInside(site, file[1].data) ?? hex('')), uid);
  assert.equal(card.memory.randomUid, randomUid);
  assert.equal(card.memory.formats, 0);
}

/** All of a card's lasting memory as text. */
export const remembered = (card: SoftwareCard): string =>
  JSON.stringify('memory' in card ? card.memory : null, (_, value: unknown) => (value instanceof Map ? [...value.entries()] : value));
