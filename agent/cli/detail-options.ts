/** Options of a command come in; what they say of a person's role, staff number and account goes out. */
import type { Command, Options } from './command.ts';

export const detailOptions: Command['options'] = [
  ['role', 'ROLE', 'as the rules of the policy name it; none: none any more'],
  ['number', 'DIGITS', 'her staff number, which she types beside codes; none: none any more'],
  ['account', 'ACCOUNT', 'hers in the operating system; none: none any more'],
];

type Details = { readonly role?: string | null; readonly number?: string | null; readonly account?: string | null };

/** What was said of her; what was not stays as it was. */
export function detailsIn({ role, number, account }: Options): Details {
  const orNone = (text: string): string | null => (text === 'none' ? null : text);
  return { ...(role !== undefined && { role: orNone(role) }), ...(number !== undefined && { number: orNone(number) }), ...(account !== undefined && { account: orNone(account) }) };
}
