/** A person's role, staff number and account as an administrator wrote them come in; her record with them goes out, or why they cannot be hers. */
import type { Policy } from '../../core/policy.ts';
import type { Role } from '../../core/types.ts';
import { accountKey } from '../store/accounts.ts';
import type { SubscriberRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Refusal } from './refusal.ts';

/** null: none any more; left out: as it was. */
export type Details = { readonly role?: Role | null | undefined; readonly number?: string | null | undefined; readonly account?: string | null | undefined };

/** `former`: who gives up what is hers now; to be written before her. */
export type With = { readonly kind: 'with'; readonly subscriber: SubscriberRecord; readonly former: readonly SubscriberRecord[] };

/** A number or account is one person's; those of a revoked person are free. */
export function withDetails(store: Store, { numberLength }: Pick<Policy, 'numberLength'>, subscriber: SubscriberRecord, { role, number, account }: Details): With | Refusal {
  if (typeof role === 'string' && !/^[a-z][a-z0-9-]{0,31}$/.test(role)) return { kind: 'role' };
  if (typeof account === 'string' && !/^[^\s\p{C}]{1,104}$/u.test(account)) return { kind: 'account' };
  if (typeof number === 'string' && !(/^\d+$/.test(number) && number.length === numberLength)) return { kind: 'number', expected: numberLength };
  const others = number === undefined && account === undefined ? [] : store.subscribers().filter(({ id }) => id !== subscriber.id);
  const sameNumber = typeof number === 'string' ? others.find((other) => other.number?.digits === number) : undefined;
  if (sameNumber !== undefined && !sameNumber.revoked) return { kind: 'numberTaken', by: sameNumber.id };
  const sameAccount = typeof account === 'string' ? others.find((other) => other.account !== null && accountKey(other.account) === accountKey(account)) : undefined;
  if (sameAccount !== undefined && !sameAccount.revoked) return { kind: 'accountTaken', by: sameAccount.id };
  const changed: SubscriberRecord = {
    ...subscriber,
    ...(role !== undefined && { role }),
    ...(number !== undefined && { number: number === null ? null : store.numbered(number) }),
    ...(account !== undefined && { account }),
  };
  return { kind: 'with', subscriber: changed, former: without(sameNumber, sameAccount) };
}

function without(number: SubscriberRecord | undefined, account: SubscriberRecord | undefined): readonly SubscriberRecord[] {
  if (number === undefined) return account === undefined ? [] : [{ ...account, account: null }];
  if (account === undefined) return [{ ...number, number: null }];
  return number.id === account.id
    ? [{ ...number, number: null, account: null }]
    : [
        { ...number, number: null },
        { ...account, account: null },
      ];
}
