/** A card that was read comes in; whether its tap counts, for whom and as what goes out (UX.md "Numbers", invariants 2, 5 and 7). */
import { isAtLeast } from './assurance.ts';
import { byUndo, byWindow } from './entitlement.ts';
import { badgeForForm } from './forms.ts';
import { abandonOpening, also, endClaim, lockDesk, notify, stay, tapOf } from './moves.ts';
import { proceed } from './opening.ts';
import { forRole, type Policy } from './policy.ts';
import { practiceTap } from './practice.ts';
import { staying } from './stay.ts';
import type { CardInField, CardSeen, Effect, Event, Millis, Notice, Presentation, State, Step, Tap, TapReason } from './types.ts';
import { isTyping, isWarned } from './walk-away.ts';
import { endWindows } from './window.ts';

type Read = Extract<Event, { kind: 'cardRead' }>;
type Enrolled = Extract<CardSeen, { kind: 'enrolled' }>;
type OpenDesk = Extract<State['desk'], { kind: 'open' }>;

/** How long the strip says that the owner's tap kept her in. */
const keptLasts: Millis = 4_000;

export function cardRead(state: State, event: Read, policy: Policy): Step {
  const card = state.field.find((c) => c.presentation === event.presentation);
  if (card === undefined) return stay(state);
  const tag = 'tag' in event.card ? event.card.tag : null;
  const enrolled = event.card.kind === 'enrolled';
  const field = state.field.map((c) => (c === card ? { ...c, tag, enrolled, read: true } : c));
  const decided = decide({ ...state, field, claim: doneReading(state, event.presentation) }, card, event, policy);
  // Nothing of a practice is kept but that it was done.
  const lastTap = { presentation: event.presentation, at: event.at, reason: decided.reason };
  if (decided.reason === 'practice') return stay({ ...decided.state, lastTap }, ...decided.effects);
  const record = {
    kind: 'record',
    entry: {
      kind: 'tap',
      tap: event.presentation,
      reader: event.reader,
      subscriber: subscriberOf(event.card),
      reason: decided.reason,
      stages: { read: event.at - card.since },
    },
  } as const;
  const proof = proofOf(event);
  // The tap itself stands in the ledger before anything it causes.
  return stay({ ...decided.state, lastTap }, record, ...proof, ...decided.effects);
}

/** What a card proved, or failed to, is a fact of its own beside the rule that decided the tap; of a card that is nobody's too. */
function proofOf({ card, presentation }: Read): readonly Effect[] {
  const failed = 'because' in card ? (card.because ?? null) : null;
  const result = card.kind === 'enrolled' && card.grade !== 'uid' ? card.grade : failed;
  return result === null ? [] : [{ kind: 'record', entry: { kind: 'proof', tap: presentation, subscriber: subscriberOf(card), result } }];
}

type Decision = Step & { readonly reason: TapReason };
const as = (reason: TapReason, step: Step): Decision => ({ ...step, reason });

const subscriberOf = (card: CardSeen): string | null =>
  card.kind === 'enrolled' ? card.subscriber.id : card.kind === 'revoked' || card.kind === 'unproved' ? card.subscriber : null;

const doneReading = ({ claim }: State, presentation: Presentation): State['claim'] => (claim.kind === 'reading' && claim.presentation === presentation ? { kind: 'none' } : claim);

function decide(state: State, card: CardInField, { card: seen, at }: Read, policy: Policy): Decision {
  if (card.spent) return as('readerTest', stay(state));
  if (state.health.kind === 'degraded') {
    // Nothing but an emergency goes on here, and a badge may still say who asks for it.
    const { claim } = state;
    const awaited = claim.kind === 'form' && seen.kind === 'enrolled' ? badgeForForm(state, claim, tapFrom(card, seen, at), at) : null;
    return awaited === null ? as('degraded', stay(claim.kind === 'form' ? state : { ...state, claim: { kind: 'none' } })) : as('form', awaited);
  }
  const lesson = practiceTap(state, at);
  if (lesson !== null) return as('practice', lesson);
  // Nobody could see what is asked, and nothing could cover the work again.
  if (state.face.kind === 'missing') return as('faceLost', stay(state));
  switch (seen.kind) {
    case 'unreadable':
      return refuse(state, card, 'unreadable', 'unreadable', at, policy);
    case 'unusable':
      return refuse(state, card, 'unusable', 'unusable', at, policy);
    case 'unknown':
      return refuse(state, card, 'unknown', 'unknown', at, policy);
    case 'unproved':
      return unproved(state, card, seen, at, policy);
    case 'revoked':
      return refuse(state, card, 'revoked', 'revoked', at, policy);
    case 'taken':
      return as('taken', stay(state));
    case 'enrolled':
      return enrolledTap(state, card, seen, at, policy);
    default:
      return seen satisfies never;
  }
}

