/** An open store and a number come in; so many people with a badge and a PIN each are in it, as if IT had enrolled them, without the hours that takes. */
import { randomBytes } from 'node:crypto';
import type { StoreRecord } from '../../agent/store/records.ts';
import type { Store } from '../../agent/store/store.ts';

const cost = { m: 19_456, t: 2, p: 1 };

export function writePeople(store: Store, count: number): void {
  const id = (): string => randomBytes(8).toString('hex');
  const records = Array.from({ length: count }, (): readonly StoreRecord[] => {
    const [person, badge] = [id(), id()];
    return [
      {
        kind: 'subscriber',
        id: person,
        given: 'Wilhelmina',
        initial: 'B',
        language: null,
        revoked: false,
        badges: [badge],
        role: null,
        number: null,
        account: null,
        lent: [],
        vouched: [],
      },
      { kind: 'badge', id: badge, subscriber: person, proof: { kind: 'uid' }, revoked: false, ...store.indexOf(randomBytes(7)), lastUsed: null, spare: null },
      { kind: 'pin', id: person, length: 6, pepper: store.currentPepper.id, cost, salt: randomBytes(16).toString('base64'), hash: randomBytes(32).toString('base64'), failures: 0 },
    ];
  });
  store.write(records.flat(), 'counted');
}
