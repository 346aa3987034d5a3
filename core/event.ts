/** Nothing comes in: every Event that may happen to a station goes out, one union. */
import type { FormStep, StepAnswer } from './form.ts';
import type { GrantId, Outcome, SessionKey, Snapshot } from './session.ts';
import type { Ask } from './step-up.ts';
import type { AttemptId, CardSeen, DegradedCause, KeyAnswer, Millis, Presentation, ReaderName, ReaderServiceCause, Subscriber, SubscriberId, Verdict } from './types.ts';

export type Event = { readonly at: Millis } & (
  | { readonly kind: 'cardArrived'; readonly reader: ReaderName; readonly presentation: Presentation }
  | { readonly kind: 'cardRead'; readonly reader: ReaderName; readonly presentation: Presentation; readonly card: CardSeen }
  | { readonly kind: 'cardGone'; readonly presentation: Presentation }
  | { readonly kind: 'readerFound'; readonly reader: ReaderName }
  | { readonly kind: 'readerLost'; readonly reader: ReaderName }
  | { readonly kind: 'readerService'; readonly cause: ReaderServiceCause | null }
  /** A digit was pressed. Its value is in the agent's buffer, never here. */
  | { readonly kind: 'digit' }
  | {
      readonly kind:
        | 'erase'
        | 'clear'
        | 'cancel'
        | 'switch'
        | 'notNow'
        | 'keepWorking'
        | 'lockNow'
        | 'help'
        | 'back'
        | 'addBadge'
        | 'otherWay'
        | 'testReader'
        | 'usePin'
        | 'clean'
        | 'reasonLife'
        | 'reasonTreatment'
        | 'reasonSignIn'
        | 'reasonOther'
        | 'next';
    }
  /** Another way: a security key. `attempt` is its own, from the agent's numbers of presentations. */
  | { readonly kind: 'useKey'; readonly attempt: AttemptId }
  | { readonly kind: 'keyCame'; readonly attempt: AttemptId; readonly answer: KeyAnswer }
  /** Her new key: the screen that asks for it, its end, or neither any more. */
  | { readonly kind: 'enrolKey'; readonly attempt: AttemptId; readonly subscriber: SubscriberId; readonly step: 'touch' | 'again' | 'done' | 'over' }
  | { readonly kind: 'stepUp'; readonly attempt: AttemptId; readonly ask: Ask }
  /** Something is to be typed, step by step; `attempt` is its own where no presentation began it. */
  | { readonly kind: 'enterCode' | 'newPin' | 'changePin' | 'vouch' | 'emergency' | 'practise'; readonly attempt: AttemptId }
  | { readonly kind: 'stepAnswered'; readonly attempt: AttemptId; readonly step: FormStep; readonly answer: StepAnswer }
  | { readonly kind: 'verdict'; readonly attempt: AttemptId; readonly subscriber: SubscriberId; readonly verdict: Verdict }
  | { readonly kind: 'opened'; readonly grant: GrantId; readonly outcome: Outcome }
  | { readonly kind: 'locked'; readonly outcome: Outcome }
  | { readonly kind: 'sessions'; readonly snapshot: Snapshot }
  /** The OS has taken the grant: a newer tap comes too late for it. */
  | { readonly kind: 'redeemed'; readonly grant: GrantId }
  /** A password opened a session at the system's own screen; told before the snapshot that shows it. */
  | { readonly kind: 'openedElsewhere'; readonly session: SessionKey; readonly subscriber: Subscriber }
  /** The computer is about to sleep, or has woken. */
  | { readonly kind: 'sleep' }
  /** The session's own lock key, or a program in it. */
  | { readonly kind: 'lockAsked' }
  /** The signed-in person used keyboard or pointer, as the system reports it. */
  | { readonly kind: 'activity'; readonly how: 'key' | 'pointer' }
  /** A badge was enrolled from the screen for the presentation that asked. */
  | { readonly kind: 'badgeAdded'; readonly presentation: Presentation; readonly subscriber: Subscriber }
  | { readonly kind: 'revoked'; readonly subscriber: SubscriberId }
  /** She has a new PIN, or another role: what the old one began is over. */
  | { readonly kind: 'pinReset' | 'roleChanged'; readonly subscriber: SubscriberId }
  /** A face covers every display now, or none does any more. */
  | { readonly kind: 'face'; readonly present: boolean }
  | { readonly kind: 'broken'; readonly cause: DegradedCause }
  /** The moment `nextDeadline(state)` named has come. */
  | { readonly kind: 'tick' }
);
