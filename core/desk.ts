/** What the OS confirmed comes in; what the desk counts as goes out. A call's return is never a lock, unconfirmed is closed and escalated. */
import { keptEmergency } from './emergency.ts';
import { entitle } from './entitlement.ts';
import { abandonOpening, also, closeDesk, endClaim, endTap, lockDesk, notify, ownerOf, refuseAsk, stay, tapOf } from './moves.ts';
import { isClosing, permitOpen } from './opening.ts';
import type { Policy } from './policy.ts';
import { liftedNow } from './stay.ts';
import { confirm } from './step-up.ts';
import type { Ask, DegradedCause, Effect, Event, GrantId, Millis, Outcome, OutcomeCode, Remark, Snapshot, State, Step, SubscriberId } from './types.ts';
import { beginWindow, endWindows, signedOut } from './window.ts';

type VerdictEvent = Extract<Event, { kind: 'verdict' }>;
type OpenedEvent = Extract<Event, { kind: 'opened' }>;

/** The answer to a `verify`: only here can an Entitlement be made, and it is consumed in the same step (invariant 1). */
export function verdictCame(before: State, { attempt, subscriber, verdict, at }: VerdictEvent, policy: Policy): Step {
  // A check that failed ends what earlier ones had begun, whoever's attempt it was.
  const state = verdict.kind === 'accepted' || verdict.kind === 'unreachable' || verdict.kind === 'keyGone' ? before : endWindows(before, subscriber);
  const { claim } = state;
  const entry = { kind: 'verdict', attempt, subscriber, verdict: verdict.kind, left: verdict.kind === 'refused' ? verdict.left : null } as const;
  // For an older attempt: heard, told to the ledger, and dropped (invariant 2).
  if (claim.kind !== 'verifying' || claim.tap.attempt !== attempt) return stay(state, { kind: 'record', entry });
  const { tap } = claim;
  const stages = { read: tap.readAt - tap.arrivedAt, pin: claim.since - claim.shown, check: at - claim.since };
  const recorded = stay({ ...state, claim: { kind: 'none' } }, { kind: 'record', entry });
  const refused: Effect = { kind: 'cue', tone: 'refused' };
  switch (verdict.kind) {
    case 'accepted': {
      if (claim.ask !== null) return also(recorded, (s) => confirm(s, claim.ask as Ask, tap, verdict, at));
      const by = entitle(claim, attempt, verdict, at);
      // A desk that is still closing must be confirmed closed before anything opens.
      if (by === null || state.desk.kind === 'opening' || isClosing(state, tap.subscriber.id)) {
        return also(recorded, (s) => also(endTap(s, tap, 'notOpened', at, stages), (t) => also(notify(t, 'notOpened', at), (u) => stay(u, refused))));
      }
      const { badge, grade } = tap;
      // A spare opens nothing by a tap alone, ever.
      return also(recorded, (s) =>
        permitOpen(tap.spareUntil !== null ? s : beginWindow(s, { subscriber: tap.subscriber.id, badge, grade, role: tap.subscriber.role }, at, policy), tap, by, stages, at),
      );
    }
    case 'refused':
    case 'keyGone':
    case 'keyRests': {
      const remark: Remark = verdict.kind === 'refused' ? { kind: 'wrong', left: verdict.left } : verdict;
      return also(recorded, (s) => stay({ ...s, claim: { kind: 'pin', tap, digits: 0, lastKey: at, shown: claim.shown, remark, ask: claim.ask } }, refused));
    }
    case 'wait':
      if (claim.ask !== null) return also(recorded, (s) => also(refuseAsk(s, claim.ask as Ask, 'wrongPin'), (t) => stay(t, refused)));
      return also(recorded, (s) => also(endTap(s, tap, 'waiting', at, stages), (t) => stay({ ...t, claim: { kind: 'wait', tap, until: verdict.until, since: at } }, refused)));
    case 'blocked':
    case 'unproved':
    case 'unreachable': {
      const said = verdict.kind === 'blocked' && tap.keyPin !== null ? 'keyBlocked' : verdict.kind;
      const ended = (s: State): Step => (claim.ask === null ? endTap(s, tap, said, at, stages) : refuseAsk(s, claim.ask, verdict.kind === 'unreachable' ? 'busy' : 'wrongPin'));
      return also(recorded, (s) => also(ended(s), (t) => also(notify(t, said, at), (u) => stay(u, refused))));
    }
    default:
      return verdict satisfies never;
  }
}

