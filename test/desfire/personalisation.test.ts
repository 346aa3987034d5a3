/** Cards of every kind come in, pulled at every moment; badges that prove themselves, or one sentence, must go out, and no card is ever erased. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { readBadgeNumber, uidInside } from '../../native/desfire/badge-number.ts';
import { keyOf } from '../../native/desfire/diversification.ts';
import { type PersonaliseOptions, personalise } from '../../native/desfire/personalisation.ts';
import { proveAes } from '../../native/desfire/proof.ts';
import type { Stopped } from '../../native/desfire/refusals.ts';
import { type RotateOptions, rotate } from '../../native/desfire/rotation.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { type DesfireCard, desfireCard } from '../cards/desfire/card.ts';
import { echoCard } from '../cards/echo.ts';
import { hex, text } from './hex.ts';
import { badgeOf, factory, madeBadge, newCard, options, overheard, pulled, random, site, uid } from './rig.ts';

const aid = '545701';
const picc = (card: DesfireCard) => card.memory.picc;
const application = (card: DesfireCard) => {
  const found = card.memory.applications.get(aid);
  assert.ok(found);
  return found;
};

/** All that a finished badge must have, read from the card's own memory. */
function assertFinished(card: DesfireCard, version: number, randomUid: boolean): void {
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

/** All of a card's lasting memory as text. */
const remembered = (card: SoftwareCard): string =>
  JSON.stringify('memory' in card ? card.memory : null, (_, value: unknown) => (value instanceof Map ? [...value.entries()] : value));

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

/** A card that somebody has used before. */
function used(change: (card: DesfireCard) => void): DesfireCard {
  const card = newCard();
  change(card);
  return card;
}
const otherApplication = (card: DesfireCard): void => void card.memory.applications.set('f48120', { settings: 0x0b, keys: [], files: new Map() });
const closeCard = (card: DesfireCard): void => void Object.assign(picc(card), { settings: 0x09 });
const aesCard = (card: DesfireCard): void => void Object.assign(picc(card).keys[0] ?? {}, { value: Buffer.alloc(16, 7), version: 1, kind: 'aes' });
const known = { kind: 'aes', key: Buffer.alloc(16, 7) } as const;
const unknown = { kind: 'unknown' } as const;
const notOursCard = used(
  (card) =>
    void card.memory.applications.set(aid, {
      settings: 0x0b,
      keys: [0, 1].map((seed) => ({ value: Buffer.alloc(16, seed + 5), version: 0, kind: 'aes' as const })),
      files: new Map(),
    }),
);

const halfMade = (keys: number, files: readonly number[]): DesfireCard =>
  used((card) => {
    const file = { comm: 0, rights: 0xeeee, data: Buffer.alloc(4) };
    const zeroKeys = Array.from({ length: keys }, () => ({ value: Buffer.alloc(16), version: 0, kind: 'aes' as const }));
    card.memory.applications.set(aid, { settings: 0x0f, keys: zeroKeys, files: new Map(files.map((fileNo) => [fileNo, file])) });
  });

const refusals: readonly (readonly [what: string, card: SoftwareCard, changes: Partial<PersonaliseOptions>, because: Extract<Stopped, { kind: 'refused' }>['because']])[] = [
  ['an EV1', newCard('EV1'), {}, 'old'],
  ['a Light', newCard('Light'), {}, 'light'],
  ['a phone', newCard('phone'), {}, 'emulation'],
  ['a card without DESFire commands', echoCard('04010203040506', () => Uint8Array.of(0x6d, 0x00)), {}, 'noDesfire'],
  ['a card that echoes', echoCard('04010203040506'), {}, 'noDesfire'],
  ['applications of others', used(otherApplication), {}, 'otherApplications'],
  ['a card that does not list', used(closeCard), { cardMasterKey: unknown }, 'unlistable'],
  ['a card that lets no one create', used(closeCard), { cardMasterKey: unknown, besideOthers: true }, 'noCreation'],
  ['another card master key', used(aesCard), {}, 'cardKey'],
  ['another card master key than the one given', used(aesCard), { cardMasterKey: { kind: 'aes', key: Buffer.alloc(16, 8) } }, 'cardKey'],
  ['a hidden UID', used((card) => void (card.memory.randomUid = true)), { cardMasterKey: unknown }, 'hiddenUid'],
  ['random UIDs without the key', newCard(), { cardMasterKey: unknown, randomUid: true }, 'randomNeedsKey'],
  ['an application of this number with other keys', notOursCard, {}, 'otherSite'],
  ['an application of this number that somebody else has begun', halfMade(3, []), {}, 'otherLayout'],
  ['an application of this number with files of somebody else', halfMade(2, [2]), {}, 'otherLayout'],
];

test('every card that is refused gets one sentence, and is left as it was', async () => {
  for (const [what, card, changes, because] of refusals) {
    const before = remembered(card);
    const outcome = await personalise(overheard(card).transmit, options(changes));
    assert.ok(outcome.kind === 'refused', `${what}: ${outcome.kind}`);
    assert.equal(outcome.because, because, what);
    assert.match(outcome.why, /^[A-Z][^.]*\.$/, what);
    assert.equal(remembered(card), before, what);
  }
});

test('a badge of another site or version is refused with what it is', async () => {
  const { card } = await madeBadge({ cardMasterKey: unknown });
  const other = { ...site, masterKey: hex('505152535455565758595A5B5C5D5E5F') };
  const because = async (changes: Partial<PersonaliseOptions>) => {
    const outcome = await personalise(overheard(card).transmit, options({ cardMasterKey: unknown, ...changes }));
    return outcome.kind === 'refused' ? outcome.because : outcome.kind;
  };
  assert.equal(await because({ site: other }), 'otherSite');
  assert.equal(await because({ keyVersion: 2 }), 'otherVersion');
  const rotated = await rotate(overheard(card).transmit, { from: { site: other, keyVersion: 1 }, to: { site: other, keyVersion: 2 }, random });
  assert.deepEqual(rotated.kind === 'refused' && rotated.because, 'otherSite');
  const late = await rotate(overheard(card).transmit, { from: { site, keyVersion: 5 }, to: { site, keyVersion: 6 }, random });
  assert.deepEqual(late.kind === 'refused' && late.because, 'otherVersion');
  const blank = await rotate(overheard(newCard()).transmit, { from: { site, keyVersion: 1 }, to: { site, keyVersion: 2 }, random });
  assert.deepEqual(blank.kind === 'refused' && blank.because, 'notOurs');
  await assert.rejects(() => personalise(overheard(card).transmit, options({ keyVersion: 0 })), RangeError);
  await assert.rejects(() => rotate(overheard(card).transmit, { from: { site, keyVersion: 1 }, to: { site, keyVersion: 1 }, random }), RangeError);
});

test('told so, ours stands beside others; with a known key, on a closed card with a hidden UID', async () => {
  const beside = used(otherApplication);
  badgeOf(await personalise(overheard(beside).transmit, options({ besideOthers: true, cardMasterKey: unknown })));
  assert.deepEqual([...beside.memory.applications.keys()], ['f48120', aid]);
  const closed = used((card) => {
    closeCard(card);
    aesCard(card);
    card.memory.randomUid = true;
  });
  badgeOf(await personalise(overheard(closed).transmit, options({ cardMasterKey: known, randomUid: true })));
  assertFinished(closed, 1, true);
  assert.equal(text(picc(closed).keys[0]?.value ?? hex('')), '07'.repeat(16), 'a key that somebody else manages stays');
});

test('a long list of applications comes in frames and is read to its end', async () => {
  const card = used((each) => {
    for (let at = 0; at < 40; at++) each.memory.applications.set(`aa00${at.toString(16).padStart(2, '0')}`, { settings: 0x0f, keys: [], files: new Map() });
  });
  const { transmit, all } = overheard(card);
  const outcome = await personalise(transmit, options());
  assert.equal(outcome.kind === 'refused' && outcome.because, 'otherApplications');
  assert.equal(all.filter(({ command }) => command[1] === 0xaf).length, 2 + 2, 'two more frames of the version, two more of the list');
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
  assert.equal(factory.kind, 'factory');
});
