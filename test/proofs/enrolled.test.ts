/** Cards that would enrol well and fail on the ward lie on the reader of a real pcscd; each is refused before anything is stored, or its tap says what happened. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { provedWords } from '../../agent/cli/entry-words.ts';
import { digitsOf } from '../../agent/evaluation/people.ts';
import { storedAes } from '../../agent/proofs/record.ts';
import { personalise } from '../../native/desfire/personalisation.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { type Authority, asCa, asCard, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { badgeOf, newCard, options } from '../desfire/rig.ts';
import { need } from '../needs.ts';
import { skip as noReader, startWard, type Ward } from './ward.ts';

const skip = noReader === false ? need('openssl') : noReader;
const pin = '73018264';
let ward: Ward;
let authority: Authority;
let piv: SoftwareCard;

before(async () => {
  if (skip !== false) return;
  authority = openAuthority();
  const root = authority.issue({ subject: 'Root', by: null, extensions: asCa });
  const leaf = authority.issue({ subject: 'Sam', by: root, key: 'p256', extensions: asCard });
  piv = pivCard({ certificate: leaf.der, key: leaf.key, uid: Uint8Array.from(Buffer.from('04a1b2c3d4e5d1', 'hex')) });
  ward = await startWard({ pivRoots: authority.keep(root.pem), leastGrade: 'aes', sameBadgeAfter: 0, keepAfterOpen: 0 });
});
after(async () => {
  if (skip !== false) return;
  await ward[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
});

const asFido = (own = '', person = ward.sam()) => ({ as: 'fido', person, pin: digitsOf(own) }) as const;
const badges = () => ward.evaluation.agent.durable.store?.subscriber(ward.sam())?.badges.length;
const lastProof = () => ward.entries().findLast((e) => e.kind === 'proof');
/** The same card, which lies from the moment `wrongs` says so: its answers are those of an application that is not there. */
const failing = (card: SoftwareCard, wrongs: (command: Uint8Array) => boolean): SoftwareCard => {
  let broken = false;
  return {
    ...card,
    respond: (command) => {
      broken ||= wrongs(command);
      return broken ? Uint8Array.of(0x6a, 0x82) : card.respond(command);
    },
  };
};

test('a key that asks for its PIN at every touch is not enrolled, whatever PIN is given', { skip }, async () => {
  const key = softwareKey({ uid: '04f1d0c0ffeed1', pin, alwaysUv: true });
  const were = badges();
  for (const own of [pin, ''])
    assert.equal(
      await ward.enrol(key, asFido(own)),
      'This key asks for its own PIN at every touch (alwaysUv), and a tap has no PIN to give: switch that off with the key’s own tool, or use another key.',
    );
  assert.equal(badges(), were);
});

test('set to ask at every touch after it was enrolled: its tap opens nothing, says so, and ends no window', { skip }, async () => {
  const key = softwareKey({ uid: '04f1d0c0ffeed2', pin });
  assert.equal(await ward.enrol(key, asFido(pin)), null);
  assert.equal(await ward.tap(key), 'asked');
  await ward.pin();
  await ward.lock();
  key.authenticator.alwaysUv = true;
  assert.equal(await ward.tap(key), 'unproved');
  const proof = lastProof();
  assert.equal(
    proof?.kind === 'proof' && provedWords(proof.result),
    `NOT proved, pinNeeded: it asks for its own PIN at every touch, which a tap has not: switch that off with the key’s own tool (alwaysUv)`,
  );
  ward.evaluation.agent.gesture({ kind: 'back' });
  key.authenticator.alwaysUv = false;
  assert.equal(await ward.tap(key), 'inWindow');
  await ward.until('open', (s) => s.desk.kind === 'open');
  await ward.lock();
});

