/** The glossary in code: what may happen (Event), what the station remembers (State), what it asks the world to do (Effect). */
import type { Entitlement } from './entitlement.ts';
import type { Entry, Stages } from './entry.ts';
import type { Grant, GrantId, Outcome, SessionKey, Snapshot } from './session.ts';
import type { Ask, AskRefusal } from './step-up.ts';
import type { Window } from './window.ts';

export type * from './session.ts';
export type { Ask, AskRefusal } from './step-up.ts';

/** Station time in milliseconds since boot, counting suspend (CLOCK_BOOTTIME, QueryInterruptTime). Never wall time. */
export type Millis = number;
export type ReaderName = string;
/** One stay of one card in one reader's field. Rises by one per presentation and survives restarts of the agent. */
export type Presentation = number;
/** What an Entitlement is bound to. In this version an attempt is always a presentation. */
export type AttemptId = Presentation;
export type SubscriberId = string;
export type BadgeId = string;
/** Stands for a badge within one run of the agent: a keyed hash of its UID under a key that never leaves memory. */
export type BadgeTag = string;

export type Language = 'en' | 'es';
export type Subscriber = {
  readonly id: SubscriberId;
  /** First name, shown after the badge was read. */
  readonly given: string;
  /** Last initial, without the full stop. */
  readonly initial: string;
  readonly language: Language | null;
};

/** What a card has PROVED about itself, weakest first; SP 800-63B-4 §3.2.1: an identifier alone proves nothing. */
export type Grade = 'uid' | 'aes' | 'piv' | 'fido';
/** Why a card did not prove what its badge was enrolled to prove. `gone`: it left or kept silent. `missing`: it has no such application, key or credential. `wrong`: its cryptogram or signature does not hold. `malformed`: it answered against the protocol. `expired`, `withdrawn` (by the CRL), `untrusted` (no configured root): of a certificate. `cloned`: its counter fell behind. */
export type ProofFault = 'gone' | 'missing' | 'wrong' | 'malformed' | 'expired' | 'withdrawn' | 'untrusted' | 'cloned';
/** `key`: a security key that also verified its user (its own PIN or a biometric). */
export type Factor = 'badge' | 'pin' | 'key';
/** Authenticator assurance level reached, SP 800-63B-4 §2; `none` where no AAL is met. */
export type Reached = 'none' | 'AAL1' | 'AAL2';

/** A card as the agent found it after reading: no UID, no ATR beyond this point. */
/** `grade` is what the card has proved in this very presentation. */
export type CardSeen =
  | {
      readonly kind: 'enrolled'; readonly tag: BadgeTag; readonly badge: BadgeId; readonly grade: Grade; readonly subscriber: Subscriber;
      /** Of the PIN that would be asked: the station's, or the key's own. */
      readonly standing: Standing;
      /** Digits of the security key's own PIN, where the policy leaves it to the key to verify her; null: the station PIN is asked. */
      readonly keyPin: number | null;
    }
  | { readonly kind: 'revoked'; readonly tag: BadgeTag; readonly subscriber: SubscriberId }
  /** A badge that was enrolled as provable and did not prove itself now: never taken at a lower grade. */
  | { readonly kind: 'unproved'; readonly tag: BadgeTag; readonly badge: BadgeId; readonly subscriber: SubscriberId; readonly because: ProofFault }
  | { readonly kind: 'unknown'; readonly tag: BadgeTag }
  /** A random or zero UID: a phone, a bank card. Never enrolled, never counted as a badge. */
  | { readonly kind: 'unusable' }
  | { readonly kind: 'unreadable'; readonly why: UnreadableCause }
  /** Held to the reader for an administrator's command, which has taken it: no tap of anybody's. */
  | { readonly kind: 'taken' };
export type UnreadableCause = 'mute' | 'pulled' | 'busy' | 'silent' | 'noUid';

/** Whether a PIN of this person would be looked at now; `left` as in Verdict. */
export type Standing =
  | { readonly kind: 'allowed'; readonly left: number }
  | { readonly kind: 'wait'; readonly until: Millis }
  | { readonly kind: 'blocked' };

export type Verdict =
  | { readonly kind: 'accepted'; readonly factors: readonly Factor[]; readonly reached: Reached }
  /** `left`: tries until the next wait, or until blocked once waits have begun. */
  | { readonly kind: 'refused'; readonly left: number }
  | { readonly kind: 'wait'; readonly until: Millis }
  | { readonly kind: 'blocked' }
  /** The security key that was to check its own PIN does not lie on the reader, or left meanwhile. */
  | { readonly kind: 'keyGone' }
  /** Three wrong ones in one stay: the key looks at no more PINs until it was lifted (CTAP 2.1 §6.5.2.3). */
  | { readonly kind: 'keyRests' }
  /** What lies there did not answer as the enrolled key must. */
  | { readonly kind: 'unproved'; readonly because: ProofFault }
  /** No answer could be had (store, KDF). Expected, and never counted as a wrong PIN. */
  | { readonly kind: 'unreachable' };

