/** A key and what fills its braces come in; the sentence, in a language's words, goes out. */
import type { en } from './en.ts';

export type Key = keyof typeof en;
export type Plural = { readonly one: string; readonly other: string };
export type Words = { readonly [K in Key]: (typeof en)[K] extends string ? string : Plural };
/** One sentence to say: its key and what fills its braces, another sentence included. `n` also chooses the plural. */
export type Say = readonly [key: Key, values?: Readonly<Record<string, string | number | Say>>];
export type Tongue = { readonly locale: string; readonly dir: 'ltr' | 'rtl'; readonly words: Words };

/** The sentence, with its braces filled. */
export function say(tongue: Tongue, [key, values = {}]: Say): string {
  const word = tongue.words[key];
  const text = typeof word === 'string' ? word : word[new Intl.PluralRules(tongue.locale).select(Number(values['n'])) === 'one' ? 'one' : 'other'];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'object' ? say(tongue, value) : String(value);
  });
}
