/** A badge's account comes in; what it proves, and who could make another like it, go out in words. */
import type { Grade } from '../../core/types.ts';
import type { Proves } from '../proofs/account.ts';

export const gradeWords: Readonly<Record<Grade, string>> = {
  uid: 'a badge that only shows a number and proves nothing: anyone with a reader can copy it',
  aes: 'a badge that proves itself by its own AES key',
  piv: 'a badge that proves itself by its PIV key',
  fido: 'a security key that proves itself by its FIDO2 key',
};

/** `by`: who can copy it. A key that leaves its chip nowhere is copied by nobody; ours of `aes` lies in the station's store too. */
export type Clonable = { readonly clonable: boolean; readonly by: string };

export function clonable(proves: Proves): Clonable {
  switch (proves.kind) {
    case 'uid':
      return { clonable: true, by: 'anyone with a reader' };
    case 'aes':
      return { clonable: true, by: 'whoever opens this station' };
    case 'piv':
      return { clonable: false, by: 'nobody we know of' };
    case 'fido':
      return proves.synced ? { clonable: true, by: 'whoever has one of the devices it is synced to' } : { clonable: false, by: 'nobody we know of' };
    default:
      return proves satisfies never;
  }
}

/** Unix milliseconds as a day: `2027-03-31`. */
export const day = (wall: number): string => new Date(wall).toISOString().slice(0, 10);

/** What else is known of it, for the report. */
export function moreOf(proves: Proves, now: number): string {
  switch (proves.kind) {
    case 'uid':
      return '';
    case 'aes':
      return `key version ${proves.keyVersion}`;
    case 'piv':
      return `${proves.expires < now ? 'EXPIRED' : 'until'} ${day(proves.expires)}${proves.trust === 'pin' ? ', key pinned' : ''}`;
    case 'fido':
      return `model ${proves.model}${proves.attested ? '' : ' (claimed)'}, counter ${proves.counter}`;
    default:
      return proves satisfies never;
  }
}
