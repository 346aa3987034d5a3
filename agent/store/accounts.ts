/** The store comes in; which account of the operating system is whose goes out, by what IT wrote into her record. */
import type { Accounts } from '../../core/ports.ts';
import type { SubscriberId } from '../../core/types.ts';
import type { Store } from './store.ts';

/** Accounts of a directory (`CLINIC\\ana`, `ana@clinic.example`) are one in upper and lower case; local ones of Linux are not. */
export const accountKey = (account: string): string => (/[\\@]/.test(account) ? account.toLowerCase() : account);

/** Somebody revoked is nobody's account any more to sign in to; a session of hers that is there is still known as hers. */
export function createAccounts(store: Store): Accounts {
  let known: ReadonlyMap<string, SubscriberId> = new Map();
  let asOf = -1;
  return {
    accountOf: (id) => {
      const subscriber = store.subscriber(id);
      return subscriber === null || subscriber.revoked ? null : subscriber.account;
    },
    subscriberOf: (account) => {
      if (asOf !== store.peopleChanged) {
        known = new Map(store.subscribers().flatMap((s) => (s.account === null ? [] : [[accountKey(s.account), s.id] as const])));
        asOf = store.peopleChanged;
      }
      return known.get(accountKey(account)) ?? null;
    },
  };
}
