/** Nothing comes in: the words for what is typed step by step go out. form-steps.ts has their order, forms.ts the rules. */
import type { Tap } from './claim.ts';
import type { PinFault } from './pin-rules.ts';
import type { AttemptId, Factor, Millis, Presentation, Reached, Subscriber, SubscriberId } from './types.ts';

/** `enrol`: an unknown badge becomes somebody's, by IT's code. `code`: in without a badge, by the help desk's code. `newPin`: a PIN by IT's code. `changePin`: by the old one. `vouch`: a spare badge, on a colleague's word. */
export type FormKind = 'enrol' | 'code' | 'newPin' | 'changePin' | 'vouch' | 'emergency';
/** `number`: a staff number. `pin`: the PIN that is there. `colleague`: her badge is waited for; `colleaguePin`: hers. `reason`: one of four. */
export type FormStep = 'number' | 'code' | 'pin' | 'newPin' | 'again' | 'colleague' | 'colleaguePin' | 'reason';
/** Why an emergency session was opened: a life in danger, treatment that cannot wait, no way to sign in, something else. */
export type EmergencyReason = 'life' | 'treatment' | 'signIn' | 'other';
/** Who opened an emergency session: her PIN was checked, or she only said her staff number. */
export type Claimant = { readonly kind: 'proved'; readonly subscriber: Subscriber } | { readonly kind: 'claimed'; readonly number: string };

export type FormRemark =
  | { readonly kind: 'wrong'; readonly left: number }
  /** Number and code do not go together; which of them is never said. */
  | { readonly kind: 'wrongCode' }
  | { readonly kind: 'guessable'; readonly why: PinFault }
  /** The second time was not the first. */
  | { readonly kind: 'differ' }
  | { readonly kind: 'wiped' };
/** How a form ends without what it was for. `wait`: too many wrong codes here. `notAllowed`: this kind of card, or this person, is not. `limit`: so often in a week and no more. `taken`: the badge is somebody else's. */
export type FormRefusal = 'wait' | 'blocked' | 'notAllowed' | 'limit' | 'taken' | 'unreachable';

/** Whose PIN or code was tried in vain; null: a number that is nobody's, or the station's own code. */
export type Tried = { readonly subscriber: SubscriberId | null; readonly verdict: 'refused' | 'wait' | 'blocked' };
/** `subject`: whose form it is, once that is proved. */
export type StepAnswer = { readonly tried?: Tried } & (
  | { readonly kind: 'next'; readonly step: FormStep; readonly subject?: Subscriber; readonly claimant?: Claimant }
  /** The step named is to be typed (again). */
  | { readonly kind: 'again'; readonly step: FormStep; readonly remark: FormRemark }
  | { readonly kind: 'refused'; readonly because: FormRefusal }
  /** All that was to be typed was right. `code` opens with it; `until`: of a code that opens, when that ends. */
  | { readonly kind: 'done'; readonly subscriber: Subscriber; readonly factors: readonly Factor[]; readonly reached: Reached; readonly until: Millis | null }
);

export type Form = {
  readonly kind: 'form';
  readonly form: FormKind;
  readonly attempt: AttemptId;
  readonly step: FormStep;
  readonly digits: number;
  /** The unknown badge that is to be added. */
  readonly presentation: Presentation | null;
  /** The badge that proves, or the colleague's. */
  readonly tap: Tap | null;
  readonly subject: Subscriber | null;
  readonly claimant: Claimant | null;
  readonly remark: FormRemark | null;
  /** Since when an answer is waited for. */
  readonly checking: Millis | null;
  readonly lastKey: Millis;
  readonly shown: Millis;
};