/** Either a copy or a broken card: it opens nothing, at no grade, and what the genuine one had begun ends. A hand that was too quick is no failed check, nor is a key that was set to ask for its PIN. */
function unproved(state: State, card: CardInField, { subscriber, because }: Extract<CardSeen, { kind: 'unproved' }>, at: Millis, policy: Policy): Decision {
  if (because === 'gone') return refuse(state, card, 'goneTooSoon', 'unreadable', at, policy);
  return refuse(because === 'pinNeeded' ? state : endWindows(state, subscriber), card, 'unproved', 'unproved', at, policy);
}

/** A card that is no badge here never disturbs an enrolled one, an attempt, an opening (invariant 2) or someone who is typing. */
function refuse(state: State, card: CardInField, reason: TapReason, notice: Notice, at: Millis, policy: Policy): Decision {
  const beside = state.field.some((c) => c.enrolled && c.presentation !== card.presentation);
  if (beside || tapOf(state.claim) !== null || state.claim.kind === 'key' || state.claim.kind === 'enrolKey' || state.claim.kind === 'form' || state.desk.kind === 'opening')
    return as('besideBadge', stay(state));
  if (state.desk.kind === 'open' && isTyping(state.desk, at, policy)) return as(reason, stay(state));
  return as(
    reason,
    also(notify(state, notice, at, card.presentation), (s) => stay(s, { kind: 'cue', tone: 'refused' })),
  );
}

function enrolledTap(state: State, card: CardInField, seen: Enrolled, at: Millis, policy: Policy): Decision {
  // A badge that rests there for the open work is no second tap.
  const rival = state.field.some((c) => c.enrolled && c.presentation !== card.presentation && c.tag !== seen.tag && !(c.tag !== null && staying(state, c.tag, policy)));
  if (rival) {
    return as(
      'twoBadges',
      also(endClaim(state, 'twoBadges', at), (s) => also(notify(s, 'twoBadges', at), (t) => stay(t, { kind: 'cue', tone: 'refused' }))),
    );
  }
  // Put back within its grace, however soon: she is there.
  if (state.desk.kind === 'open' && staying(state, seen.tag, policy))
    return as('staying', stay({ ...state, claim: state.claim.kind === 'notice' ? { kind: 'none' } : state.claim, desk: { ...state.desk, lastActivity: at } }));
  const left = state.left.find((b) => b.tag === seen.tag);
  const onAnother = state.field.some((c) => c.tag === seen.tag && c.presentation !== card.presentation);
  if (onAnother || (left !== undefined && card.since - left.at < policy.sameBadgeAfter)) return as('tooSoon', stay(state));
  const { desk } = state;
  if (desk.kind === 'opening') {
    const own = desk.tap.subscriber.id === seen.subscriber.id;
    if (own) return as('keptOpening', stay(state));
    if (desk.redeemed) return as('busyOpening', stay(state, { kind: 'cue', tone: 'refused' }));
    // The newest tap wins until the OS has taken the grant, and never after.
    const freed = abandonOpening(state, 'displaced', 'revoked', at);
    const next = claimantsTap(freed.state, card, seen, at, policy);
    return { ...next, effects: [...freed.effects, ...next.effects] };
  }
  if (desk.kind === 'open' && desk.subscriber.id === seen.subscriber.id) return ownersTap(state, desk, seen, at, policy);
  return claimantsTap(state, card, seen, at, policy);
}

