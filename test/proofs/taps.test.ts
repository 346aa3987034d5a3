/** Cards that prove themselves, copies of them and cards that fell silent lie on the reader of a real pcscd; who is let in, and what the ledger says of it, goes out. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { storedAes } from '../../agent/proofs/record.ts';
import { personalise } from '../../native/desfire/personalisation.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { type Authority, asCa, asCard, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { badgeOf, newCard, options } from '../desfire/rig.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { skip, startWard, type Ward } from './ward.ts';

let ward: Ward;
let authority: Authority;
const card: Record<'aes' | 'hidden' | 'piv' | 'fido', SoftwareCard> = {} as never;
const aesUid = '04A1B2C3D4E5A1';
const fidoUid = '04f1d0c0ffee81';
const issued = (subject: string, uid: string) => {
  const root = authority.issue({ subject: `${subject} root`, by: null, extensions: asCa });
  const leaf = authority.issue({ subject, by: root, key: 'p256', extensions: asCard });
  return { root, card: pivCard({ certificate: leaf.der, key: leaf.key, uid: Uint8Array.from(Buffer.from(uid, 'hex')) }) };
};

before(async () => {
  if (skip !== false) return;
  authority = openAuthority();
  const { root, card: piv } = issued('Sam', '04a1b2c3d4e5b1');
  ward = await startWard({ pivRoots: authority.keep(root.pem), leastGrade: 'aes', takeOver: 'switch' });
  Object.assign(card, { aes: newCard('EV3', aesUid), hidden: newCard('EV2', '04A1B2C3D4E5A2'), piv, fido: softwareKey({ uid: fidoUid }) });
});
after(async () => {
  if (skip !== false) return;
  await ward[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
});

const lastPermit = () => ward.entries().findLast((e) => e.kind === 'permit');
const lastProof = () => ward.entries().findLast((e) => e.kind === 'proof');

test('a badge of each grade is enrolled at the reader', { skip }, async () => {
  for (const [which, randomUid] of [
    ['aes', false],
    ['hidden', true],
  ] as const) {
    const badge = badgeOf(await ward.open(card[which], ({ transmit }) => personalise(transmit, options({ randomUid }))));
    const number = Uint8Array.from(randomUid ? badge.number : badge.uid);
    assert.equal(ward.addBadge({ number, proof: storedAes(badge) }), null);
  }
  assert.equal(await ward.enrol(card.piv), null, 'the best that writes nothing: PIV under a root');
  assert.equal(await ward.enrol(card.fido, { as: 'fido', person: ward.sam() }), null);
});

for (const grade of ['aes', 'hidden', 'piv', 'fido'] as const) {
  test(`${grade}: PIN once, then a tap alone, and both stand in the ledger with what they reached`, { skip }, async () => {
    assert.equal(await ward.tap(card[grade]), 'asked');
    await ward.pin();
    const first = lastPermit();
    const proved = grade === 'hidden' ? 'aes' : grade;
    assert.deepEqual(first?.kind === 'permit' && [first.grade, first.by, first.reached, first.factors], [proved, 'verdict', 'AAL2', ['badge', 'pin']]);
    await ward.lock();
    assert.equal(await ward.tap(card[grade]), 'inWindow');
    await ward.until('open', (s) => s.desk.kind === 'open');
    const second = lastPermit();
    assert.deepEqual(second?.kind === 'permit' && [second.grade, second.by, second.reached, second.factors], [proved, 'window', 'AAL1', ['badge']]);
    assert.deepEqual(lastProof()?.kind === 'proof' && (lastProof() as { readonly result: string }).result, proved);
    await ward.lock();
  });
}

test('a copy of a UID is refused beside the genuine card, and ends what that one had begun', { skip }, async () => {
  assert.equal(await ward.tap(card.aes), 'inWindow');
  await ward.lock();
  assert.equal(await ward.tap(virtualCard(aesUid.toLowerCase())), 'unproved');
  assert.deepEqual(lastProof(), { kind: 'proof', tap: (lastProof() as { readonly tap: number }).tap, subscriber: ward.sam(), result: 'missing' });
  assert.equal(await ward.tap(card.aes), 'asked', 'a failed check ends her windows');
  await ward.pin();
  await ward.lock();
  assert.equal(await ward.tap(virtualCard(fidoUid)), 'unproved', 'a security key’s UID without its key');
  const { card: stranger } = issued('Sam', '04a1b2c3d4e5b1');
  assert.equal(await ward.tap(stranger), 'unproved', 'her PIV card’s UID with another key');
  assert.equal((lastProof() as { readonly result: string }).result, 'wrong');
  assert.equal(await ward.tap(newCard('EV3', aesUid)), 'unproved', 'a new DESFire card with her UID');
});

test('where the policy asks for provable badges none that proves nothing is enrolled, and none is enrolled for less than it can', { skip }, async () => {
  assert.equal(ward.addBadge({ number: Uint8Array.from(Buffer.from('04a1b2c3d4e5c1', 'hex')), proof: { kind: 'uid' } }), 'tooWeak');
  const { enrolment } = ward.evaluation.agent;
  const badges = enrolment?.people().find(({ subscriber }) => subscriber.id === ward.sam())?.badges;
  assert.deepEqual(
    badges?.map(({ grade, revoked }) => [grade, revoked]),
    [
      ['aes', true],
      ['aes', false],
      ['aes', false],
      ['piv', false],
      ['fido', false],
    ],
  );
});

test('a card that leaves in the middle of its proof opens nothing and ends nothing', { skip }, async () => {
  assert.equal(await ward.tap(card.aes), 'asked');
  await ward.pin();
  await ward.lock();
  let answered = 0;
  const quick: SoftwareCard = {
    ...card.aes,
    respond: (command) => {
      if (++answered === 2) setImmediate(() => ward.stand.remove(1));
      return answered >= 2 ? Uint8Array.of() : card.aes.respond(command);
    },
  };
  ward.stand.insert(1, (await import('../virtual-reader/card.ts')).inField(quick));
  const { lastTap } = await ward.until('told', (s) => s.lastTap?.reason === 'goneTooSoon');
  assert.equal(lastTap?.reason, 'goneTooSoon');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  ward.evaluation.agent.gesture({ kind: 'back' });
  assert.equal(await ward.tap(card.aes), 'inWindow');
});
