/** The glossary in code: people, cards, verdicts, and what the station remembers (State). What may happen is in event.ts, what it asks the world to do in effect.ts, what a claimant is doing in claim.ts. */
import type { Claim, Tap } from './claim.ts';
import type { Effect } from './effect.ts';
import type { Entitlement } from './entitlement.ts';
import type { Stages } from './entry.ts';
import type { Grant, SessionKey, Snapshot } from './session.ts';
import type { Window } from './window.ts';

export type * from './claim.ts';
export type * from './effect.ts';
export type * from './event.ts';
export type * from './form.ts';
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
  /** As the policy's rules name it; null: none. */
  readonly role: Role | null;
};
/** A role as IT names it in the policy: `nurse`, `physician`. */
export type Role = string;

/** What a card has PROVED about itself, weakest first; SP 800-63B-4 §3.2.1: an identifier alone proves nothing. */
export type Grade = 'uid' | 'aes' | 'piv' | 'fido';
/** Why a card did not prove what its badge was enrolled to prove. `gone`: it left or kept silent. `missing`: it has no such application, key or credential. `wrong`: its cryptogram or signature does not hold. `malformed`: it answered against the protocol. `expired`, `withdrawn` (by the CRL), `untrusted` (no configured root): of a certificate. `cloned`: its counter fell behind. */
export type ProofFault = 'gone' | 'missing' | 'wrong' | 'malformed' | 'expired' | 'withdrawn' | 'untrusted' | 'cloned' | 'pinNeeded';
/** `key`: a security key that also verified its user (its own PIN or a biometric). */
/** `code`: a code of the help desk's, a look-up secret that is used more than once and so reaches no AAL by itself (SP 800-63B-4 §3.1.2.1). */
export type Factor = 'badge' | 'pin' | 'key' | 'code';
/** Authenticator assurance level reached, SP 800-63B-4 §2; `none` where no AAL is met. */
export type Reached = 'none' | 'AAL1' | 'AAL2';

/** What the station noticed of somebody's taps and PINs, and would say at the next occasion. `tooShort`: her taps are often cut short. `oldPin`: the PIN that was changed not long ago. `wrongPins`: wrong ones in a row over days. `wrongSide`: the badge is often held so that it cannot be read. */
export type Hint = 'tooShort' | 'oldPin' | 'wrongPins' | 'wrongSide';

/** A card as the agent found it after reading: no UID, no ATR beyond this point. */
/** `grade` is what the card has proved in this very presentation. */
export type CardSeen =
  | {
      readonly kind: 'enrolled';
      readonly tag: BadgeTag;
      readonly badge: BadgeId;
      readonly grade: Grade;
      readonly subscriber: Subscriber;
      /** Of the PIN that would be asked: the station's, or the key's own. */
      readonly standing: Standing;
      /** Digits of the security key's own PIN, where the policy leaves it to the key to verify her; null: the station PIN is asked. */
      readonly keyPin: number | null;
      /** Lent on a colleague's word, until then; null: her own. */
      readonly spareUntil: Millis | null;
      /** What went wrong for her lately, in one hint. */
      readonly hint: Hint | null;
    }
  | { readonly kind: 'revoked'; readonly tag: BadgeTag; readonly subscriber: SubscriberId }
  /** A badge that was enrolled as provable and did not prove itself now: never taken at a lower grade. */
  | { readonly kind: 'unproved'; readonly tag: BadgeTag; readonly badge: BadgeId; readonly subscriber: SubscriberId; readonly because: ProofFault }
  | { readonly kind: 'unknown'; readonly tag: BadgeTag }
  /** A random or zero UID: a phone, a bank card. Never enrolled, never counted as a badge. `because`: why it was none that says by itself whose it is; null: it was not asked, or is nobody's here. */
  | { readonly kind: 'unusable'; readonly because?: ProofFault | null }
  | { readonly kind: 'unreadable'; readonly why: UnreadableCause; readonly because?: ProofFault }
  /** Held to the reader for an administrator's command, which has taken it: no tap of anybody's. */
  | { readonly kind: 'taken' };
export type UnreadableCause = 'mute' | 'pulled' | 'busy' | 'silent' | 'noUid';

/** Whether a PIN of this person would be looked at now; `left` as in Verdict. */
export type Standing = { readonly kind: 'allowed'; readonly left: number } | { readonly kind: 'wait'; readonly until: Millis } | { readonly kind: 'blocked' };

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
      readonly kind: 'proved';
      readonly badge: BadgeId;
      readonly subscriber: Subscriber;
      /** The UV flag, under the key's signature. */
      readonly verified: boolean;
      readonly standing: Standing;
    }
  /** `subscriber`: whose key it said to be, where it said so. */
  | { readonly kind: 'unproved'; readonly subscriber: SubscriberId | null; readonly because: ProofFault }
  /** Nobody touched one, or none can be asked for here. */
  | { readonly kind: 'none' };

export type LockReason =
  | 'start'
  | 'tapOut'
  | 'walkAway'
  | 'lockNow'
  | 'readerLost'
  | 'sessionLost'
  | 'notConfirmed'
  | 'revoked'
  | 'broken'
  | 'exception'
  | 'stop'
  | 'faceLost'
  | 'displaced'
  | 'sleep'
  | 'asked'
  | 'lifted'
  | 'overall'
  | 'emergencyOver';