/** What a security key's ceremony in the face came to (WebAuthn L3 §7.2). */
export type KeyAnswer =
  | {
      readonly kind: 'proved'; readonly badge: BadgeId; readonly subscriber: Subscriber;
      /** The UV flag, under the key's signature. */
      readonly verified: boolean;
      readonly standing: Standing;
    }
  /** `subscriber`: whose key it said to be, where it said so. */
  | { readonly kind: 'unproved'; readonly subscriber: SubscriberId | null; readonly because: ProofFault }
  /** Nobody touched one, or none can be asked for here. */
  | { readonly kind: 'none' };

export type LockReason =
  | 'start' | 'tapOut' | 'walkAway' | 'lockNow' | 'readerLost' | 'sessionLost' | 'notConfirmed'
  | 'revoked' | 'broken' | 'exception' | 'stop' | 'faceLost' | 'displaced' | 'sleep' | 'asked';

/** Why the station opens nobody. Each has a sentence and a mend in `doctor`. */
export type DegradedCause =
  | 'storeDamaged' | 'storeNewer' | 'storeOlder' | 'storeKey' | 'ledgerUnwritable' | 'ledgerDamaged'
  | 'keyHolderWeak' | 'exception';
/** Why no reader can be used although the program runs. */
export type ReaderServiceCause = 'noLibrary' | 'noService' | 'refused' | 'hung';

export type Event = { readonly at: Millis } & (
  | { readonly kind: 'cardArrived'; readonly reader: ReaderName; readonly presentation: Presentation }
  | { readonly kind: 'cardRead'; readonly reader: ReaderName; readonly presentation: Presentation; readonly card: CardSeen }
  | { readonly kind: 'cardGone'; readonly presentation: Presentation }
  | { readonly kind: 'readerFound'; readonly reader: ReaderName }
  | { readonly kind: 'readerLost'; readonly reader: ReaderName }
  | { readonly kind: 'readerService'; readonly cause: ReaderServiceCause | null }
  /** A digit was pressed. Its value is in the agent's buffer, never here. */
  | { readonly kind: 'digit' }
  | { readonly kind: 'erase' | 'clear' | 'cancel' | 'switch' | 'notNow' | 'keepWorking' | 'lockNow' | 'help' | 'back' | 'addBadge' | 'otherWay' | 'testReader' | 'usePin' }
  /** Another way: a security key. `attempt` is its own, from the agent's numbers of presentations. */
  | { readonly kind: 'useKey'; readonly attempt: AttemptId }
  | { readonly kind: 'keyCame'; readonly attempt: AttemptId; readonly answer: KeyAnswer }
  /** Her new key: the screen that asks for it, its end, or neither any more. */
  | { readonly kind: 'enrolKey'; readonly attempt: AttemptId; readonly subscriber: SubscriberId; readonly step: 'touch' | 'done' | 'over' }
  | { readonly kind: 'stepUp'; readonly attempt: AttemptId; readonly ask: Ask }
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
  /** An administrator set a new PIN: what the old one began is over. */
  | { readonly kind: 'pinReset'; readonly subscriber: SubscriberId }
  /** A face covers every display now, or none does any more. */
  | { readonly kind: 'face'; readonly present: boolean }
  | { readonly kind: 'broken'; readonly cause: DegradedCause }
  /** The moment `nextDeadline(state)` named has come. */
  | { readonly kind: 'tick' }
);

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
  | { readonly kind: 'cue'; readonly tone: 'accepted' | 'refused' };

/** A card in a reader's field now. `tag` is null until it was read, or where it cannot be a badge. */
export type CardInField = {
  readonly reader: ReaderName;
  readonly presentation: Presentation;
  readonly tag: BadgeTag | null;
  readonly enrolled: boolean;
  /** What it is has been told. */
  readonly read: boolean;
  readonly since: Millis;
  /** Used up by the help screen's reader test. */
  readonly spent: boolean;
};
/** When a badge last left the field: the same badge counts again only after 1 s out of it. */
export type BadgeLeft = { readonly tag: BadgeTag; readonly at: Millis };

/** What is to be put right at the PIN pad. */
export type Remark = { readonly kind: 'wrong'; readonly left: number } | { readonly kind: 'wiped' } | { readonly kind: 'keyGone' } | { readonly kind: 'keyRests' };

