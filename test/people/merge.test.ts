/** What stations of a group do to the same people without knowing of each other comes in, in thousands of orders; that they end with the same, and that nobody gains by it, goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CarriedBadge, CarriedPerson, CarriedPin } from '../../agent/group/carried.ts';
import { mergeBadge, mergePerson, mergePin } from '../../agent/group/merge.ts';
import { settle } from '../../agent/group/settling.ts';
import { type Random, random, seed } from '../store/random.ts';

const rounds = 20_000;

const person = ({ below, pick }: Random): CarriedPerson => ({
  id: 'aa',
  revision: below(4),
  given: pick(['Ana', 'Sam']),
  initial: pick(['B', 'C']),
  language: pick(['en', 'es', null]),
  role: pick(['nurse', 'it', null]),
  number: pick(['1', '2', null]),
  account: pick(['ana', 'sam', null]),
  revoked: below(3) === 0,
});
const badge = ({ below, pick }: Random): CarriedBadge => ({
  id: 'b1',
  subscriber: pick(['aa', 'bb']),
  revision: below(4),
  life: below(3),
  revoked: below(2) === 0,
  index: pick(['01', '02']),
  indexKey: 'k',
  lastUsed: pick([null, '2026-01-01', '2026-02-02']),
  proof: pick([{ kind: 'uid' }, { kind: 'aes', aid: 'a', keyNo: below(2), keyVersion: 0, key: 'k', uid: '' }]),
});
const pin = ({ below, pick }: Random): CarriedPin => {
  const hash = pick(['p', 'q', 'r']);
  return {
    subscriber: 'aa',
    revision: below(4),
    resets: below(3),
    length: 4,
    pepper: 'k',
    cost: { m: 8, t: 1, p: 1 },
    salt: hash,
    hash,
    failures: below(11),
    keyFailures: below(4),
  };
};

function isJoin<T>(name: string, make: (from: Random) => T, both: (a: T, b: T) => T, further: (a: T, b: T, joined: T) => void): void {
  test(`${name}: the order of bundles does not matter, nor how often they come`, () => {
    const from = random(seed);
    for (let i = 0; i < rounds; i++) {
      const [a, b, c] = [make(from), make(from), make(from)];
      const joined = both(a, b);
      assert.deepEqual(joined, both(b, a));
      assert.deepEqual(both(a, a), a);
      assert.deepEqual(both(joined, a), joined);
      assert.deepEqual(both(both(a, b), c), both(a, both(b, c)));
      further(a, b, joined);
    }
  });
}

isJoin('a person', person, mergePerson, (a, b, joined) => {
  assert.equal(joined.revoked, a.revoked || b.revoked);
  assert.equal(joined.revision, Math.max(a.revision, b.revision));
  if (a.revision > b.revision) assert.deepEqual(joined, { ...a, revoked: joined.revoked });
});

isJoin('a badge', badge, mergeBadge, (a, b, joined) => {
  assert.equal(joined.life, Math.max(a.life, b.life));
  // Good again only where somebody handed it out after knowing that it was revoked.
  for (const one of [a, b]) if (one.revoked && !joined.revoked) assert.ok(joined.life > one.life);
});

isJoin('a PIN', pin, mergePin, (a, b, joined) => {
  for (const one of [a, b]) {
    if (joined.failures < one.failures || joined.keyFailures < one.keyFailures) assert.ok(joined.resets > one.resets, 'wrong tries fell without the help desk');
    if (one.resets === joined.resets) assert.ok(joined.revision >= one.revision);
  }
});

test('one number, account or chip given away twice is one person’s in the end, or nobody’s; settling again changes nothing', () => {
  const from = random(seed + 1);
  for (let i = 0; i < rounds / 4; i++) {
    const people = ['aa', 'bb', 'cc'].map((id) => ({ ...person(from), id }));
    const badges = ['b1', 'b2', 'b3'].map((id) => ({ ...badge(from), id, subscriber: from.pick(['aa', 'bb', 'cc']) }));
    const spares = new Set(from.below(4) === 0 ? ['b2'] : []);
    const settled = settle({ people, badges, spares });
    const after = {
      people: people.map((one) => settled.people.find(({ id }) => id === one.id) ?? one),
      badges: badges.map((one) => settled.badges.find(({ id }) => id === one.id) ?? one),
      spares,
    };
    for (const what of [({ number }: CarriedPerson) => number, ({ account }: CarriedPerson) => account]) {
      const held = after.people.map(what).filter((value) => value !== null);
      assert.equal(new Set(held).size, held.length);
      const before = new Set(people.map(what).filter((value) => value !== null));
      assert.deepEqual(new Set(held), before, 'somebody keeps it');
    }
    assert.equal(new Set(after.badges.map(({ index }) => index)).size, after.badges.length, 'a chip leads to one badge');
    for (const [at, was] of badges.entries()) {
      const now = after.badges[at] ?? assert.fail();
      assert.ok(now.revoked || !was.revoked, 'settling never makes a revoked badge good');
      if (now.revoked) continue;
      // Whoever else had the same chip was handed it earlier, is the same person, or had it lent.
      for (const other of badges)
        if (other.index === was.index && other.id !== was.id && !spares.has(other.id) && !spares.has(was.id))
          assert.ok(other.life < was.life || (other.life === was.life && other.subscriber === was.subscriber && !other.revoked));
    }
    const again = settle(after);
    assert.deepEqual([again.people, again.badges, again.conflicts], [[], [], 0]);
  }
});

/** Stations that each do what administrators do, and now and then take each other's state: whole networks of bundles. */
test('three stations in any order of changes and imports end alike, and a revocation is never undone unseen', () => {
  for (let round = 0; round < 300; round++) {
    const from = random(seed + 2 + round);
    const stations = [0, 1, 2].map((): { badges: Map<string, CarriedBadge> } => ({ badges: new Map() }));
    const revoked: { readonly id: string; readonly life: number }[] = [];
    const take = (to: number, of: number): void => {
      const own = stations[to]?.badges ?? assert.fail();
      for (const [id, theirs] of stations[of]?.badges ?? []) {
        const known = own.get(id);
        own.set(id, known === undefined ? theirs : mergeBadge(known, theirs));
      }
      for (const settled of settle({ people: [], badges: [...own.values()], spares: new Set() }).badges) own.set(settled.id, settled);
    };
    for (let step = 0; step < 25; step++) {
      const at = from.below(3);
      const own = stations[at]?.badges ?? assert.fail();
      const index = from.pick(['01', '02']);
      const known = [...own.values()].find((one) => one.index === index);
      switch (from.below(4)) {
        case 0: {
          const subscriber = from.pick(['aa', 'bb']);
          if (known === undefined)
            own.set(`${round}-${step}`, { id: `${round}-${step}`, subscriber, revision: 1, life: 0, revoked: false, proof: { kind: 'uid' }, index, indexKey: 'k', lastUsed: null });
          else if (known.revoked) own.set(known.id, { ...known, subscriber, revoked: false, revision: known.revision + 1, life: known.life + 1 });
          break;
        }
        case 1:
          if (known === undefined || known.revoked) break;
          own.set(known.id, { ...known, revoked: true, revision: known.revision + 1 });
          revoked.push(known);
          break;
        default:
          take(at, (at + 1 + from.below(2)) % 3);
      }
    }
    for (let pass = 0; pass < 3; pass++)
      for (const [to, of] of [
        [0, 1],
        [1, 2],
        [2, 0],
        [0, 2],
        [1, 0],
        [2, 1],
      ] as const)
        take(to, of);
    const [first, ...others] = stations.map(({ badges }) => [...badges.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    for (const other of others) assert.deepEqual(other, first, `round ${round}`);
    for (const { id, life } of revoked) {
      const last = first?.find((one) => one.id === id) ?? assert.fail('a badge is never forgotten');
      assert.ok(last.revoked || last.life > life, `round ${round}: revoked, and good again`);
    }
  }
});
