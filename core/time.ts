/** State and station time in; everything that had come due by then, and the next moment something will, go out. */
import { notOpened } from './desk.ts';
import { emergencyEnds, settleEmergency } from './emergency.ts';
import { faceDeadline, settleFace } from './face.ts';
import { unread } from './field.ts';
import { formEnds, formWipes, settleForm } from './forms.ts';
import { enrolKeyEnds, keyLasts } from './key.ts';
import { also, askPin, endClaim, endTap, lockDesk, noticeOverWork, notify, stay } from './moves.ts';
import { grantLasts } from './opening.ts';
import { parkedDeadline } from './parked.ts';
import { forRole, type Policy } from './policy.ts';
import { lessonLasts } from './practice.ts';
import type { Claim, Desk, Millis, State, Step } from './types.ts';
import { isWarned, leaving } from './walk-away.ts';
import { settleWindows } from './window.ts';

/** No policy lets a displaced person come straight back for longer. */
const longestUndo: Millis = 60_000;
/** A question to the colleague who tapped. */
const chooseLasts: Millis = 10_000;
/** A check that has not answered by then will not be waited for. */
const verifyingLasts: Millis = 10_000;
/** The choice of another way. */
const otherLasts: Millis = 15_000;
/** A lock that is not confirmed by then is not waited for: the PIN is asked meanwhile. */
const readyLasts: Millis = 1_500;
/** A long wait is shown this long; afterwards another tap shows what is left of it. */
const waitShown: Millis = 30_000;
/** A lock that is not confirmed by then is asked for again, more strongly; the pause doubles up to the longest. */
const lockRetry: Millis = 2_000;
const lockRetryLongest: Millis = 30_000;

const waitEnds = ({ desk }: State, { until, since }: Extract<Claim, { kind: 'wait' }>): Millis => Math.min(until, since + (desk.kind === 'open' ? noticeOverWork : waitShown));

const retryAt = (desk: Extract<Desk, { kind: 'locking' }>): Millis => desk.since + Math.min(lockRetryLongest, lockRetry * 2 ** Math.min(desk.tries, 5));

/** Does what the clock alone has brought about by `at`. Run before every event, so a late timer changes nothing. */
export function settle(state: State, at: Millis, policy: Policy): Step {
  const fresh: State = {
    ...settleWindows(state, at, policy),
    displaced: state.displaced !== null && at >= state.displaced.at + longestUndo ? null : state.displaced,
    left: state.left.some((b) => at - b.at >= policy.sameBadgeAfter) ? state.left.filter((b) => at - b.at < policy.sameBadgeAfter) : state.left,
    // The help screen must not hide a walk-away warning.
    help: state.help !== null && (at >= state.help.until || isWarned(state, at, policy)) ? null : state.help,
  };
  return also(
    also(
      also(settleDesk(fresh, at, policy), (s) => settleEmergency(s, at, policy)),
      (s) => settleFace(s, at),
    ),
    (s) => settleClaim(s, at, policy),
  );
}

function settleDesk(state: State, at: Millis, policy: Policy): Step {
  const { desk } = state;
  switch (desk.kind) {
    case 'open': {
      const { why, at: due } = leaving(desk, policy);
      if (at >= due) return lockDesk(state, why, at);
      return desk.kept !== null && at >= desk.kept.until ? stay({ ...state, desk: { ...desk, kept: null } }) : stay(state);
    }
    case 'opening':
      return at >= desk.since + grantLasts ? notOpened(state, 'timeout', at, true) : stay(state);
    case 'locking':
      return at >= retryAt(desk) ? lockDesk(state, desk.why, at, true) : stay(state);
    case 'locked':
      return stay(state);
    default:
      return desk satisfies never;
  }
}

