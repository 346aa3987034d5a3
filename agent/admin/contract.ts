/** What an administrator's command may ask of a station, and what it answers: the door's whole language, the same with an agent and without one. */
import { z } from 'zod';
import type { KeyboardHold } from '../../core/face-link.ts';
import type { Policy } from '../../core/policy.ts';
import type { DegradedCause, Desk, Grade, ReaderName, ReaderServiceCause, Subscriber, SubscriberId, TapReason } from '../../core/types.ts';
import type { Person } from '../enrolment.ts';
import type { Exported } from '../group/export.ts';
import type { Imported } from '../group/import.ts';
import { longestInvitation } from '../group/invitation.ts';
import type { GroupState, Invited } from '../group/membership.ts';
import type { Checkpoint } from '../ledger/proofs.ts';
import type { Row } from '../policy/effective.ts';
import type { Reloaded } from '../policy/live.ts';
import type { BadgeAccount } from '../proofs/account.ts';
import type { BindingStep } from '../proofs/appraisal.ts';
import type { PublicJwk } from '../step-up/statement.ts';

export const doorVersion = 1;
/** Of a line in either direction, its newline included. */
export const longestLine = 64 * 1024;
/** People, or badges, in one piece of news: a line of them stays far below the longest. */
export const peoplePerLine = 100;

/** Of a bundle's file in one line: with a third more for base64 it stays below the longest. */
export const partBytes = 45_000;

const base64 = z.string().regex(/^[A-Za-z0-9+/]{2,44}={0,2}$/);
const id = z.string().regex(/^[0-9a-f]{1,64}$/);
/** `by`: what a tap will show of it. */
const aes = z.strictObject({
  aid: base64,
  keyNo: z.int().min(0).max(13),
  keyVersion: z.int().min(0).max(255),
  key: base64,
  uid: base64,
  number: base64,
  by: z.enum(['uid', 'number']),
});

const name = { given: z.string().max(80), initial: z.string().max(20), language: z.enum(['en', 'es']).nullable() };
/** null: none any more; left out: as it was. */
const details = { role: z.string().max(80).nullable().optional(), number: z.string().max(40).nullable().optional(), account: z.string().max(200).nullable().optional() };

