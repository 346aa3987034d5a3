/** The small moves every transition is made of: a State comes in, a Step goes out, and nothing else is touched. */
import type { Entry, Stages } from './entry.ts';
import { firstStep } from './form-steps.ts';
import type { Policy } from './policy.ts';
import type {
  Ask,
  AskRefusal,
  AttemptId,
  Claim,
  Effect,
  Form,
  FormKind,
  FormStep,
  LockReason,
  Millis,
  Notice,
  OutcomeCode,
  Presentation,
  State,
  Step,
  Subscriber,
  SubscriberId,
  Tap,
  TapReason,
} from './types.ts';
import { keepLastSeen } from './window.ts';

/** How long a notice stands: long enough to read, or to answer where it asks something. */
const noticeLasts: Record<Notice, Millis> = {
  unknown: 15_000,
  revoked: 8_000,
  unproved: 8_000,
  tooWeak: 8_000,
  unusable: 5_000,
  unreadable: 5_000,
  twoBadges: 5_000,
  blocked: 15_000,
  keyBlocked: 15_000,
  unreachable: 8_000,
  added: 6_000,
  addedDemo: 6_000,
  adding: 10_000,
  notOpened: 8_000,
  inUse: 5_000,
  pinChanged: 5_000,
  spareReady: 8_000,
  codeWait: 15_000,
  notAllowed: 15_000,
  limit: 15_000,
  badgeTaken: 15_000,
  noEmergency: 15_000,
};

/** What lies over open work without having been asked for by its owner, at most. */
export const noticeOverWork: Millis = 5_000;

export const stay = (state: State, ...effects: readonly Effect[]): Step => ({ state, effects });

/** Runs `next` on what the step before it left, and keeps both lists of effects in order. */
export function also(before: Step, next: (state: State) => Step): Step {
  const after = next(before.state);
  return { state: after.state, effects: [...before.effects, ...after.effects] };
}

export const tapOf = (claim: Claim): Tap | null =>
  claim.kind === 'choose' || claim.kind === 'pin' || claim.kind === 'verifying' || claim.kind === 'ready' || claim.kind === 'wait'
    ? claim.tap
    : claim.kind === 'other' || claim.kind === 'key'
      ? claim.beside
      : null;

export const ownerOf = ({ desk }: State): SubscriberId | null => {
  switch (desk.kind) {
    case 'open':
      return desk.subscriber.id;
    case 'opening':
      return desk.tap.subscriber.id;
    case 'locking':
      return desk.subscriber;
    case 'locked':
      return null;
    default:
      return desk satisfies never;
  }
};

const readStage = (tap: Tap): Stages => ({ read: tap.readAt - tap.arrivedAt });

/** The end of an asked-for tap, in the ledger and for the help screen. */
export function endTap(state: State, tap: Tap, reason: TapReason, at: Millis, stages: Stages = readStage(tap)): Step {
  return stay(
    { ...state, lastTap: { presentation: tap.attempt, at, reason } },
    { kind: 'record', entry: { kind: 'tapEnded', tap: tap.attempt, subscriber: tap.subscriber.id, reason, stages } },
  );
}

/** Ends whatever claim there is for this reason; digits never outlive the claim they were typed for. */
export function endClaim(state: State, reason: TapReason, at: Millis): Step {
  const { claim } = state;
  const ended: State = { ...state, claim: { kind: 'none' } };
  switch (claim.kind) {
    case 'pin':
      return also(stay(ended, { kind: 'wipePin' }), (s) => (claim.ask === null ? endTap(s, claim.tap, reason, at) : endAsk(s, claim.ask, reason)));
    case 'other':
      return claim.beside === null ? stay(ended) : endTap(ended, claim.beside, reason, at);
    case 'key':
      return also(stay(ended, { kind: 'endKey', attempt: claim.attempt }), (s) => (claim.beside === null ? stay(s) : endTap(s, claim.beside, reason, at)));
    case 'enrolKey':
      return claim.step === 'done' ? stay(ended) : stay(ended, { kind: 'endKey', attempt: claim.attempt });
    case 'verifying':
      return claim.ask === null ? endTap(ended, claim.tap, reason, at) : endAsk(ended, claim.ask, reason);
    case 'choose':
    case 'ready':
      return endTap(ended, claim.tap, reason, at);
    case 'form':
      return stay(ended, { kind: 'wipePin' }, { kind: 'endForm', attempt: claim.attempt }, formEntry(claim, 'ended'));
    // A wait's tap ended when the wait began.
    case 'wait':
    case 'none':
    case 'reading':
    case 'notice':
    case 'cleaning':
    case 'practice':
      return stay(ended);
    default:
      return claim satisfies never;
  }
}

export const formEntry = ({ form, attempt, subject }: Form, result: Extract<Entry, { kind: 'form' }>['result']): Effect => ({
  kind: 'record',
  entry: { kind: 'form', form, attempt, subscriber: subject?.id ?? null, result },
});