/** What the OS did with a grant. Anything but its own confirmed, unlocked session of the right person closes the desk again. */
export function openedCame(state: State, { grant, outcome, at }: OpenedEvent, policy: Policy): Step {
  const { desk } = state;
  if (desk.kind !== 'opening' || desk.grant.id !== grant) {
    // Too late to be wanted: what it opened must not stay open.
    return outcome.kind === 'done' ? also(endClaim(state, 'notOpened', at), (s) => closeDesk(s, 'notConfirmed', at, true)) : stay(state);
  }
  const { tap } = desk;
  const session = outcome.kind === 'done' ? outcome.session : null;
  if (session !== null && session.subscriber === desk.grant.subscriber && session.lock === 'unlocked' && session.state === 'active') {
    const entry = { kind: 'outcome', grant, subscriber: tap.subscriber.id, result: 'opened', ms: at - desk.since } as const;
    const open: State = {
      ...state,
      emergency: desk.by.kind === 'emergency' ? keptEmergency(tap, session.key, at) : state.emergency,
      desk: {
        kind: 'open',
        subscriber: tap.subscriber,
        session: session.key,
        openedAt: at,
        by: desk.by,
        lifted: liftedNow(state, desk.by.tag, tap.subscriber.role, at, policy),
        lastActivity: at,
        lastKey: null,
        kept: null,
      },
    };
    const ended = also(stay(open, { kind: 'record', entry }), (s) =>
      endTap(s, tap, desk.displaced === null ? 'opened' : 'switched', at, { ...desk.stages, open: at - desk.since }),
    );
    // What the OS reported since the grant was made may already say otherwise.
    return state.snapshot.seq > desk.grant.seq ? also(ended, (s) => sessionsCame(s, s.snapshot, at)) : ended;
  }
  return notOpened(state, outcome.kind === 'failed' ? outcome.code : 'unconfirmed', at, outcome.kind !== 'failed' || outcome.screen === 'unknown');
}

/** An opening that did not come about: closed again, said on the screen, its tap ended. */
export function notOpened(state: State, code: OutcomeCode, at: Millis, escalate: boolean): Step {
  const { desk } = state;
  // Nothing of ours opens now: what is left to a patient in need is on paper.
  const notice = desk.kind === 'opening' && desk.by.kind === 'emergency' ? 'noEmergency' : 'notOpened';
  return also(abandonOpening(state, 'notConfirmed', code, at, escalate), (s) => also(notify(s, notice, at), (t) => stay(t, { kind: 'cue', tone: 'refused' })));
}

export function lockedCame(state: State, outcome: Outcome, at: Millis): Step {
  const { desk } = state;
  if (desk.kind !== 'locking') return stay(state);
  const confirmed = outcome.kind === 'done';
  const entry = { kind: 'locked', why: desk.why, subscriber: desk.subscriber, confirmed } as const;
  // Unconfirmed: `settle` asks again, more strongly, at the next deadline.
  const heard = stay({ ...state, desk: confirmed ? { kind: 'locked' } : { ...desk, screen: outcome.screen } }, { kind: 'record', entry });
  return confirmed && state.snapshot.seq > desk.seq ? also(heard, (s) => sessionsCame(s, s.snapshot, at)) : heard;
}

