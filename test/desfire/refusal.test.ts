/** Cards of every kind, used or not, come in; each is refused in one sentence and left as it was, or becomes a badge beside what it carries. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../native/desfire/diversification.ts';
import { type PersonaliseOptions, personalise } from '../../native/desfire/personalisation.ts';
import type { Stopped } from '../../native/desfire/refusals.ts';
import { rotate } from '../../native/desfire/rotation.ts';
import type { SoftwareCard } from '../cards/card.ts';
import type { DesfireCard } from '../cards/desfire/card.ts';
import { echoCard } from '../cards/echo.ts';
import { hex, text } from './hex.ts';
import { aid, assertFinished, picc, remembered } from './memory.ts';
import { badgeOf, madeBadge, newCard, options, overheard, random, site, uid } from './rig.ts';

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

test('a card master key of AES zeros is replaced as the factory’s DES zeros are', async () => {
  const card = used((each) => void Object.assign(picc(each).keys[0] ?? {}, { value: Buffer.alloc(16), version: 0, kind: 'aes' }));
  badgeOf(await personalise(overheard(card).transmit, options()));
  assertFinished(card, 1, false);
  assert.equal(text(picc(card).keys[0]?.value ?? hex('')), text(keyOf(site, { uid: hex(uid), aid: hex('000000'), keyNo: 0, keyVersion: 1 })));
  assert.equal(picc(card).settings, 0x09);
});

test('a site that no badge can be made for is the caller’s mistake, said before any command', async () => {
  const { transmit, all } = overheard(newCard());
  for (const wrong of [{ masterKey: hex('00') }, { aid: hex('000000') }, { aid: hex('5457') }, { systemId: hex('') }, { systemId: Buffer.alloc(20) }]) {
    await assert.rejects(() => personalise(transmit, options({ site: { ...site, ...wrong } })), RangeError);
  }
  assert.equal(all.length, 0);
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
