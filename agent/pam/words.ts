/** What a person at a greeter has to be told, and her language, come in; one sentence for PAM's prompt or message goes out, in the words of the screen where the screen has them. */
import { type SpokenKey, spoken } from '../../core/spoken.ts';
import type { Language, Millis } from '../../core/types.ts';

/** What only a greeter has to say: it has a password field, and no buttons. */
const own = {
  en: {
    standing: '{tap}, then press Enter. Or type your password:',
    untapped: 'No badge of yours was read. Tap it, then press Enter.',
    otherWay: '{other}: press Enter, then type your password. Or call IT on {phone}.',
    otherWayHere: '{other}: type your password. Or call IT on {phone}.',
  },
  es: {
    standing: '{tap} y pulse Intro. O escriba su contraseña:',
    untapped: 'No se ha leído su tarjeta. Acérquela y pulse Intro.',
    otherWay: '{other}: pulse Intro y escriba su contraseña. O llame a Informática al {phone}.',
    otherWayHere: '{other}: escriba su contraseña. O llame a Informática al {phone}.',
  },
} as const;

/** Bytes of UTF-8; as in native/linux/answer.h. */
export const longestWords = 200;

export type Told =
  /** The prompt of a PIN; `isKeys`: of a security key's own. */
  | { readonly kind: 'pin'; readonly digits: number; readonly isKeys: boolean }
  | { readonly kind: 'wrong'; readonly left: number }
  /** A PIN that was not looked at: the key is gone, or wants to be lifted. */
  | { readonly kind: 'keyGone' | 'keyRests' }
  | { readonly kind: 'wait'; readonly ms: Millis }
  /** A heading of the screen and its line. */
  | { readonly kind: 'notice'; readonly notice: (typeof notices)[number] }
  /** Nobody has tapped: the prompt of a password, at which a tap counts as well. */
  | { readonly kind: 'standing' }
  /** Return was pressed there, and there is no tap of hers. */
  | { readonly kind: 'untapped' }
  /** `otherWay`: beside a PIN's prompt; `otherWayHere`: beside the password's. */
  | { readonly kind: 'otherWay' | 'otherWayHere' };

export const notices = ['blocked', 'keyBlocked', 'unknown', 'revoked', 'unproved', 'tooWeak', 'unusable', 'unreadable', 'twoBadges', 'unreachable'] as const;

type Values = Readonly<Record<string, string | number>>;
const fill = (text: string, values: Values): string => text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));

/** '' where it could not be shown as it is: the module has words of its own. */
export function wordsFor(told: Told, language: Language, phone: string): string {
  const say = (key: SpokenKey, values: Values = {}): string => {
    const word = spoken[language][key];
    const text = typeof word === 'string' ? word : word[new Intl.PluralRules(language).select(Number(values['n'])) === 'one' ? 'one' : 'other'];
    return fill(text, { phone, ...values });
  };
  const words = sentence(told, say, (key) => fill(own[language][key], { phone, tap: say('idle.heading'), other: say('action.otherWay') }));
  return /\p{C}/u.test(words) || Buffer.byteLength(words) > longestWords ? '' : words;
}

function sentence(told: Told, say: (key: SpokenKey, values?: Values) => string, ours: (key: keyof (typeof own)['en']) => string): string {
  switch (told.kind) {
    case 'pin':
      return `${told.isKeys ? say('keyPin.line').replace(/\.$/, '') : say('pin.line', { length: told.digits })}:`;
    case 'wrong':
      return say('pin.wrong', { n: told.left });
    case 'keyGone':
      return say('pin.keyGone');
    case 'keyRests':
      return say('pin.keyRests');
    case 'wait': {
      const seconds = Math.max(1, Math.ceil(told.ms / 1_000));
      // As on the screen.
      return `${seconds > 90 ? say('wait.minutes', { n: Math.ceil(seconds / 60) }) : say('wait.heading', { n: seconds })}. ${say('wait.line')}`;
    }
    case 'notice': {
      const heading = say(`${told.notice}.heading`);
      return `${heading}${heading.endsWith('?') ? '' : '.'} ${say(`${told.notice}.line`)}`;
    }
    case 'standing':
    case 'untapped':
    case 'otherWay':
    case 'otherWayHere':
      return ours(told.kind);
    default:
      return told satisfies never;
  }
}