/** The owner's tap: it locks, unless that could throw her out of work she is at (invariant 7). */
function ownersTap(state: State, desk: OpenDesk, seen: Enrolled, at: Millis, sitePolicy: Policy): Decision {
  const policy = forRole(sitePolicy, desk.subscriber.role);
  // What she is typing goes on.
  if (state.claim.kind === 'form') return as('form', stay(state));
  // Asked to prove herself anew, she may show her badge beside the PIN.
  if (state.claim.kind === 'pin' && state.claim.ask !== null) {
    const { claim } = state;
    return as('keptOwner', stay({ ...state, claim: { ...claim, tap: { ...claim.tap, badge: seen.badge, grade: seen.grade } } }));
  }
  // Too late for the PIN that is being checked; it ends no question.
  if (state.claim.kind === 'verifying' && state.claim.ask !== null) return as('keptOwner', stay(state));
  const idle = at - desk.lastActivity;
  const keep: TapReason | null =
    state.claim.kind !== 'none' && state.claim.kind !== 'reading'
      ? 'keptOwner'
      : isWarned(state, at, policy)
        ? 'keptWarning'
        : idle >= policy.whoAfter
          ? 'keptIdle'
          : at - desk.openedAt < policy.keepAfterOpen
            ? 'keptJustOpened'
            : isTyping(desk, at, policy)
              ? 'keptTyping'
              : policy.ownersTap === 'keep'
                ? 'keptPolicy'
                : null;
  const ended = endClaim(state, 'displaced', at);
  if (keep === null)
    return as(
      'tappedOut',
      also(ended, (s) => lockDesk(s, 'tapOut', at)),
    );
  return as(
    keep,
    also(ended, (s) => stay({ ...s, desk: { ...desk, lastActivity: at, kept: { until: at + keptLasts } } })),
  );
}

const tapFrom = (card: CardInField, { subscriber, badge, grade, keyPin, tag, spareUntil, hint }: Enrolled, at: Millis): Tap => ({
  attempt: card.presentation,
  subscriber,
  badge,
  grade,
  keyPin,
  tag,
  spareUntil,
  hint,
  arrivedAt: card.since,
  readAt: at,
});

function claimantsTap(state: State, card: CardInField, seen: Enrolled, at: Millis, policy: Policy): Decision {
  const { claim } = state;
  if ((claim.kind === 'form' ? claim.tap : tapOf(claim))?.subscriber.id === seen.subscriber.id) return as('sameAttempt', stay(state));
  const tap = tapFrom(card, seen, at);
  const isTooWeak = !isAtLeast(seen.grade, forRole(policy, tap.subscriber.role).leastGrade);
  // In an emergency a badge only says who; anywhere else it has to prove as much as to open.
  const awaited = claim.kind === 'form' && (claim.form === 'emergency' || (seen.standing.kind === 'allowed' && !isTooWeak)) ? badgeForForm(state, claim, tap, at) : null;
  if (awaited !== null) return as('form', awaited);
  const ended = endClaim(state, 'displaced', at);
  if (isTooWeak) {
    return as(
      'tooWeak',
      also(ended, (s) => also(notify(s, 'tooWeak', at), (t) => stay(t, { kind: 'cue', tone: 'refused' }))),
    );
  }
  if (seen.standing.kind === 'blocked') {
    const blocked = seen.keyPin === null ? 'blocked' : 'keyBlocked';
    return as(
      blocked,
      also(ended, (s) => also(notify(s, blocked, at), (t) => stay(t, { kind: 'cue', tone: 'refused' }))),
    );
  }
  if (seen.standing.kind === 'wait') {
    const { until } = seen.standing;
    return as(
      'waiting',
      also(ended, (s) => stay({ ...s, claim: { kind: 'wait', tap, until, since: at } }, { kind: 'cue', tone: 'refused' })),
    );
  }
  if (byUndo(state, tap, at, policy) !== null)
    return as(
      'undone',
      also(ended, (s) => proceed(s, tap, at, policy)),
    );
  const { desk } = state;
  const takeOver = desk.kind === 'open' ? forRole(policy, desk.subscriber.role).takeOver : 'switch';
  if (desk.kind === 'open' && takeOver === 'refuse' && isTyping(desk, at, policy)) {
    return as(
      'refusedTyping',
      also(ended, (s) => also(notify(s, 'inUse', at), (t) => stay(t, { kind: 'cue', tone: 'refused' }))),
    );
  }
  if (takeOver !== 'switch') {
    return as(
      'askedSwitch',
      also(ended, (s) => stay({ ...s, claim: { kind: 'choose', tap, since: at } })),
    );
  }
  return as(
    byWindow(state, tap, at, policy) === null ? 'asked' : 'inWindow',
    also(ended, (s) => proceed(s, tap, at, policy)),
  );
}
