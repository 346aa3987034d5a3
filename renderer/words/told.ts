/** The document comes in, which carries the words of every language as data; the tongue of a language goes out. */
import type { Language } from '../../core/types.ts';
import type { Tongue, Words } from './words.ts';

/** Words are read, never run: a face whose document has none does not start, and stays covered. */
export function tonguesIn(document: Document): (language: Language) => Tongue {
  const told = document.querySelector<HTMLTemplateElement>('#words');
  if (told === null) throw new Error('the document has no words');
  const words = JSON.parse(told.content.textContent) as Readonly<Record<Language, Words>>;
  return (language) => ({ locale: language, dir: 'ltr', words: words[language] });
}
