/** Cards that lie in every way that a proof can fail, and cards whose answers are bent at random, lie on the reader of a real pcscd; the reason stands in the ledger, and none opens. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { storedAes } from '../../agent/proofs/record.ts';
import type { ProofFault } from '../../core/types.ts';
import { personalise } from '../../native/desfire/personalisation.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { type Authority, asCa, asCard, type Issued, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { badgeOf, newCard, options, site } from '../desfire/rig.ts';
import { need } from '../needs.ts';
import { random, seed } from '../store/random.ts';
import { inField, type VirtualCard, virtualCard } from '../virtual-reader/card.ts';
import { bent, fuzzed } from './liars.ts';
import { skip as noWard, startWard, type Ward } from './ward.ts';

const skip = need('openssl') || noWard;
/** Answers of each protocol that are bent. */
const fuzzes = 150;
const uids = { aes: '04A1B2C3D4E5A1', hidden: '04A1B2C3D4E5A2', piv: '04a1b2c3d4e5b1', fido: '04f1d0c0ffee81' } as const;
let ward: Ward;
let authority: Authority;
let root: Issued;
const pivOf = (): SoftwareCard => {
  const leaf = authority.issue({ subject: 'Sam', by: root, key: 'p256', extensions: asCard });
  return pivCard({ certificate: leaf.der, key: leaf.key, uid: Uint8Array.from(Buffer.from(uids.piv, 'hex')) });
};
const card = {
  aes: newCard('EV3', uids.aes),
  hidden: newCard('EV2', uids.hidden),
  piv: null as unknown as SoftwareCard,
  fido: softwareKey({ uid: uids.fido }),
  /** Says by itself whose it is. */
  nameless: softwareKey({ uid: 'random' }),
};

