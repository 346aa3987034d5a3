/** Cards of every kind come in, pulled at every moment; badges that prove themselves, or one sentence, must go out, and no card is ever erased. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { readBadgeNumber, uidInside } from '../../native/desfire/badge-number.ts';
import { keyOf } from '../../native/desfire/diversification.ts';
import { personalise } from '../../native/desfire/personalisation.ts';
import { proveAes } from '../../native/desfire/proof.ts';
import { type RotateOptions, rotate } from '../../native/desfire/rotation.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { desfireCard } from '../cards/desfire/card.ts';
import { hex, text } from './hex.ts';
import { aid, application, assertFinished, picc, remembered } from './memory.ts';
import { badgeOf, madeBadge, newCard, options, overheard, pulled, random, site, uid } from './rig.ts';

test('a blank EV2 and EV3 become badges that prove themselves, in four or five steps', async () => {
  for (const generation of ['EV2', 'EV3'] as const) {
    for (const randomUid of [false, true]) {
      const card = newCard(generation);
      const steps: string[] = [];
      const badge = badgeOf(await personalise(overheard(card).transmit, options({ randomUid, progress: (step, at, of) => steps.push(`${step} ${at}/${of}`) })));
      assert.deepEqual(steps, randomUid ? ['card 1/5', 'application 2/5', 'keys 3/5', 'randomUid 4/5', 'check 5/5'] : ['card 1/4', 'application 2/4', 'keys 3/4', 'check 4/4']);
      assertFinished(card, 1, randomUid);
      assert.deepEqual([text(badge.uid), text(badge.aid), badge.keyNo, badge.keyVersion], [uid, aid, 1, 1]);
      assert.equal(picc(card).settings, 0x09);
      assert.deepEqual(text(picc(card).keys[0]?.value ?? hex('')), text(keyOf(site, { uid: hex(uid), aid: hex('000000'), keyNo: 0, keyVersion: 1 })));
      card.powered();
      assert.equal(card.uid().length, randomUid ? 4 : 7);
      const read = await readBadgeNumber(overheard(card).transmit, hex(aid));
      assert.ok(read.kind === 'number');
      assert.deepEqual(read.number, badge.number);
      assert.deepEqual(await proveAes(overheard(card).transmit, badge, random, 'application'), { kind: 'proved' });
      card.powered();
      assert.equal((await proveAes(overheard(card).transmit, badge, random, 'application')).kind, 'unproved', 'power-up forgets the selection');
      assert.deepEqual(await proveAes(overheard(card).transmit, badge, random), { kind: 'proved' });
    }
  }
});

test('a finished badge is finished again without a change', async () => {
  const { card, badge } = await madeBadge({ randomUid: true });
  const before = remembered(card);
  const again = badgeOf(await personalise(overheard(card).transmit, options({ randomUid: true })));
  assert.deepEqual(again, badge);
  assert.equal(remembered(card), before);
});

/** How many APDUs a whole run takes. */
const lengthOf = async (run: (card: ReturnType<typeof overheard>) => Promise<unknown>, card: SoftwareCard): Promise<number> => {
  const whole = overheard(card);
  await run(whole);
  return whole.all.length;
};