/** Why the station opens nobody. Each has a sentence and a mend in `doctor`. */
export type DegradedCause =
  | 'storeDamaged'
  | 'storeNewer'
  | 'storeOlder'
  | 'storeKey'
  | 'ledgerUnwritable'
  | 'ledgerDamaged'
  | 'keyHolderWeak'
  | 'exception'
  | 'upgradeFailed'
  | 'cloned';
/** Why no reader can be used although the program runs. */
export type ReaderServiceCause = 'noLibrary' | 'noService' | 'refused' | 'hung';

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

/** What the OS shows, as far as it has been confirmed. Locked is what remains when anything is missing. */
export type Desk =
  | { readonly kind: 'locked' }
  /** A lock was asked for and is not confirmed; `tries` rises with each escalation, `seq` is the snapshot it was asked under; `screen`, what the OS last said is shown meanwhile. */
  | {
      readonly kind: 'locking';
      readonly why: LockReason;
      readonly subscriber: SubscriberId | null;
      readonly since: Millis;
      readonly tries: number;
      readonly seq: number;
      readonly screen: 'locked' | 'unknown';
    }
  | {
      readonly kind: 'opening';
      readonly grant: Grant;
      readonly tap: Tap;
      readonly by: OpenedBy /** Whose open session gives way. */;
      readonly displaced: SubscriberId | null /** The OS has taken the grant. */;
      readonly redeemed: boolean;
      readonly since: Millis;
      readonly stages: Stages;
    }
  | {
      readonly kind: 'open';
      readonly subscriber: Subscriber;
      readonly session: SessionKey;
      readonly openedAt: Millis;
      /** What opened it, and her last full second factor: however busy she is, the work closes `openOverall` after that (SP 800-63B-4 §2.2.3). */
      readonly by: OpenedBy;
      /** Since when her badge is off the reader, where it has to rest there. */
      readonly lifted: Millis | null;
      readonly lastActivity: Millis;
      readonly lastKey: Millis | null;
      readonly kept: { readonly until: Millis } | null;
    };

/** What an open desk rests on. `badge`: '' where none was shown. */
export type OpenedBy = {
  readonly kind: Entitlement['kind'] | 'elsewhere';
  readonly badge: BadgeId;
  readonly grade: Grade;
  readonly tag: BadgeTag | null;
  readonly provedAt: Millis;
  /** As in Entitlement. */
  readonly until: Millis | null;
};
/** Somebody whose open work gave way to a colleague's tap: for a moment her own tap brings it straight back. */
export type Displaced = { readonly subscriber: SubscriberId; readonly by: OpenedBy; readonly at: Millis };
/** An emergency whose claimant proved who she is: until it is over, her lock keeps its session for her and for nobody else. `since`: opened. */
export type EmergencyKept = { readonly claimant: SubscriberId; readonly session: SessionKey; readonly since: Millis };
/** A locked session that waits for its person. `since`: first seen so; `ends`: it was warned and is to be signed out then, unless she comes before; `asked`: its end was asked for. */
export type Parked = { readonly key: SessionKey; readonly subscriber: SubscriberId; readonly since: Millis; readonly ends: Millis | null; readonly asked: boolean };

export type LastTap = { readonly presentation: Presentation; readonly at: Millis; readonly reason: TapReason };
/** The rule that decided a tap; `why` and the help screen say each in words. */
export type TapReason =
  | 'asked'
  | 'askedSwitch'
  | 'inWindow'
  | 'undone'
  | 'refusedTyping'
  | 'staying'
  | 'keptPolicy'
  | 'emergency'
  | 'form'
  | 'practice'
  | 'opened'
  | 'switched'
  | 'tappedOut'
  | 'keptTyping'
  | 'keptOpening'
  | 'keptJustOpened'
  | 'keptWarning'
  | 'keptIdle'
  | 'keptOwner'
  | 'tooSoon'
  | 'sameAttempt'
  | 'besideBadge'
  | 'twoBadges'
  | 'unknown'
  | 'revoked'
  | 'unproved'
  | 'tooWeak'
  | 'unusable'
  | 'unreadable'
  | 'goneTooSoon'
  | 'wrongPin'
  | 'waiting'
  | 'blocked'
  | 'keyBlocked'
  | 'cancelled'
  | 'declined'
  | 'timedOut'
  | 'displaced'
  | 'unreachable'
  | 'notOpened'
  | 'degraded'
  | 'readerLost'
  | 'added'
  | 'busyOpening'
  | 'revokedNow'
  | 'readerTest'
  | 'taken'
  | 'faceLost';

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
  readonly displaced: Displaced | null;
  readonly emergency: EmergencyKept | null;
  readonly parked: readonly Parked[];
  /** The help screen lies over whatever else is shown until this moment; its reader test spends the next card. */
  readonly help: { readonly until: Millis; readonly test: 'off' | 'waiting' | 'seen' } | null;
  readonly lastTap: LastTap | null;
};

export type Step = { readonly state: State; readonly effects: readonly Effect[] };
