/** Numbers, members of closed lists and moments come in; Facts go out, which are all that a support bundle is made of. Whatever text a site, a person or a card made up has no way in: there is no function from a text to a Word but these. */
declare const made: unique symbol;
/** A text whose every possible value is known before any station runs, or that is made of numbers alone. */
export type Word = string & { readonly [made]: 'by fact.ts' };
export type Fact = number | boolean | null | Word | readonly Fact[] | { readonly [name: string]: Fact };

const is = (text: string): Word => text as Word;

/** The text itself where it is one of these, which the code names; else `other`. */
export const word = (list: readonly string[], text: unknown): Word => is(typeof text === 'string' ? (list.find((known) => known === text) ?? 'other') : 'other');

/** What the code says by itself: a template without anything put in. */
export function fixed(text: TemplateStringsArray): Word {
  if (text.length !== 1) throw new Error('a fixed text has nothing put in');
  return is(text[0] ?? '');
}

/** A sentence of the code's own, with a dot for whatever was put in. */
export const form = (text: TemplateStringsArray): Word => is(text.join('…'));

/** `tap: opened`. */
export const both = (a: Word, b: Word): Word => is(`${a}: ${b}`);

/** Finite, and no finer than thousandths. */
export const whole = (n: unknown): number | null => (typeof n === 'number' && Number.isFinite(n) ? Math.round(n * 1000) / 1000 : null);
export const flag = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

/** Unix milliseconds, to the second. */
export function moment(wall: unknown): Word | null {
  const date = new Date(typeof wall === 'number' || (typeof wall === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(wall)) ? wall : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : is(`${date.toISOString().slice(0, 19)}Z`);
}

/** The numbers a version begins with: `6.1.0`; null without any. No group has more than five digits, and there are at least two. */
export function version(text: unknown): Word | null {
  const found = typeof text === 'string' ? /^\D{0,20}?(\d{1,5}(?:\.\d{1,5}){1,3})(?!\d)/.exec(text) : null;
  return found === null ? null : is((found[1] ?? '').split('.').map(Number).join('.'));
}

/** A digest of 32 bytes, in hexadecimal digits or base64url; null if it is none. */
export const digest = (text: unknown): Word | null => (typeof text === 'string' && /^([0-9a-f]{64}|[\w-]{43})$/.test(text) ? is(text) : null);

/** Whoever or whatever it is becomes a letter and a number, in the order of first sight: the same within one bundle; the next one numbers anew. */
export function pseudonyms(letter: 'P' | 'A' | 'R' | 'B'): (name: unknown) => Word | null {
  const seen = new Map<string, Word>();
  return (name) => {
    if (typeof name !== 'string') return null;
    const known = seen.get(name) ?? is(`${letter}${seen.size + 1}`);
    seen.set(name, known);
    return known;
  };
}

/** How often each came, most often first. */
export function counts(words: readonly Word[]): readonly Fact[] {
  const times = new Map<Word, number>();
  for (const one of words) times.set(one, (times.get(one) ?? 0) + 1);
  return [...times].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([what, n]) => ({ what, times: n }));
}