for (const lost of ['answer', 'command'] as const) {
  test(`pulled at every single APDU, its ${lost} lost: the next run finishes`, async () => {
    const wanted = options({ randomUid: true });
    const count = await lengthOf(({ transmit }) => personalise(transmit, wanted), newCard());
    assert.ok(count > 35, `${count} APDUs`);
    for (let at = 0; at < count; at++) {
      const card = newCard();
      const torn = await personalise(pulled(card, at, lost), wanted);
      assert.equal(torn.kind, 'gone', `at ${at}: ${JSON.stringify(torn)}`);
      card.powered();
      badgeOf(await personalise(overheard(card).transmit, wanted));
      assertFinished(card, 1, true);
    }
  });

  test(`pulled five times, each time with the ${lost} lost: it still finishes`, async () => {
    const wanted = options({ randomUid: true });
    for (let round = 0; round < 8; round++) {
      const card = newCard();
      for (let pull = 0; pull < 5; pull++) {
        await personalise(pulled(card, randomInt(38), lost), wanted);
        card.powered();
      }
      badgeOf(await personalise(overheard(card).transmit, wanted));
      assertFinished(card, 1, true);
    }
  });

  test(`rotation pulled at every single APDU, its ${lost} lost: the next run finishes`, async () => {
    const newSite = { ...site, masterKey: hex('505152535455565758595A5B5C5D5E5F') };
    for (const wanted of [
      { from: { site, keyVersion: 1 }, to: { site, keyVersion: 2 }, random },
      { from: { site, keyVersion: 1 }, to: { site: newSite, keyVersion: 2 }, random },
    ] satisfies readonly RotateOptions[]) {
      const made = (await madeBadge()).card;
      const count = await lengthOf(({ transmit }) => rotate(transmit, wanted), made);
      for (let at = 0; at < count; at++) {
        const { card } = await madeBadge({ randomUid: at % 2 === 0 });
        const torn = await rotate(pulled(card, at, lost), wanted);
        assert.equal(torn.kind, 'gone', `at ${at}: ${JSON.stringify(torn)}`);
        card.powered();
        const badge = badgeOf(await rotate(overheard(card).transmit, wanted));
        card.powered();
        assert.deepEqual(await proveAes(overheard(card).transmit, badge, random), { kind: 'proved' });
        assert.equal(text(uidInside(wanted.to.site, badge.number) ?? hex('')), uid);
        assert.deepEqual(
          application(card)
            .keys.map(({ version }) => version)
            .concat(picc(card).keys[0]?.version ?? -1),
          [2, 2, 2],
        );
      }
    }
  });
}

test('rotation takes the old key’s worth away and keeps the number', async () => {
  const { card, badge } = await madeBadge();
  const turned = badgeOf(await rotate(overheard(card).transmit, { from: { site, keyVersion: 1 }, to: { site, keyVersion: 2 }, random }));
  assert.deepEqual(turned.number, badge.number);
  assert.notDeepEqual(turned.key, badge.key);
  card.powered();
  assert.deepEqual(await proveAes(overheard(card).transmit, badge, random), { kind: 'unproved', because: 'wrong' });
  assertFinished(card, 2, false);
  const again = await rotate(overheard(card).transmit, { from: { site, keyVersion: 1 }, to: { site, keyVersion: 2 }, random });
  assert.deepEqual(badgeOf(again), turned);
});

test('rotation leaves a card master key that is not the badge’s own', async () => {
  const card = newCard();
  Object.assign(picc(card).keys[0] ?? {}, { value: Buffer.alloc(16, 7), version: 9, kind: 'aes' });
  badgeOf(await personalise(overheard(card).transmit, options({ cardMasterKey: { kind: 'aes', key: Buffer.alloc(16, 7) } })));
  badgeOf(await rotate(overheard(card).transmit, { from: { site, keyVersion: 1 }, to: { site, keyVersion: 2 }, random }));
  assert.deepEqual(picc(card).keys[0], { value: Buffer.alloc(16, 7), version: 9, kind: 'aes' });
});

test('without the master key nothing of a finished badge is listed, made or changed, and it hides itself', async () => {
  const { card } = await madeBadge({ randomUid: true });
  const status = (command: string): string => text(card.respond(hex(command)).slice(-2));
  card.powered();
  assert.equal(status('906A000000'), '91AE');
  assert.equal(status('90CA000005AABBCC0F8100'), '91AE');
  assert.equal(status('905A00000354570100'), '9100');
  assert.deepEqual(
    [status('906F000000'), status('9045000000'), status('90F50000010100'), status('905400000109 00'), status('9051000000')],
    ['91AE', '91AE', '91AE', '91AE', '91AE'],
  );
  assert.equal(status('90CD0000070200EEEE10000000'), '91AE');
  assert.equal(status('903D000008010000000100005500'), '91AE');
  card.powered();
  const one = text(card.uid());
  card.powered();
  assert.notEqual(text(card.uid()), one);
  card.respond(hex('9060000000'));
  card.respond(hex('90AF000000'));
  assert.match(text(card.respond(hex('90AF000000'))), /^00000000000000/);
});

test('a new memory keeps what a card was', async () => {
  const { card, badge } = await madeBadge();
  assert.deepEqual(await proveAes(overheard(desfireCard(card.memory)).transmit, badge, random), { kind: 'proved' });
});