/** What the claimant in front of the station is doing. */
export type Claim =
  | { readonly kind: 'none' }
  | { readonly kind: 'reading'; readonly presentation: Presentation; readonly since: Millis }
  /** Somebody else's session is open: switch to this person? */
  | { readonly kind: 'choose'; readonly tap: Tap; readonly since: Millis }
  | {
      readonly kind: 'pin'; readonly tap: Tap; readonly digits: number; readonly lastKey: Millis; readonly shown: Millis;
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
  | { readonly kind: 'enrolKey'; readonly attempt: AttemptId; readonly subscriber: Subscriber; readonly step: 'touch' | 'done'; readonly since: Millis }
  /** Inside her window, waiting for the desk to be confirmed closed. */
  | { readonly kind: 'ready'; readonly tap: Tap; readonly since: Millis }
  | { readonly kind: 'wait'; readonly tap: Tap; readonly until: Millis; readonly since: Millis }
  | { readonly kind: 'notice'; readonly notice: Notice; readonly presentation: Presentation | null; readonly until: Millis };

export type Notice = 'unknown' | 'revoked' | 'unproved' | 'tooWeak' | 'unusable' | 'unreadable' | 'twoBadges' | 'blocked' | 'keyBlocked' | 'unreachable' | 'added' | 'adding' | 'notOpened';

/** An enrolled badge's presentation, or a security key's ceremony, on its way to a verdict, with its stage times for `why`. */
export type Tap = {
  readonly attempt: AttemptId;
  readonly subscriber: Subscriber;
  readonly badge: BadgeId;
  readonly grade: Grade;
  /** As in CardSeen. */
  readonly keyPin: number | null;
  readonly arrivedAt: Millis;
  readonly readAt: Millis;
};

/** What the OS shows, as far as it has been confirmed. Locked is what remains when anything is missing. */
export type Desk =
  | { readonly kind: 'locked' }
  /** A lock was asked for and is not confirmed; `tries` rises with each escalation, `seq` is the snapshot it was asked under. */
  | { readonly kind: 'locking'; readonly why: LockReason; readonly subscriber: SubscriberId | null; readonly since: Millis; readonly tries: number; readonly seq: number }
  | { readonly kind: 'opening'; readonly grant: Grant; readonly tap: Tap; /** Whose open session gives way. */ readonly displaced: SubscriberId | null; /** The OS has taken the grant. */ readonly redeemed: boolean; readonly since: Millis; readonly stages: Stages }
  | {
      readonly kind: 'open'; readonly subscriber: Subscriber; readonly session: SessionKey; readonly openedAt: Millis;
      readonly lastActivity: Millis; readonly lastKey: Millis | null;
      readonly kept: { readonly until: Millis } | null;
    };

export type LastTap = { readonly presentation: Presentation; readonly at: Millis; readonly reason: TapReason };
/** The rule that decided a tap; `why` and the help screen say each in words. */
export type TapReason =
  | 'asked' | 'askedSwitch' | 'inWindow' | 'opened' | 'switched' | 'tappedOut'
  | 'keptTyping' | 'keptOpening' | 'keptJustOpened' | 'keptWarning' | 'keptIdle' | 'keptOwner' | 'tooSoon' | 'sameAttempt' | 'besideBadge'
  | 'twoBadges' | 'unknown' | 'revoked' | 'unproved' | 'tooWeak' | 'unusable' | 'unreadable' | 'goneTooSoon'
  | 'wrongPin' | 'waiting' | 'blocked' | 'keyBlocked' | 'cancelled' | 'declined' | 'timedOut' | 'displaced' | 'unreachable' | 'notOpened'
  | 'degraded' | 'readerLost' | 'added' | 'busyOpening' | 'revokedNow' | 'readerTest' | 'taken' | 'faceLost';

/** `unseen`: no face has come yet since the start. */
export type FaceStanding = { readonly kind: 'unseen' | 'there' } | { readonly kind: 'missing'; readonly since: Millis };

export type State = {
  readonly health: { readonly kind: 'ok' } | { readonly kind: 'degraded'; readonly cause: DegradedCause };
  readonly desk: Desk;
  readonly claim: Claim;
  readonly field: readonly CardInField[];
  readonly left: readonly BadgeLeft[];
  readonly readers: readonly ReaderName[];
  readonly readerService: ReaderServiceCause | null;
  readonly snapshot: Snapshot;
  readonly face: FaceStanding;
  /** Of everybody who proved herself with two factors not long ago. */
  readonly windows: readonly Window[];
  /** The help screen lies over whatever else is shown until this moment; its reader test spends the next card. */
  readonly help: { readonly until: Millis; readonly test: 'off' | 'waiting' | 'seen' } | null;
  readonly lastTap: LastTap | null;
};

export type Step = { readonly state: State; readonly effects: readonly Effect[] };