/** An application that asked always gets its answer, and the ledger has it first. */
export function refuseAsk(state: State, ask: Ask, because: AskRefusal): Step {
  const { id, subscriber, app, act } = ask;
  return stay(
    state,
    { kind: 'record', entry: { kind: 'stepUp', ask: id, subscriber, app, act, result: because, factors: [], reached: 'none' } },
    { kind: 'decline', ask, because },
  );
}

const endAsk = (state: State, ask: Ask, reason: TapReason): Step =>
  refuseAsk(
    state,
    ask,
    reason === 'cancelled' || reason === 'declined' ? 'declined' : reason === 'timedOut' ? 'timedOut' : reason === 'waiting' || reason === 'blocked' ? 'wrongPin' : 'busy',
  );

export function notify(state: State, notice: Notice, at: Millis, presentation: Presentation | null = null): Step {
  // Over somebody's open work a notice is somebody else's business: it goes soon.
  const lasts = state.desk.kind === 'open' ? Math.min(noticeLasts[notice], noticeOverWork) : noticeLasts[notice];
  return stay({ ...state, claim: { kind: 'notice', notice, presentation, until: at + lasts } });
}

/** Digits of the PIN that is asked beside this tap: the pad sends itself at the last. */
export const pinDigits = ({ keyPin }: Tap, { pinLength }: Pick<Policy, 'pinLength'>): number => keyPin ?? pinLength;

export const askPin = (state: State, tap: Tap, at: Millis, ask: Ask | null = null): State => ({
  ...state,
  claim: { kind: 'pin', tap, digits: 0, lastKey: at, shown: at, remark: tap.hint === null || ask !== null ? null : { kind: 'hint', hint: tap.hint }, ask },
});

/** What is known as something begins to be typed. */
export type FormStart = { readonly presentation?: Presentation; readonly tap?: Tap; readonly subject?: Subscriber; readonly step?: FormStep };

export function openForm(state: State, form: FormKind, attempt: AttemptId, at: Millis, more: FormStart = {}): State {
  const { presentation = null, tap = null, subject = null, step = firstStep(form) } = more;
  const claim: Form = { kind: 'form', form, attempt, step, digits: 0, presentation, tap, subject, claimant: null, remark: null, checking: null, lastKey: at, shown: at };
  return { ...state, help: null, claim };
}

/** Asks the OS for the lock; the desk counts as closed from here on, confirmed or not. A question about the session that closes becomes the PIN it led to; a key is registered, and a PIN changed, over open work only. */
export function lockDesk(before: State, why: LockReason, at: Millis, escalate = false): Step {
  const seen = keepLastSeen(before);
  if (seen.claim.kind === 'enrolKey' || (seen.claim.kind === 'form' && seen.claim.form === 'changePin'))
    return also(endClaim(seen, 'displaced', at), (s) => lockDesk(s, why, at, escalate));
  // Nor does an application's question outlive the work it was asked in.
  const ask = seen.claim.kind === 'pin' || seen.claim.kind === 'verifying' ? seen.claim.ask : null;
  if (ask !== null) {
    const wiped = stay({ ...seen, claim: { kind: 'none' } }, ...(seen.claim.kind === 'pin' ? [{ kind: 'wipePin' } as const] : []));
    return also(
      also(wiped, (s) => refuseAsk(s, ask, 'locked')),
      (s) => lockDesk(s, why, at, escalate),
    );
  }
  const state = seen.claim.kind === 'choose' ? askPin(seen, seen.claim.tap, at) : seen;
  const { tries, screen } = state.desk.kind === 'locking' ? { tries: state.desk.tries + 1, screen: state.desk.screen } : { tries: 0, screen: 'unknown' as const };
  return stay({ ...state, desk: { kind: 'locking', why, subscriber: ownerOf(state), since: at, tries, seq: state.snapshot.seq, screen } }, { kind: 'lock', why, escalate });
}

/** Closes a desk that was opening: the permit gets its outcome and the tap its end, whatever the cause. */
export function abandonOpening(state: State, why: LockReason, code: OutcomeCode, at: Millis, escalate = false): Step {
  const { desk } = state;
  if (desk.kind !== 'opening') return stay(state);
  const outcome = { kind: 'outcome', grant: desk.grant.id, subscriber: desk.tap.subscriber.id, result: code, ms: at - desk.since } as const;
  const ended = also(stay(state, { kind: 'record', entry: outcome }), (s) =>
    endTap(s, desk.tap, why === 'revoked' ? 'revokedNow' : 'notOpened', at, { ...desk.stages, open: at - desk.since }),
  );
  return also(ended, (s) => lockDesk(s, why, at, escalate));
}

/** Closes the desk whatever it was doing. */
export const closeDesk = (state: State, why: LockReason, at: Millis, escalate = false): Step =>
  state.desk.kind === 'opening' ? abandonOpening(state, why, 'rejected', at, escalate) : lockDesk(state, why, at, escalate);
