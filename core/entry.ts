/** What the ledger holds, one union: no UID, PIN, key or name, only the subscriber id. Sequence number, wall time and proofs are the ledger's own. */
import type { Entitlement } from './entitlement.ts';
import type { EmergencyReason, FormKind, FormRefusal, FormStep, Tried } from './form.ts';
import type {
  AskRefusal,
  AttemptId,
  BadgeId,
  DegradedCause,
  Factor,
  Grade,
  GrantId,
  Intent,
  LockReason,
  OutcomeCode,
  Presentation,
  ProofFault,
  Reached,
  ReaderName,
  ReaderServiceCause,
  SubscriberId,
  TapReason,
  Verdict,
} from './types.ts';

/** Milliseconds a tap spent in each stage; a stage it did not reach is absent. `read`: field to UID; `pin`: first screen to last digit (the person); `check`: the KDF; `open`: the OS. */
export type Stages = { readonly read?: number; readonly pin?: number; readonly check?: number; readonly open?: number };

export type Entry =
  | { readonly kind: 'started'; readonly version: string; readonly mode: 'evaluation' | 'installed' }
  | { readonly kind: 'stopped'; readonly why: string }
  /** By IT; `startKey`: whether anybody was given the key that proves the ledger's MACs. `by` null: at the agent's first start. */
  | { readonly kind: 'setUp'; readonly by: string | null; readonly startKey: 'given' | 'notGiven' }
  /** IT's word that a station on other hardware, or under another system, is no copy. */
  | { readonly kind: 'sameStation'; readonly actor: string }
  /** The store, from one version to another; `backup`: the copy that was made of it before. `digest`: of all that this copy holds. */
  | { readonly kind: 'upgraded'; readonly from: number; readonly to: number; readonly backup: string; readonly digest: string }
  | { readonly kind: 'rolledBack'; readonly from: number; readonly to: number; readonly backup: string; readonly actor: string }
  | { readonly kind: 'reader'; readonly reader: ReaderName; readonly change: 'found' | 'lost' }
  | { readonly kind: 'face'; readonly change: 'found' | 'lost' }
  /** A face was started with a switch that opens it to other programs, and ended. */
  | { readonly kind: 'faceRefused'; readonly what: string }
  | { readonly kind: 'readerService'; readonly cause: ReaderServiceCause | null }
  /** Every card that entered the field, with the rule that decided its first fate. */
  | { readonly kind: 'tap'; readonly tap: Presentation; readonly reader: ReaderName; readonly subscriber: SubscriberId | null; readonly reason: TapReason; readonly stages: Stages }
  /** What a badge that was enrolled as provable came to; the reason a proof failed. `subscriber` null: of a card that did not say whose it is. */
  | { readonly kind: 'proof'; readonly tap: Presentation; readonly subscriber: SubscriberId | null; readonly result: Grade | ProofFault }
  /** The end of a tap that had been asked for more. */
  | { readonly kind: 'tapEnded'; readonly tap: Presentation; readonly subscriber: SubscriberId; readonly reason: TapReason; readonly stages: Stages }
  | { readonly kind: 'verdict'; readonly attempt: AttemptId; readonly subscriber: SubscriberId; readonly verdict: Verdict['kind']; readonly left: number | null }
  /** A security key's ceremony in the face, an attempt of its own. */
  | { readonly kind: 'key'; readonly attempt: AttemptId; readonly subscriber: SubscriberId | null; readonly result: 'verified' | 'touched' | 'none' | ProofFault }
  /** An application asked for a fresh proof; recorded before it is answered. */
  | {
      readonly kind: 'stepUp';
      readonly ask: string;
      readonly subscriber: SubscriberId;
      readonly app: string;
      readonly act: string;
      readonly result: 'confirmed' | AskRefusal;
      readonly factors: readonly Factor[];
      readonly reached: Reached;
    }
  /** Durable BEFORE the open it permits (45 CFR 164.312(b)); its outcome is a second entry. */
  | {
      readonly kind: 'permit';
      readonly grant: GrantId;
      readonly attempt: AttemptId;
      readonly subscriber: SubscriberId;
      readonly intent: Intent /** Which of hers; absent where none was shown. */;
      readonly badge?: BadgeId;
      readonly grade: Grade;
      readonly factors: readonly Factor[];
      readonly reached: Reached;
      readonly by: Entitlement['kind'] /** Whose open session gives way to it. */;
      readonly displaced: SubscriberId | null;
    }
  | { readonly kind: 'outcome'; readonly grant: GrantId; readonly subscriber: SubscriberId; readonly result: 'opened' | OutcomeCode; readonly ms: number }
  /** A permit without outcome, found at start. */
  | { readonly kind: 'outcomeUnknown'; readonly grant: GrantId; readonly subscriber: SubscriberId }
  | { readonly kind: 'locked'; readonly why: LockReason; readonly subscriber: SubscriberId | null; readonly confirmed: boolean }
  /** Opened by a password at the system's own screen, without a grant of ours. */
  | { readonly kind: 'openedElsewhere'; readonly subscriber: SubscriberId }
  /** Durable, here or in the reserve, before the emergency session opens. Who claimed to be there without a PIN that could be checked is named by her staff number. */
  | {
      readonly kind: 'emergency';
      readonly grant: GrantId;
      readonly attempt: AttemptId;
      readonly claimant: { readonly kind: 'proved'; readonly subscriber: SubscriberId } | { readonly kind: 'claimed'; readonly number: string };
      readonly reason: EmergencyReason;
      readonly minutes: number;
    }
  /** Taken over from the reserve, where the ledger could not be written: `entry` was the reserve's number `number`, written at `wall` (Unix milliseconds). `proved`: its MAC and chain hold; without a key there is none. */
  | { readonly kind: 'fromReserve'; readonly number: number; readonly wall: number; readonly proved: boolean; readonly entry: Entry }
  /** By somebody else than who opened it; `emergency` is the number of that entry. `compared` false: IT had noted no account for her, so that nobody could tell. */
  | { readonly kind: 'emergencyReviewed'; readonly emergency: number; readonly actor: string; readonly statement: string; readonly compared?: false }
  /** A PIN or a code that was typed in vain in the form of this attempt; null: beside a number that is nobody's, or the station's own code (45 CFR 164.308(a)(5)(ii)(C)). */
  | ({ readonly kind: 'tried'; readonly attempt: AttemptId; readonly step: FormStep } & Tried)
  /** The end of something typed step by step. */
  | { readonly kind: 'form'; readonly form: FormKind; readonly attempt: AttemptId; readonly subscriber: SubscriberId | null; readonly result: 'done' | 'ended' | FormRefusal }
  /** `checked`: how the help desk knew her. */
  | { readonly kind: 'codeIssued'; readonly subscriber: SubscriberId; readonly actor: string; readonly purpose: 'enrol' | 'shift' | 'newPin'; readonly checked: string }
  /** A spare badge on a colleague's word; `until`: Unix milliseconds. */
  | { readonly kind: 'vouched'; readonly subscriber: SubscriberId; readonly voucher: SubscriberId; readonly until: number }
  | { readonly kind: 'pinChanged'; readonly subscriber: SubscriberId }
  | { readonly kind: 'parkedWarned' | 'signedOut'; readonly subscriber: SubscriberId; readonly why: 'many' | 'old' | 'emergencyOver' }
  | { readonly kind: 'practised' }
  | { readonly kind: 'degraded'; readonly cause: DegradedCause }
  | { readonly kind: 'policy'; readonly sha256: string }
  /** Another policy holds from now on, or the same one again after it was refused (no keys). `keys`: settings that differ; `roles`: what rules say of roles. */
  | { readonly kind: 'policyChanged'; readonly sha256: string; readonly keys: readonly string[] }
  /** What the sources say has faults; `kept`: what goes on instead. `sha256`: of the sources. */
  | { readonly kind: 'policyRefused'; readonly sha256: string; readonly faults: number; readonly kept: 'running' | 'lastGood' | 'defaults' }
  /** `may`: whether this station may export people and invite, or only import. */
  | {
      readonly kind: 'group';
      readonly change: 'created' | 'joined';
      readonly group: string;
      readonly station: string;
      readonly may: 'import' | 'export';
      readonly invitation: string | null;
      readonly actor: string;
    }
  /** `until`: Unix milliseconds. */
  | { readonly kind: 'invited'; readonly group: string; readonly invitation: string; readonly may: 'import' | 'export'; readonly until: number; readonly actor: string }
  /** A bundle by its number and the SHA-256 of its file. */
  | { readonly kind: 'peopleExported'; readonly sequence: number; readonly people: number; readonly sha256: string; readonly actor: string }
  /** Durable before what it brought. `from`: the station that made it, and how far that one's ledger was; who was revoked by it has an entry of her own. */
  | {
      readonly kind: 'peopleImported';
      readonly from: string;
      readonly ledger: { readonly ledger: string; readonly count: number; readonly head: string } | null;
      readonly sequence: number;
      readonly sha256: string;
      readonly added: number;
      readonly changed: number;
      readonly revoked: number;
      readonly unchanged: number;
      readonly conflicts: number;
      readonly actor: string;
    }
  /** `actor`: who asked: an OS account for the CLI, `screen` for the station itself. `grade`: what the badge will have to prove. */
  | { readonly kind: 'enrolled'; readonly subscriber: SubscriberId; readonly badge?: BadgeId; readonly actor: string; readonly grade: Grade }
  /** `badge`: absent where the person was revoked with all of hers. `retired`: nobody used it for long. `replaced`: by the one whose entry stands before this. */
  | { readonly kind: 'revoked' | 'retired' | 'replaced'; readonly subscriber: SubscriberId; readonly badge?: BadgeId; readonly actor: string }
  | { readonly kind: 'changed'; readonly subscriber: SubscriberId; readonly what?: readonly ChangedDetail[]; readonly actor: string }
  | { readonly kind: 'pinReset'; readonly subscriber: SubscriberId; readonly actor: string };

/** `added`: a person without a badge yet. What it was and is, no entry says. */
export type ChangedDetail = 'added' | 'role' | 'number' | 'account';