test('a key with another UID at each tap that was somebody else’s is refused until it is reset; then its tap says whose it is', { skip }, async () => {
  const key = softwareKey({ uid: 'random' });
  const { enrolment } = ward.evaluation.agent;
  const luz = enrolment?.addPerson({ given: 'Luz', initial: 'M', language: null }, 'test');
  assert.ok(luz?.kind === 'done');
  const hers = await ward.open(key, (card) => ward.evaluation.agent.appraiser?.appraise(card, asFido('', luz.subscriber)) ?? assert.fail());
  assert.equal(hers.kind, 'again');
  const were = badges();
  assert.equal(
    await ward.enrol(key, asFido()),
    'This key is somebody else’s already, and would not say at a tap whose it is: reset it first with its own tool, which makes it new, or use another key.',
  );
  assert.equal(badges(), were);
  key.authenticator.credentials.length = 0;
  assert.equal(await ward.enrol(key, asFido()), null);
  assert.equal(await ward.tap(key), 'asked', 'it is her key');
  ward.evaluation.agent.gesture({ kind: 'cancel' });
});

test('between its two stays it became another’s too, or another key came, or none that works: nothing is stored', { skip }, async () => {
  const were = badges();
  const once = async (key: SoftwareCard, later: SoftwareCard, meanwhile = (): void => undefined): Promise<string> => {
    const first = await ward.open(key, (card) => ward.evaluation.agent.appraiser?.appraise(card, asFido()) ?? assert.fail());
    assert.ok(first.kind === 'again', first.kind);
    meanwhile();
    const found = await ward.open(later, first.check);
    return found.kind === 'refused' ? found.why : found.kind;
  };
  const anothers = 'It does not say at a tap that it is this badge, so nothing was stored: hold the same one there both times; if it was somebody else’s before, reset it first.';
  const wrong = 'It did not prove itself as a tap must, so nothing was stored: begin again, and take another badge if it stays so.';
  const changing = softwareKey({ uid: 'random' });
  const { credentials } = changing.authenticator;
  assert.equal(await once(changing, changing, () => credentials.push({ ...(credentials[0] ?? assert.fail()), id: randomBytes(48), user: Buffer.from('ana') })), anothers);
  assert.equal(await once(softwareKey({ uid: '04f1d0c0ffeed3' }), softwareKey({ uid: '04f1d0c0ffeed4' })), anothers);
  const fixed = softwareKey({ uid: '04f1d0c0ffeed5' });
  assert.equal(await once(fixed, softwareKey({ uid: '04f1d0c0ffeed5' })), wrong, 'its UID, and none of its keys');
  const always = softwareKey({ uid: '04f1d0c0ffeed6', pin });
  assert.match(await once(always, always, () => (always.authenticator.alwaysUv = true)), /alwaysUv.*nothing was stored/);
  assert.equal(badges(), were);
});

test('a PIV card and a DESFire badge that fail once they were made are not stored', { skip }, async () => {
  const were = badges();
  let selects = 0;
  // Its own proof, for the certificate, is the second of three.
  const fails = failing(piv, (command) => command[1] === 0xa4 && ++selects === 3);
  assert.match((await ward.enrol(fails, { as: 'piv' })) ?? '', /^It did not prove itself as a tap must, so nothing was stored/);
  assert.equal(selects, 3);
  const aes = newCard('EV3', '04A1B2C3D4E5D2');
  for (const [randomUid, why] of [
    [false, /^It did not prove itself/],
    [true, /^It does not say at a tap that it is this badge/],
  ] as const) {
    const card = newCard('EV3', randomUid ? '04A1B2C3D4E5D3' : '04A1B2C3D4E5D2');
    let made = false;
    const found = await ward.open(
      failing(card, () => made),
      async (held) => {
        const badge = badgeOf(await personalise(held.transmit, options({ randomUid })));
        made = true;
        return ward.evaluation.agent.appraiser?.check(held, { number: Uint8Array.from(randomUid ? badge.number : badge.uid), proof: storedAes(badge) });
      },
    );
    assert.match(found?.kind === 'refused' ? found.why : '', why);
  }
  for (const [card, randomUid] of [
    [aes, false],
    [newCard('EV2', '04A1B2C3D4E5D4'), true],
  ] as const) {
    const found = await ward.open(card, async (held) => {
      const badge = badgeOf(await personalise(held.transmit, options({ randomUid })));
      return ward.evaluation.agent.appraiser?.check(held, { number: Uint8Array.from(randomUid ? badge.number : badge.uid), proof: storedAes(badge) });
    });
    assert.equal(found?.kind, 'badge', randomUid ? 'hidden' : 'fixed');
  }
  assert.equal(await ward.enrol(piv, { as: 'piv' }), null);
  assert.equal(badges(), (were ?? 0) + 1);
});
