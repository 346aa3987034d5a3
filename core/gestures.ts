/** What hands do at the screen comes in; a claim that moves on, or a desk that closes, goes out. No gesture can open. */
import { giveReason } from './emergency.ts';
import { beginEnrolment, formDigit } from './forms.ts';
import { usePin } from './key.ts';
import { also, endClaim, lockDesk, notify, pinDigits, stay, tapOf } from './moves.ts';
import { proceed } from './opening.ts';
import type { Policy } from './policy.ts';
import { practiceGesture } from './practice.ts';
import type { Event, Millis, State, Step } from './types.ts';

type Hands = Extract<
  Event,
  {
    kind:
      | 'digit'
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
      | 'activity'
      | 'clean'
      | 'reasonLife'
      | 'reasonTreatment'
      | 'reasonSignIn'
      | 'reasonOther'
      | 'next';
  }
>;

const helpLasts: Millis = 60_000;
const testLasts: Millis = 15_000;

/** Gestures that carry nothing but their name. */
export type HandKind = Exclude<Hands['kind'], 'activity'>;

export function gesture(state: State, event: Hands, policy: Policy): Step {
  const { at } = event;
  const { claim, desk } = state;
  // A hand with a cloth means nothing; the lock key is no touch.
  if (claim.kind === 'cleaning' && event.kind !== 'lockNow') return stay(state);
  const lesson = claim.kind === 'practice' && state.help === null ? practiceGesture(state, claim, event.kind, at) : null;
  if (lesson !== null) return lesson;
  switch (event.kind) {
    case 'digit':
      return digit(state, at, policy);
    case 'erase':
      if (claim.kind === 'form')
        return claim.digits > 0 && claim.checking === null ? stay({ ...state, claim: { ...claim, digits: claim.digits - 1, lastKey: at } }, { kind: 'eraseDigit' }) : stay(state);
      return claim.kind === 'pin' && claim.digits > 0 ? stay({ ...state, claim: { ...claim, digits: claim.digits - 1, lastKey: at } }, { kind: 'eraseDigit' }) : stay(state);
    case 'clear':
      if (claim.kind === 'form') return claim.checking === null ? stay({ ...state, claim: { ...claim, digits: 0, lastKey: at, remark: null } }, { kind: 'wipePin' }) : stay(state);
      return claim.kind === 'pin' ? stay({ ...state, claim: { ...claim, digits: 0, lastKey: at, remark: null } }, { kind: 'wipePin' }) : stay(state);
    case 'cancel':
      // A check under way ends by its verdict, which must be heard.
      return claim.kind === 'verifying' ? stay(state) : endClaim(state, claim.kind === 'choose' ? 'declined' : 'cancelled', at);
    case 'notNow':
      return claim.kind === 'choose' ? also(endClaim(state, 'declined', at), (s) => stay(present(s, at))) : stay(state);
    case 'switch':
      return claim.kind === 'choose' ? proceed(state, claim.tap, at, policy) : stay(state);
    case 'keepWorking':
      return desk.kind === 'open' ? also(endClaim(state, 'displaced', at), (s) => stay(present(s, at))) : stay(state);
    case 'lockNow':
      return desk.kind === 'open' ? lockDesk(state, 'lockNow', at) : stay(state);
    case 'help': {
      const opened: State = { ...state, help: { until: at + helpLasts, test: 'off' } };
      return stay(tapOf(claim) === null ? present(opened, at) : opened);
    }
    case 'testReader':
      return state.help === null ? stay(state) : stay(present({ ...state, help: { until: at + testLasts, test: 'waiting' } }, at));
    case 'back':
      if (state.help !== null) return stay(present({ ...state, help: null }, at));
      return claim.kind === 'notice' || claim.kind === 'wait' || claim.kind === 'other' || claim.kind === 'key' || claim.kind === 'enrolKey' || claim.kind === 'form'
        ? endClaim(state, 'cancelled', at)
        : stay(state);
    case 'otherWay':
      return otherWay(state, at);
    case 'usePin':
      return usePin(state, at);
    case 'clean': {
      const free = claim.kind === 'none' || claim.kind === 'notice';
      return free ? stay(present({ ...state, help: null, claim: { kind: 'cleaning', until: at + policy.cleaning } }, at)) : stay(state);
    }
    case 'reasonLife':
    case 'reasonTreatment':
    case 'reasonSignIn':
    case 'reasonOther':
      return giveReason(state, event.kind, at, policy);
    // Only a lesson goes on by it.
    case 'next':
      return stay(state);
    case 'addBadge':
      if (policy.addBadge === 'code' && claim.kind === 'notice' && claim.notice === 'unknown' && claim.presentation !== null) return beginEnrolment(state, claim.presentation, at);
      return claim.kind === 'notice' && claim.notice === 'unknown' && claim.presentation !== null && policy.addBadge === 'demo'
        ? also(notify(state, 'adding', at, claim.presentation), (s) => stay(s, { kind: 'addBadge', presentation: claim.presentation as number }))
        : stay(state);
    case 'activity':
      return activity(state, at, event.how);
    default:
      return event satisfies never;
  }
}

/** The badge that was tapped is not forgotten: a key may stand beside it, and the PIN is one press away. */
function otherWay(state: State, at: Millis): Step {
  const { claim } = state;
  if (claim.kind === 'verifying' || claim.kind === 'ready' || state.desk.kind === 'opening') return stay(state);
  if (claim.kind === 'pin' && claim.ask !== null) return endClaim(state, 'declined', at);
  if (claim.kind === 'pin') return stay({ ...state, claim: { kind: 'other', beside: claim.tap, since: at } }, { kind: 'wipePin' });
  return also(endClaim(state, 'cancelled', at), (s) => stay({ ...s, claim: { kind: 'other', beside: null, since: at } }));
}

/** Whoever presses a button over open work is there: her time starts anew. */
const present = (state: State, at: Millis): State => (state.desk.kind === 'open' ? { ...state, desk: { ...state.desk, lastActivity: at } } : state);

function digit(state: State, at: Millis, policy: Policy): Step {
  const { claim } = state;
  if (claim.kind === 'form') return formDigit(claim.form === 'changePin' ? present(state, at) : state, claim, at, policy);
  if (claim.kind !== 'pin') return stay(state);
  const digits = claim.digits + 1;
  const { tap } = claim;
  if (digits < pinDigits(tap, policy)) return stay({ ...state, claim: { ...claim, digits, lastKey: at, remark: null } }, { kind: 'takeDigit' });
  return stay(
    { ...state, claim: { kind: 'verifying', tap, since: at, shown: claim.shown, ask: claim.ask } },
    { kind: 'takeDigit' },
    tap.keyPin === null
      ? { kind: 'verify', attempt: tap.attempt, subscriber: tap.subscriber.id, grade: tap.grade }
      : { kind: 'verifyKey', attempt: tap.attempt, subscriber: tap.subscriber.id, badge: tap.badge },
  );
}

/** Input counts for the signed-in person only while nobody else's PIN or question lies over her work. */
function activity(state: State, at: Millis, how: 'key' | 'pointer'): Step {
  const { desk, claim } = state;
  if (desk.kind !== 'open' || tapOf(claim) !== null || claim.kind === 'form' || claim.kind === 'practice') return stay(state);
  return stay({
    ...state,
    claim: claim.kind === 'notice' ? { kind: 'none' } : claim,
    desk: { ...desk, lastActivity: at, lastKey: how === 'key' ? at : desk.lastKey, kept: null },
  });
}
