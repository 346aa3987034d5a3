/** A reason why an administrator's wish was not done comes in; one clear sentence saying what to do goes out. */
import type { PinFault } from '../../core/pin-rules.ts';
import type { Grade, SubscriberId } from '../../core/types.ts';

/** Why something was not done; `refusalSentence` says each in words. */
export type Refusal =
  | { readonly kind: 'badgeTaken' | 'numberTaken' | 'accountTaken'; readonly by: SubscriberId }
  | { readonly kind: 'pinLength' | 'codeLength' | 'number'; readonly expected: number }
  | { readonly kind: 'guessable'; readonly why: PinFault }
  /** The policy asks for badges that prove more. */
  | { readonly kind: 'tooWeak'; readonly least: Grade }
  /** It is enrolled as one that proves more. */
  | { readonly kind: 'downgrade'; readonly from: Grade }
  /** `noNumber`: a code is typed beside a staff number. `checked`: how she was identified. `off`: the policy has no such codes. */
  | { readonly kind: 'given' | 'initial' | 'role' | 'account' | 'noPerson' | 'noBadge' | 'revokedPerson' | 'revokedBadge' | 'sameBadge' | 'noNumber' | 'checked' | 'off' };

type Name = { readonly given: string; readonly initial: string };
export const tidyName = ({ given, initial }: Name): Name => ({ given: given.normalize('NFC').trim(), initial: initial.normalize('NFC').trim() });

/** What is wrong with a name that is to be shown on the screen: words of at most 24 letters, no control or direction characters. null: nothing. */
export function nameRefusal(name: Name): Refusal | null {
  const { given, initial } = tidyName(name);
  if (!/^[\p{L}\p{M}][\p{L}\p{M}\p{Zs}'’.-]{0,23}$/u.test(given)) return { kind: 'given' };
  return /^\p{L}\p{M}{0,2}$/u.test(initial) ? null : { kind: 'initial' };
}

const faultWords: Readonly<Record<PinFault, string>> = {
  repeat: 'it repeats itself',
  run: 'it counts up or down',
  pairs: 'it has too few different digits',
  date: 'it reads as a date or a year',
  keypad: 'it is a line on the keypad',
  mirror: 'it reads the same backwards',
  common: 'it is among the first that are tried',
};

/** One clear sentence saying what to do. */
export function refusalSentence(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'badgeTaken':
      return `This badge belongs to ${refusal.by}: take another badge.`;
    case 'numberTaken':
      return `This staff number belongs to ${refusal.by}: look it up with \`tapward people\`.`;
    case 'accountTaken':
      return `This account belongs to ${refusal.by}: look it up with \`tapward people\`.`;
    case 'pinLength':
      return `The PIN has the wrong length: choose exactly ${refusal.expected} digits.`;
    case 'codeLength':
      return `Such a code has exactly ${refusal.expected} digits: use the \`tapward\` that came with the agent.`;
    case 'number':
      return `A staff number has exactly ${refusal.expected} digits here: write it so, with zeros before it where it is shorter.`;
    case 'guessable':
      return `This PIN is easy to guess, because ${faultWords[refusal.why]}: choose another one.`;
    case 'tooWeak':
      return `The policy asks for badges of grade ${refusal.least} or higher: take another badge, or have this one prove more (\`tapward badge personalise\`).`;
    case 'downgrade':
      return `This badge is enrolled as one that proves more (${refusal.from}): revoke it first if it shall count for less.`;
    case 'given':
      return 'Give the first name in letters, at most 24.';
    case 'initial':
      return 'Give the initial of the last name as one letter.';
    case 'role':
      return 'Write the role as the policy does: at most 32 lower-case letters, digits and -.';
    case 'account':
      return 'Write the account as the system does: at most 104 characters without spaces.';
    case 'noPerson':
      return 'Nobody has this number: look it up with `tapward people`.';
    case 'noBadge':
      return 'No badge has this number: look it up with `tapward people`.';
    case 'revokedPerson':
      return 'This person was revoked: enrol her anew.';
    case 'revokedBadge':
      return 'This badge was revoked already: give her another one with `tapward enrol --for`.';
    case 'sameBadge':
      return 'This is the badge that is to be replaced: hold the new one to the reader.';
    case 'noNumber':
      return 'A code is typed beside a staff number, and she has none: give her one with `tapward people set`.';
    case 'checked':
      return 'Say with --checked how she was identified, in 3 to 120 characters.';
    case 'off':
      return 'The policy has no such codes: set "shiftCodes" to "on" first, or "addBadge" to "code".';
    default:
      return refusal satisfies never;
  }
}