/** A PIN or a code stands beside a request, never in it: see line.ts. */
export const requestSchema = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('status') }),
  z.strictObject({ ask: z.literal('rules') }),
  z.strictObject({ ask: z.literal('people') }),
  z.strictObject({ ask: z.literal('badges') }),
  /** The next badge held to a reader, to be kept for `enrol` or `addBadge` of the same conversation. */
  z.strictObject({
    ask: z.literal('badge'),
    seconds: z.int().min(1).max(300),
    /** What it shall prove from now on; `open`: its command APDUs come by `apdu`. `fido`: the key's own PIN stands beside the request, where it has one. Left out: the best that writes nothing to it. */
    as: z.enum(['best', 'uid', 'piv', 'pivPinned', 'fido', 'open']).optional(),
    /** Whose security key it becomes, or whose open card it is or shall be; only with those two. */
    person: id.optional(),
  }),
  /** The security key of `addBadge`, held there once more: what it makes of a salt unlocks her record from then on. Its PIN beside it, if it was enrolled with one. */
  z.strictObject({ ask: z.literal('bindKey'), seconds: z.int().min(1).max(300), person: id, badge: id }),
  /** One command APDU to the card of `badge` with `open`, while it stays in the field. */
  z.strictObject({ ask: z.literal('apdu'), command: z.string().regex(/^([0-9a-f]{2}){4,300}$/) }),
  /** What personalising made of the open card, to be checked as a tap would and kept for `enrol` or `addBadge`. */
  z.strictObject({ ask: z.literal('made'), aes }),
  z.strictObject({ ask: z.literal('enrol'), ...name, ...details }),
  /** Without badge and PIN. */
  z.strictObject({ ask: z.literal('addPerson'), ...name, ...details }),
  z.strictObject({ ask: z.literal('setPerson'), person: id, ...details }),
  /** The digits stand beside the request. `hours`: of a shift code. */
  z.strictObject({
    ask: z.literal('issueCode'),
    person: id,
    purpose: z.enum(['enrol', 'shift', 'newPin']),
    checked: z.string().max(200),
    hours: z.int().min(1).max(24).optional(),
  }),
  /** The badge that was held there instead of this one. */
  z.strictObject({ ask: z.literal('replaceBadge'), badge: id }),
  z.strictObject({ ask: z.literal('retireBadges') }),
  z.strictObject({ ask: z.literal('addBadge'), person: id }),
  /** One more security key for the person who is signed in, at the screen. */
  z.strictObject({ ask: z.literal('registerKey'), person: id }),
  z.strictObject({ ask: z.literal('revokePerson'), person: id }),
  z.strictObject({ ask: z.literal('revokeBadge'), badge: id }),
  z.strictObject({ ask: z.literal('resetPin'), person: id }),
  /** `emergency`: the number of its entry. */
  z.strictObject({ ask: z.literal('reviewEmergency'), emergency: z.int().min(0), statement: z.string().max(2_000) }),
  /** What a tap of hers would come to now, and which of her windows are live. */
  z.strictObject({ ask: z.literal('outlook'), person: id }),
  /** Which group the station is in. */
  z.strictObject({ ask: z.literal('group') }),
  z.strictObject({ ask: z.literal('createGroup') }),
  /** The code stands beside the request, and makes the invitation. */
  z.strictObject({ ask: z.literal('invite'), may: z.enum(['import', 'export']), hours: z.int().min(1).max(longestInvitation) }),
  /** Its code beside it. */
  z.strictObject({ ask: z.literal('joinGroup'), invitation: z.string().max(12_000) }),
  /** A bundle for the rest of the group, to be fetched by `bundlePart` in the same conversation. */
  z.strictObject({ ask: z.literal('exportPeople') }),
  z.strictObject({ ask: z.literal('bundlePart'), at: z.int().min(0) }),
  /** A bundle's file from its beginning, piece by piece, for `importPeople` of the same conversation. */
  z.strictObject({ ask: z.literal('sendPart'), part: z.string().regex(/^[A-Za-z0-9+/]{1,60000}={0,2}$/) }),
  z.strictObject({ ask: z.literal('importPeople') }),
  z.strictObject({ ask: z.literal('checkpoint') }),
  /** Every setting in force, for somebody of this role. */
  z.strictObject({ ask: z.literal('policy'), role: z.string().max(80).nullable() }),
  z.strictObject({ ask: z.literal('reloadPolicy') }),
  z.strictObject({ ask: z.literal('stepUpKey') }),
]);
export type Request = z.infer<typeof requestSchema>;

/** `wrong`: what was asked makes no sense; `refused`: it does, and the answer is no; `unavailable`: the station cannot answer now. `reason`: one word for programs, where there are several; sentences may be reworded. */
export type Refused = {
  readonly kind: 'refused';
  readonly because: 'wrong' | 'refused' | 'unavailable';
  readonly reason?: string /** One sentence saying what to do. */;
  readonly why: string;
};

/** A line of the diagnosis that is worth an administrator's eye. `wall`: Unix milliseconds. */
export type Note = { readonly wall: number; readonly id: string; readonly text: string };

export type Status = {
  readonly kind: 'status';
  readonly version: string;
  readonly mode: 'evaluation' | 'installed';
  readonly pid: number;
  /** The agent's start: Unix milliseconds, and station time of the same moment. */
  readonly started: { readonly wall: number; readonly at: number };
  /** `detail`: one sentence with what mends it, where more is known than the cause. */
  readonly health: { readonly kind: 'ok' } | { readonly kind: 'degraded'; readonly cause: DegradedCause; readonly detail: string | null };
  readonly desk: { readonly kind: Desk['kind']; readonly subscriber: SubscriberId | null };
  readonly readers: readonly ReaderName[];
  readonly readerService: ReaderServiceCause | null;
  /** Whether keys can leave the locked screen; null: no face has said anything yet. */
  readonly keyboard: KeyboardHold | null;
  readonly policySha256: string;
  /** null: this station reads its policy once, and no faults were in it. */
  readonly policy: PolicyStanding | null;
  readonly lastTap: { readonly wall: number; readonly reason: TapReason; readonly reference: string } | null;
  readonly ledger: { readonly id: string; readonly entries: number } | null;
  readonly notes: readonly Note[];
};