/** The OS's own report. An open desk must be that very session, unlocked; a closed one must not be open behind our back. */
export function sessionsCame(state: State, snapshot: Snapshot, at: Millis): Step {
  if (snapshot.seq < state.snapshot.seq) return stay(state);
  const next: State = signedOut(state.snapshot, snapshot).reduce(endWindows, { ...state, snapshot });
  const { active } = snapshot;
  // Whose it is may not be known here: open it is all the same. (Whoever proved herself to the system itself was reported before this.)
  const unlocked = active !== null && (active.subscriber === null ? active.lock === 'unlocked' : active.lock !== 'locked');
  const { desk } = state;
  switch (desk.kind) {
    case 'open': {
      const same = active !== null && active.key.id === desk.session.id && active.key.epoch === desk.session.epoch;
      if (same && active.lock === 'unlocked' && snapshot.healthy) return stay(next);
      return lockDesk(next, 'sessionLost', at, unlocked);
    }
    case 'locked':
      return unlocked ? lockDesk(next, 'sessionLost', at, true) : stay(next);
    case 'opening':
    case 'locking':
      return stay(next);
    default:
      return desk satisfies never;
  }
}

export const redeemed = (state: State, grant: GrantId): Step =>
  stay(state.desk.kind === 'opening' && state.desk.grant.id === grant ? { ...state, desk: { ...state.desk, redeemed: true } } : state);

/** Somebody proved herself to the system itself. It is her work from here on, with an owner and a walk-away, or it is closed. */
export function openedElsewhere(state: State, { session, subscriber, at }: Extract<Event, { kind: 'openedElsewhere' }>): Step {
  // A lock that was asked for, or a grant under way, is settled by what the OS reports next.
  if (state.desk.kind !== 'locked' || state.health.kind === 'degraded' || state.face.kind === 'missing') return stay(state);
  return also(endClaim(state, 'displaced', at), (s) =>
    stay(
      {
        ...s,
        desk: {
          kind: 'open',
          subscriber,
          session,
          openedAt: at,
          by: { kind: 'elsewhere', badge: '', grade: 'uid', tag: null, provedAt: at, until: null },
          lifted: null,
          lastActivity: at,
          lastKey: null,
          kept: null,
        },
      },
      { kind: 'record', entry: { kind: 'openedElsewhere', subscriber: subscriber.id } },
    ),
  );
}

export function personRevoked(before: State, subscriber: SubscriberId, at: Millis): Step {
  const ending = endWindows(before, subscriber);
  const state: State = ending.emergency?.claimant === subscriber ? { ...ending, emergency: null } : ending;
  const { claim } = state;
  const claimed = tapOf(claim)?.subscriber.id === subscriber || (claim.kind === 'form' && (claim.subject?.id === subscriber || claim.tap?.subscriber.id === subscriber));
  const ended = claimed ? endClaim(state, 'revokedNow', at) : stay(state);
  const { kind } = state.desk;
  return (kind === 'open' || kind === 'opening') && ownerOf(state) === subscriber ? also(ended, (s) => closeDesk(s, 'revoked', at)) : ended;
}

/** Degraded: nobody is let in, the desk closes, and it stays so until the agent starts anew with the cause gone. */
export function broke(state: State, cause: DegradedCause, at: Millis): Step {
  if (state.health.kind === 'degraded') return stay(state);
  const lostEmergency = state.desk.kind === 'opening' && state.desk.by.kind === 'emergency';
  // Wiped before anything is recorded: a ledger that cannot be written must not keep digits alive.
  const ended = also(stay(state, { kind: 'wipePin' }), (s) => endClaim(s, 'degraded', at));
  return also(ended, (s) =>
    also(stay({ ...s, health: { kind: 'degraded', cause }, help: null, windows: [], displaced: null }, { kind: 'record', entry: { kind: 'degraded', cause } }), (t) =>
      also(t.desk.kind === 'locked' ? stay(t) : closeDesk(t, cause === 'exception' ? 'exception' : 'broken', at, t.desk.kind === 'locking'), (u) =>
        lostEmergency ? notify(u, 'noEmergency', at) : stay(u),
      ),
    ),
  );
}
