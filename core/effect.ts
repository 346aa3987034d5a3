/** Nothing comes in: every Effect a step may ask of the world goes out, one union. */
import type { Tap } from './claim.ts';
import type { Entitlement } from './entitlement.ts';
import type { Entry } from './entry.ts';
import type { FormKind, FormStep } from './form.ts';
import type { Grant, SessionKey } from './session.ts';
import type { Ask, AskRefusal } from './step-up.ts';
import type { AttemptId, BadgeId, Factor, Grade, LockReason, Presentation, Reached, SubscriberId } from './types.ts';

export type Effect =
  /** Durable before anything behind it in the same list runs; a failure drops the rest and locks. */
  | { readonly kind: 'record'; readonly entry: Entry }
  | { readonly kind: 'takeDigit' | 'eraseDigit' | 'wipePin' }
  /** Check what stands in the PIN buffer; answered by one `verdict`. */
  | { readonly kind: 'verify'; readonly attempt: AttemptId; readonly subscriber: SubscriberId; readonly grade: Grade }
  /** The same, by the security key in the field, whose own PIN it is (SP 800-63B-4 §3.2.10: an activation secret). */
  | { readonly kind: 'verifyKey'; readonly attempt: AttemptId; readonly subscriber: SubscriberId; readonly badge: BadgeId }
  /** Ask the face for a security key, hers where somebody is named; answered by one `keyCame` unless `endKey` comes before it, which also ends the registration of a key. */
  | { readonly kind: 'askKey'; readonly attempt: AttemptId; readonly subscriber: SubscriberId | null }
  | { readonly kind: 'endKey'; readonly attempt: AttemptId }
  /** The application's answer: a statement that she proved herself, or why there is none. */
  | { readonly kind: 'confirm'; readonly ask: Ask; readonly factors: readonly Factor[]; readonly reached: Reached }
  | { readonly kind: 'decline'; readonly ask: Ask; readonly because: AskRefusal }
  /** The only effect that may open. `by` is the Entitlement it consumed. */
  | { readonly kind: 'open'; readonly grant: Grant; readonly by: Entitlement }
  /** Answered by one `locked`. `escalate`: an earlier lock was not confirmed. */
  | { readonly kind: 'lock'; readonly why: LockReason; readonly escalate: boolean }
  | { readonly kind: 'addBadge'; readonly presentation: Presentation }
  /** What stands in the PIN buffer is the answer to this step; answered by one `stepAnswered` unless `endForm` comes before it. */
  | { readonly kind: 'answerStep'; readonly attempt: AttemptId; readonly form: FormKind; readonly step: FormStep; readonly tap: Tap | null; readonly subject: SubscriberId | null }
  /** Whatever was typed for it is forgotten. */
  | { readonly kind: 'endForm'; readonly attempt: AttemptId }
  /** A parked session is to be ended soon: its hooks may warn. */
  | { readonly kind: 'warnParked'; readonly session: SessionKey }
  /** The next snapshot without it says that it was. */
  | { readonly kind: 'signOut'; readonly session: SessionKey }
  | { readonly kind: 'cue'; readonly tone: 'accepted' | 'refused' };