/** `kept`: what the sources say now has faults, and the last policy that held goes on; `defaults`: none ever held. `waiting`: settings that count from the agent's next start. */
export type PolicyStanding = { readonly standing: 'current' | 'kept' | 'defaults'; readonly faults: readonly string[]; readonly waiting: readonly string[] };
export type PolicyReply = {
  readonly kind: 'policy';
  readonly computer: string;
  readonly standing: PolicyStanding['standing'];
  readonly faults: readonly string[];
  readonly rows: readonly Row[];
};

/** What the policy says to whoever enrols. */
export type Rules = Pick<Policy, 'pinLength' | 'leastGrade' | 'desfireAid' | 'staleAfter' | 'staleBadges'>;

export type Reply =
  | Status
  | ({ readonly kind: 'rules' } & Rules)
  /** All of them have been told as news. */
  | { readonly kind: 'listed'; readonly count: number }
  | { readonly kind: 'badge'; readonly grade: Grade }
  /** A card lies open. `hidden`: it shows another UID at each tap. `known`: the badge it is here, if any. */
  | { readonly kind: 'open'; readonly hidden: boolean; readonly known: BadgeAccount | null }
  /** null: the card left or kept silent. */
  | { readonly kind: 'apdu'; readonly response: string | null }
  | { readonly kind: 'enrolled'; readonly subscriber: Subscriber; readonly badge: string }
  | { readonly kind: 'done'; readonly subscriber: SubscriberId }
  /** `until`: Unix milliseconds. */
  | { readonly kind: 'issued'; readonly subscriber: SubscriberId; readonly until: number }
  /** `entry`: the review's own number. */
  | { readonly kind: 'reviewed'; readonly entry: number }
  /** `windows`, in milliseconds: `tap`, for which a tap alone still opens; `left`, until the window is forgotten. `taps`: the rule that a tap of each of her badges would meet now. */
  | {
      readonly kind: 'outlook';
      readonly windows: readonly { readonly badge: string; readonly tap: number; readonly left: number }[];
      readonly taps: readonly { readonly badge: string; readonly reason: TapReason }[];
    }
  | { readonly kind: 'groupState'; readonly state: GroupState | null }
  | Invited
  | (Omit<Exported, 'file'> & { readonly bytes: number })
  | { readonly kind: 'part'; readonly part: string }
  | Imported
  | { readonly kind: 'stepUpKey'; readonly key: PublicJwk }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | PolicyReply
  | { readonly kind: 'reloaded'; readonly outcome: Reloaded }
  | Refused;

/** Told while a request is being answered. */
export type News =
  | { readonly kind: 'people'; readonly people: readonly Person[] }
  | { readonly kind: 'badges'; readonly badges: readonly BadgeAccount[] }
  /** Of people who are exported or imported. */
  | { readonly kind: 'progress'; readonly done: number; readonly all: number }
  /** A reader is ready: the badge may come. */
  | { readonly kind: 'waiting' }
  /** She confirms with her PIN at the screen, touches the new key, and touches it again as she will at each sign-in. */
  | { readonly kind: 'keyStep'; readonly step: 'pin' | 'touch' | 'again' }
  /** A badge that is to prove itself: this step began. */
  | { readonly kind: 'bindingStep'; readonly step: BindingStep }
  /** The same card has to come once more: lifted, and held there again. */
  | { readonly kind: 'again' }
  /** A card came that is no badge to enrol, or could not be read. */
  | { readonly kind: 'noBadge'; readonly because: 'unusable' | 'unreadable' };

/** One question, one answer. `pin`: of a PIN or a code, values 0–9, overwritten before the answer. */
export type Ask = (request: Request, more?: { readonly pin?: Uint8Array; readonly hear?: (news: News) => void }) => Promise<Reply>;

export const refused = (because: Refused['because'], why: string, reason?: string): Refused => ({ kind: 'refused', because, ...(reason !== undefined && { reason }), why });