before(async () => {
  if (skip !== false) return;
  authority = openAuthority();
  root = authority.issue({ subject: 'Root', by: null, extensions: asCa });
  card.piv = pivOf();
  ward = await startWard({ pivRoots: authority.keep(root.pem), leastGrade: 'aes', sameBadgeAfter: 0 });
  for (const which of ['aes', 'hidden'] as const) {
    const badge = badgeOf(await ward.open(card[which], ({ transmit }) => personalise(transmit, options({ randomUid: which === 'hidden' }))));
    assert.equal(ward.addBadge({ number: Uint8Array.from(which === 'hidden' ? badge.number : badge.uid), proof: storedAes(badge) }), null);
  }
  assert.equal(await ward.enrol(card.piv), null);
  assert.equal(await ward.enrol(card.fido, { as: 'fido', person: ward.sam() }), null);
  assert.equal(await ward.enrol(card.nameless, { as: 'fido', person: ward.sam() }), null);
});
after(async () => {
  if (skip !== false) return;
  await ward[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
});

/** From the field to the decision, and away again: the number of this stay. */
async function hold(shown: SoftwareCard | VirtualCard): Promise<number> {
  const { queue } = ward.evaluation.agent;
  const earlier = queue.state().lastTap?.presentation;
  const until = async (what: string, when: () => boolean): Promise<void> => {
    for (const limit = performance.now() + 10_000; !when(); await sleep(2)) assert.ok(performance.now() < limit, `${what}; ${JSON.stringify(queue.state())}`);
  };
  ward.stand.insert(1, 'respond' in shown ? inField(shown) : shown);
  await until('decided', () => queue.state().lastTap?.presentation !== earlier && queue.state().claim.kind !== 'reading');
  const { lastTap, desk, claim } = queue.state();
  assert.equal(desk.kind, 'locked');
  assert.ok(claim.kind === 'none' || claim.kind === 'notice', `${claim.kind}: a card that lies is asked for nothing`);
  ward.stand.remove(1);
  await until('away', () => queue.state().field.length === 0);
  return lastTap?.presentation ?? 0;
}
/** What stands in the ledger of one stay. */
function toldOf(presentation: number, entries = ward.entries()) {
  const proof = entries.find((entry) => entry.kind === 'proof' && entry.tap === presentation);
  const tap = entries.find((entry) => entry.kind === 'tap' && entry.tap === presentation);
  return [proof?.kind === 'proof' ? proof.result : null, proof?.kind === 'proof' ? proof.subscriber : 'no proof', tap?.kind === 'tap' ? tap.reason : null] as const;
}
const permits = (): number => ward.entries().filter(({ kind }) => kind === 'permit').length;

/** A card of the same UID, made by somebody who does not hold the site's key. */
async function copied(which: 'aes' | 'hidden'): Promise<SoftwareCard> {
  const made = newCard('EV3', uids[which]);
  const other = { ...site, masterKey: new Uint8Array(16).fill(7) };
  badgeOf(await personalise(async (command) => made.respond(command), options({ site: other })));
  made.powered();
  return made;
}
/** One that stays and says nothing any more. */
const silent = (of: SoftwareCard, at: number): SoftwareCard => bent(of, (answer, now) => (now >= at ? Uint8Array.of() : answer));
const tooMuch = (of: SoftwareCard, at: number): SoftwareCard =>
  bent(of, (answer, now) => (now === at ? Uint8Array.of(...answer.subarray(0, -2), 0, ...answer.subarray(-2)) : answer));
const lastByte = (of: SoftwareCard, at: number): SoftwareCard =>
  bent(of, (answer, now) => (now === at ? answer.map((byte, index) => (index === answer.length - 3 ? byte ^ 1 : byte)) : answer));
const silentKey = (of: SoftwareCard): SoftwareCard => bent(of, (answer, now) => (now === 0 ? answer : Uint8Array.of(0x2e, 0x90, 0x00)));

type Row = readonly [what: string, made: () => SoftwareCard | VirtualCard | Promise<SoftwareCard>, whose: 'hers' | 'nobody’s', reason: string];
/** Of certificates: test/proofs/trust.test.ts. Of a key that asks for its PIN: where its enrolment is tested. */
const table: Readonly<Record<Exclude<ProofFault, 'expired' | 'withdrawn' | 'untrusted' | 'pinNeeded'>, readonly Row[]>> = {
  missing: [
    ['a UID, copied from a DESFire badge', () => virtualCard(uids.aes.toLowerCase()), 'hers', 'unproved'],
    ['a UID, copied from a PIV card', () => virtualCard(uids.piv), 'hers', 'unproved'],
    ['a UID, copied from a key', () => virtualCard(uids.fido), 'hers', 'unproved'],
    ['a new DESFire card of her badge’s UID', () => newCard('EV3', uids.aes), 'hers', 'unproved'],
    ['a key that has forgotten her', () => silentKey(card.fido), 'hers', 'unproved'],
    ['a phone', () => virtualCard('08a1b2c3', 'DESFire'), 'nobody’s', 'unusable'],
    ['a new key of a UID of its own at each tap', () => softwareKey({ uid: 'random' }), 'nobody’s', 'unusable'],
  ],
  wrong: [
    ['her badge’s UID and another site’s key', () => copied('aes'), 'hers', 'unproved'],
    ['her badge, the last byte of its MAC another', () => lastByte(card.aes, 3), 'hers', 'unproved'],
    ['her badge of a random UID, its MAC another', () => lastByte(card.hidden, 4), 'hers', 'unproved'],
    ['her PIV card’s UID and another key', () => pivOf(), 'hers', 'unproved'],
    ['her key, its signature another', () => lastByte(card.fido, 1), 'hers', 'unproved'],
  ],
  malformed: [
    ['her badge, a byte too many', () => tooMuch(card.aes, 1), 'hers', 'unproved'],
    ['her PIV card, a byte too many', () => tooMuch(card.piv, 1), 'hers', 'unproved'],
    ['her key, a byte too many', () => tooMuch(card.fido, 1), 'hers', 'unproved'],
    ['a badge number of a byte too many', () => tooMuch(card.hidden, 1), 'nobody’s', 'unusable'],
  ],
  // One that leaves: test/proofs/taps.test.ts.
  gone: [
    ['her badge, silent after one answer', () => silent(card.aes, 1), 'hers', 'goneTooSoon'],
    ['her PIV card, silent after one answer', () => silent(card.piv, 1), 'hers', 'goneTooSoon'],
    ['her key, silent after one answer', () => silent(card.fido, 1), 'hers', 'goneTooSoon'],
    ['her badge of a random UID, silent before it said whose it is', () => silent(card.hidden, 1), 'nobody’s', 'unreadable'],
  ],
  cloned: [
    [
      'her key, put back to an earlier counter',
      () => {
        card.fido.authenticator.counter = 0;
        return card.fido;
      },
      'hers',
      'unproved',
    ],
  ],
};

for (const [fault, rows] of Object.entries(table)) {
  for (const [what, made, whose, reason] of rows) {
    test(`${what}: ${fault}, ${whose}, ${reason}`, { skip }, async () => {
      const presentation = await hold(await made());
      assert.deepEqual(toldOf(presentation), [fault, whose === 'hers' ? ward.sam() : null, reason]);
      assert.equal(permits(), 0);
    });
  }
}

/** Cards, and the least of answers that one of their proofs takes. */
const protocols: Readonly<Record<string, readonly (readonly [which: 'aes' | 'hidden' | 'piv' | 'fido', answers: number])[]>> = {
  DESFire: [
    ['aes', 4],
    ['hidden', 5],
  ],
  PIV: [['piv', 2]],
  FIDO: [['fido', 2]],
};
for (const [protocol, cards] of Object.entries(protocols)) {
  test(`${fuzzes} answers of ${protocol} bent at random: each tap is refused with its reason, and the station goes on`, { skip }, async () => {
    const chance = random(seed);
    const given = { answers: 0 };
    const held: number[] = [];
    while (given.answers < fuzzes) {
      const [which, answers] = chance.pick(cards);
      held.push(await hold(fuzzed(card[which], chance.below(answers), chance, () => (given.answers += 1))));
    }
    const ends = new Set<string>();
    const entries = ward.entries();
    for (const presentation of held) {
      const [result, , reason] = toldOf(presentation, entries);
      // A badge number that was bent is a number, and nobody's.
      const isRefused = result === null ? reason === 'unusable' : ['missing', 'wrong', 'malformed', 'gone'].includes(result);
      assert.ok(isRefused, `seed ${seed}: ${result}, ${reason}`);
      ends.add(`${result}`);
    }
    assert.ok(ends.size > 1, 'they came to different ends');
    assert.equal(permits(), 0);
  });
}

test('after all of them the station is sound, its reader program the same, and the genuine badge asks for her PIN', { skip }, async () => {
  const log = readFileSync(join(ward.evaluation.agent.durable.dir, 'agent.log'), 'utf8');
  assert.doesNotMatch(log, /TW1101|TW1102|TW1003/);
  assert.equal(ward.evaluation.agent.queue.state().health.kind, 'ok');
  assert.equal(await ward.tap(card.hidden), 'asked');
});
