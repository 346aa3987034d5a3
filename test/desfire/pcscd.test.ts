/** DESFire cards in software lie on readers of a real pcscd; they are personalised, rotated and prove themselves through the reader program, as at a station. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transmit } from '../../core/ports.ts';
import { readBadgeNumber } from '../../native/desfire/badge-number.ts';
import { personalise } from '../../native/desfire/personalisation.ts';
import { proveAes } from '../../native/desfire/proof.ts';
import { rotate } from '../../native/desfire/rotation.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { openStation, type Station, skip } from '../pcsc/station.ts';
import { inField } from '../virtual-reader/card.ts';
import { text } from './hex.ts';
import { badgeOf, madeBadge, newCard, options, random, site } from './rig.ts';

type Stay = { readonly transmit: Transmit; readonly uid: Uint8Array };

/** One stay in the field: what the card is asked, from its reading to its end. */
async function stay<T>({ stand, log }: Station, card: SoftwareCard, use: (stay: Stay) => Promise<T>): Promise<T> {
  stand.insert(1, inField(card));
  const [, read] = await log.next(['arrived', 'read']);
  const outcome = await use(read);
  stand.remove(1);
  await log.next(['gone']);
  return outcome;
}

test('personalised, found by its number, proved and rotated through pcscd; a clone is not', { skip }, async () => {
  await using station = await openStation();
  await station.log.next(['service', 'readerFound']);
  const card = newCard('EV3');

  const badge = badgeOf(await stay(station, card, ({ transmit }) => personalise(transmit, options({ randomUid: true }))));
  const tap = (each: SoftwareCard, record = badge) =>
    stay(station, each, async ({ transmit, uid }) => {
      const read = await readBadgeNumber(transmit, site.aid);
      return { uid: text(uid), read, proof: await proveAes(transmit, record, random, 'application') };
    });
  const [one, two] = [await tap(card), await tap(card)];
  for (const { uid, read, proof } of [one, two]) {
    assert.match(uid, /^08.{6}$/);
    assert.deepEqual(read, { kind: 'number', number: badge.number });
    assert.deepEqual(proof, { kind: 'proved' });
  }
  assert.notEqual(one.uid, two.uid);

  const clone = (await madeBadge({ site: { ...site, masterKey: Buffer.alloc(16, 1) } }, 'EV3')).card;
  clone.memory.applications.get('545701')?.files.get(1)?.data.set(badge.number);
  const copied = await tap(clone);
  assert.deepEqual(copied.read, { kind: 'number', number: badge.number }, 'it says the same number');
  assert.deepEqual(copied.proof, { kind: 'unproved', because: 'wrong' });

  const turned = badgeOf(await stay(station, card, ({ transmit }) => rotate(transmit, { from: { site, keyVersion: 1 }, to: { site, keyVersion: 2 }, random })));
  assert.deepEqual((await tap(card)).proof, { kind: 'unproved', because: 'wrong' });
  assert.deepEqual((await tap(card, turned)).proof, { kind: 'proved' });
});

test('taken away in the middle: gone, at once, and the next stay finishes', { skip }, async () => {
  await using station = await openStation();
  const { stand, log } = station;
  await log.next(['service', 'readerFound']);
  const card = newCard();
  stand.insert(1, inField(card));
  const [, { transmit }] = await log.next(['arrived', 'read']);
  let left = 20;
  const leaving: Transmit = (command) => {
    if (--left === 0) stand.remove(1);
    return transmit(command);
  };
  const torn = await personalise(leaving, options());
  assert.equal(torn.kind, 'gone');
  await log.next(['gone']);
  const badge = badgeOf(await stay(station, card, (next) => personalise(next.transmit, options())));
  assert.deepEqual(await stay(station, card, (next) => proveAes(next.transmit, badge, random)), { kind: 'proved' });
});
