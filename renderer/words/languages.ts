/** A language comes in, its words as they stand in the sources go out. A page never has this: it reads the same from its document (told.ts). */
import type { Language } from '../../core/types.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import type { Tongue } from './words.ts';

/** Every language there is. */
export const languages = { en, es } as const;

export const tongueOf = (language: Language): Tongue => ({ locale: language, dir: 'ltr', words: languages[language] });
