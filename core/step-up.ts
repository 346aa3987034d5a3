/** An application's request for a fresh proof comes in; the question on the screen, and the answer the application gets, go out. The desk stays as it is. */
import { isReached } from './assurance.ts';
import { also, askPin, endClaim, refuseAsk, stay } from './moves.ts';
import type { Effect, Event, Millis, State, Step, SubscriberId, Tap, Verdict } from './types.ts';

/** An application in the open session asks that its person proves herself anew for one act. */
export type Ask = {
  readonly id: string;
  readonly subscriber: SubscriberId;
  /** As shown: who asks, and for what. */
  readonly app: string;
  readonly act: string;
  /** Below it the application wants no answer; left out: whatever she shows will do. */
  readonly least?: 'AAL1' | 'AAL2';
};
/** `tooWeak`: what she showed was right, and does not reach what was asked for. */
export type AskRefusal = 'locked' | 'busy' | 'declined' | 'timedOut' | 'wrongPin' | 'tooWeak';

type Asked = Extract<Event, { kind: 'stepUp' }>;

/** Only the person whose work is open can be asked, one question at a time, and never over somebody else's claim. */
export function stepUpAsked(state: State, { ask, attempt, at }: Asked): Step {
  const { desk, claim, health } = state;
  if (health.kind === 'degraded' || state.face.kind === 'missing' || desk.kind !== 'open' || desk.subscriber.id !== ask.subscriber) return refuseAsk(state, ask, 'locked');
  if (claim.kind !== 'none' && claim.kind !== 'notice') return refuseAsk(state, ask, 'busy');
  // No badge stands beside the PIN until she taps one.
  const tap: Tap = { attempt, subscriber: desk.subscriber, badge: '', grade: 'uid', keyPin: null, tag: null, spareUntil: null, hint: null, arrivedAt: at, readAt: at };
  return also(endClaim(state, 'displaced', at), (s) => stay(askPin({ ...s, help: null }, tap, at, ask)));
}

/** She proved herself: durable in the ledger before the application hears of it. */
export function confirm(state: State, ask: Ask, tap: Tap, verdict: Extract<Verdict, { kind: 'accepted' }>, at: Millis): Step {
  const { id, subscriber, app, act } = ask;
  const { reached } = verdict;
  // The statement names what was shown now: a badge that was not is no factor of it.
  const factors = verdict.factors.filter((factor) => factor !== 'badge' || tap.badge !== '');
  // The session she proved herself for may have closed while the PIN was checked.
  if (state.desk.kind !== 'open' || state.desk.subscriber.id !== subscriber) return refuseAsk(state, ask, 'locked');
  if (!isReached(reached, ask.least)) {
    const refused: Effect = { kind: 'cue', tone: 'refused' };
    // Her badge may make up for it: it is asked for, and her PIN beside it, since one check says what both reach together.
    if (tap.badge === '') return stay(askPin(state, tap, at, ask), refused);
    return also(refuseAsk(state, ask, 'tooWeak'), (s) => stay(s, refused));
  }
  const present: State = { ...state, desk: { ...state.desk, lastActivity: at } };
  return stay(
    present,
    { kind: 'record', entry: { kind: 'stepUp', ask: id, subscriber, app, act, result: 'confirmed', factors, reached } },
    { kind: 'confirm', ask, factors, reached },
    { kind: 'cue', tone: 'accepted' },
  );
}