function settleClaim(state: State, at: Millis, policy: Policy): Step {
  const { claim } = state;
  switch (claim.kind) {
    case 'pin':
      if (at >= claim.lastKey + policy.pinGivesUpAfter) return endClaim(state, 'timedOut', at);
      // An application's question must not hide a walk-away warning.
      if (claim.ask !== null && isWarned(state, at, policy)) return endClaim(state, 'timedOut', at);
      if (claim.digits > 0 && at >= claim.lastKey + policy.digitsWipedAfter) {
        return stay({ ...state, claim: { ...claim, digits: 0, remark: { kind: 'wiped' } } }, { kind: 'wipePin' });
      }
      return stay(state);
    case 'choose':
      return at >= claim.since + chooseLasts ? endClaim(state, 'timedOut', at) : stay(state);
    case 'reading': {
      if (at < claim.since + policy.readingStopsAfter) return stay(state);
      const reader = state.field.find((c) => c.presentation === claim.presentation)?.reader ?? '';
      return unread(state, reader, claim.presentation, at, 'unreadable', policy);
    }
    case 'verifying':
      if (at < claim.since + verifyingLasts) return stay(state);
      if (claim.ask !== null) return also(endClaim(state, 'unreachable', at), (s) => notify(s, 'unreachable', at));
      return also(endTap(state, claim.tap, 'unreachable', at), (s) => notify(s, 'unreachable', at));
    case 'other':
      return at >= claim.since + (state.desk.kind === 'open' ? noticeOverWork : otherLasts) ? endClaim(state, 'timedOut', at) : stay(state);
    case 'key':
      return at >= claim.since + keyLasts ? endClaim(state, 'timedOut', at) : stay(state);
    case 'enrolKey':
      return at >= enrolKeyEnds(claim) ? endClaim(state, 'timedOut', at) : stay(state);
    case 'ready':
      return at >= claim.since + readyLasts ? stay(askPin(state, claim.tap, at)) : stay(state);
    case 'wait':
      return at >= waitEnds(state, claim) ? stay({ ...state, claim: { kind: 'none' } }) : stay(state);
    case 'form':
      return settleForm(state, claim, at, isWarned(state, at, policy));
    case 'practice':
      return at >= claim.since + lessonLasts ? stay({ ...state, claim: { kind: 'none' } }) : stay(state);
    case 'notice':
    case 'cleaning':
      return at >= claim.until ? stay({ ...state, claim: { kind: 'none' } }) : stay(state);
    case 'none':
      return stay(state);
    default:
      return claim satisfies never;
  }
}

/** The next moment after `now` at which `settle` or the View changes by time alone; null: none. The agent arms one timer for it. */
export function nextDeadline(state: State, now: Millis, policy: Policy): Millis | null {
  const { desk, claim, help } = state;
  const moments: Millis[] = help === null ? [] : [help.until];
  for (const due of [faceDeadline(state), emergencyEnds(state, policy), parkedDeadline(state, policy)]) if (due !== null) moments.push(due);
  switch (desk.kind) {
    case 'open': {
      const { warns, at } = leaving(desk, policy);
      moments.push(desk.lastActivity + forRole(policy, desk.subscriber.role).whoAfter, warns, at);
      if (desk.kept !== null) moments.push(desk.kept.until);
      break;
    }
    case 'opening':
      moments.push(desk.since + grantLasts);
      break;
    case 'locking':
      moments.push(retryAt(desk));
      break;
    case 'locked':
      break;
    default:
      desk satisfies never;
  }
  switch (claim.kind) {
    case 'pin':
      moments.push(claim.lastKey + policy.pinGivesUpAfter);
      if (claim.digits > 0) moments.push(claim.lastKey + policy.digitsWipedAfter);
      break;
    case 'choose':
      moments.push(claim.since + chooseLasts);
      break;
    case 'reading':
      moments.push(claim.since + policy.readingStopsAfter);
      break;
    case 'verifying':
      moments.push(claim.since + verifyingLasts);
      break;
    case 'other':
      moments.push(claim.since + (desk.kind === 'open' ? noticeOverWork : otherLasts));
      break;
    case 'key':
      moments.push(claim.since + keyLasts);
      break;
    case 'enrolKey':
      moments.push(enrolKeyEnds(claim));
      break;
    case 'ready':
      moments.push(claim.since + readyLasts);
      break;
    case 'wait':
      moments.push(waitEnds(state, claim));
      break;
    case 'form': {
      const wipes = formWipes(claim);
      moments.push(formEnds(claim), ...(wipes === null ? [] : [wipes]));
      break;
    }
    case 'practice':
      moments.push(claim.since + lessonLasts);
      break;
    case 'notice':
    case 'cleaning':
      moments.push(claim.until);
      break;
    case 'none':
      break;
    default:
      claim satisfies never;
  }
  const ahead = moments.filter((m) => m > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}
