/** A language comes in; the same one 40 % longer, or written from right to left, goes out: what a translation may do to the screens, before there is one. */
import type { Tongue, Words } from './words.ts';

const accents: Readonly<Record<string, string>> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ö',
  u: 'ü',
  c: 'ç',
  n: 'ñ',
  s: 'š',
  y: 'ý',
  A: 'Å',
  E: 'É',
  I: 'Î',
  O: 'Ø',
  U: 'Û',
  C: 'Ç',
  N: 'Ñ',
  S: 'Š',
};

/** Accented letters and 40 % more of them; names in braces stay. */
export function pseudo({ words }: Tongue): Tongue {
  return {
    locale: 'en',
    dir: 'ltr',
    words: map(words, (text) => {
      const letters = text.replace(/\{\w+\}/g, '').length;
      const longer = text.replace(/(\{\w+\})|([A-Za-z])/g, (_, brace: string | undefined, letter: string) => brace ?? accents[letter] ?? letter);
      const more = Math.ceil(letters * 0.4);
      return more < 2 ? longer : `${longer} ${'éñø'.repeat(more).slice(0, more - 1)}`;
    }),
  };
}

/** Each word overridden to run from right to left (U+202E), as Arabic or Hebrew would. */
export function mirrored({ words }: Tongue): Tongue {
  return { locale: 'en', dir: 'rtl', words: map(words, (text) => text.replace(/\{\w+\}|[^\s{]+/g, (word) => (word.startsWith('{') ? word : `\u202e${word}\u202c`))) };
}

function map(words: Words, change: (text: string) => string): Words {
  const entries = Object.entries(words).map(([key, word]) => [key, typeof word === 'string' ? change(word) : { one: change(word.one), other: change(word.other) }]);
  return Object.fromEntries(entries) as Words;
}
