/** Nothing comes in: what the claimant in front of the station is doing goes out, one union. */
import type { Form } from './form.ts';
import type { Ask } from './step-up.ts';
import type { AttemptId, BadgeId, BadgeTag, Grade, Hint, Millis, Presentation, Subscriber } from './types.ts';

/** What is to be put right at the PIN pad. */
export type Remark =
  | { readonly kind: 'hint'; readonly hint: Hint }
  | { readonly kind: 'wrong'; readonly left: number }
  | { readonly kind: 'wiped' }
  | { readonly kind: 'keyGone' }
  | { readonly kind: 'keyRests' };

/** What the claimant in front of the station is doing. */
export type Claim =
  | { readonly kind: 'none' }
  | { readonly kind: 'reading'; readonly presentation: Presentation; readonly since: Millis }
  /** Somebody else's session is open: switch to this person? */
  | { readonly kind: 'choose'; readonly tap: Tap; readonly since: Millis }
  | {
      readonly kind: 'pin';
      readonly tap: Tap;
      readonly digits: number;
      readonly lastKey: Millis;
      readonly shown: Millis;
      readonly remark: Remark | null;
      /** Not to open: an application asked. */
      readonly ask: Ask | null;
    }
  | { readonly kind: 'verifying'; readonly tap: Tap; readonly since: Millis; readonly shown: Millis; readonly ask: Ask | null }
  /** Which other way? `beside`: the badge that was tapped before. */
  | { readonly kind: 'other'; readonly beside: Tap | null; readonly since: Millis }
  /** The face asks for a security key. */
  | { readonly kind: 'key'; readonly attempt: AttemptId; readonly beside: Tap | null; readonly since: Millis }
  /** The person whose work is open gets one more key: it is asked for, or was stored. */
  | { readonly kind: 'enrolKey'; readonly attempt: AttemptId; readonly subscriber: Subscriber; readonly step: 'touch' | 'again' | 'done'; readonly since: Millis }
  /** Inside her window, waiting for the desk to be confirmed closed. */
  | { readonly kind: 'ready'; readonly tap: Tap; readonly since: Millis }
  | { readonly kind: 'wait'; readonly tap: Tap; readonly until: Millis; readonly since: Millis }
  /** Something is typed step by step: a code, a new PIN, an emergency. */
  | Form
  /** The touch screen is being wiped: nothing on it counts until then. */
  | { readonly kind: 'cleaning'; readonly until: Millis }
  /** A made-up station to learn on. `digits`: typed in this lesson; their values are nobody's. */
  | { readonly kind: 'practice'; readonly attempt: AttemptId; readonly lesson: Lesson; readonly digits: number; readonly wrong: boolean; readonly since: Millis }
  | { readonly kind: 'notice'; readonly notice: Notice; readonly presentation: Presentation | null; readonly until: Millis };

export type Notice =
  | 'unknown'
  | 'revoked'
  | 'unproved'
  | 'tooWeak'
  | 'unusable'
  | 'unreadable'
  | 'twoBadges'
  | 'blocked'
  | 'keyBlocked'
  | 'unreachable'
  | 'added'
  /** With a PIN of the station's making, which stands on the terminal. */
  | 'addedDemo'
  | 'adding'
  | 'notOpened'
  /** She is typing, and the policy lets nobody take over then. */
  | 'inUse'
  /** How a form ended. */
  | 'pinChanged'
  | 'spareReady'
  | 'codeWait'
  | 'notAllowed'
  | 'limit'
  | 'badgeTaken'
  | 'noEmergency';

export type Lesson = 'tap' | 'pin' | 'wrongPin' | 'takeOver' | 'noBadge' | 'emergency' | 'done';

/** An enrolled badge's presentation, or a security key's ceremony, on its way to a verdict, with its stage times for `why`. */
export type Tap = {
  readonly attempt: AttemptId;
  readonly subscriber: Subscriber;
  readonly badge: BadgeId;
  readonly grade: Grade;
  /** As in CardSeen. */
  readonly keyPin: number | null;
  readonly tag: BadgeTag | null;
  readonly spareUntil: Millis | null;
  readonly hint: Hint | null;
  readonly arrivedAt: Millis;
  readonly readAt: Millis;
};
