/** A security key's ceremony in the face comes in, begun and answered; a claim like any badge's goes out (WebAuthn L3 §7.2: the checks themselves are the agent's). */
import { reach } from './assurance.ts';
import { also, askPin, endClaim, endTap, notify, stay } from './moves.ts';
import { isClosing, permitOpen, proceed } from './opening.ts';
import type { Policy } from './policy.ts';
import type { Effect, Event, KeyAnswer, Millis, State, Step, Tap } from './types.ts';
import { beginWindow, endWindows } from './window.ts';

/** A challenge lives no longer (SP 800-63B-4 §3.2.5 leaves it to us; 30 s as for a grant). */
export const keyLasts: Millis = 30_000;

/** How long the screen says that a new key was stored. */
export const keyStored: Millis = 3_000;

/** Begins where nobody's work is open, or for the person whose badge is being asked for more. */
export function useKey(state: State, attempt: number, at: Millis, policy: Policy): Step {
  const { claim, desk, health } = state;
  const asked = claim.kind === 'pin' && claim.ask !== null;
  if (policy.securityKeys === 'off' || health.kind === 'degraded' || state.face.kind === 'missing' || desk.kind === 'opening' || asked) return stay(state);
  const beside = claim.kind === 'pin' ? claim.tap : claim.kind === 'other' ? claim.beside : null;
  const free = claim.kind === 'none' || claim.kind === 'notice' || claim.kind === 'other';
  if (beside === null && (!free || desk.kind === 'open')) return stay(state);
  const wiped: readonly Effect[] = claim.kind === 'pin' ? [{ kind: 'wipePin' }] : [];
  return stay({ ...state, help: null, claim: { kind: 'key', attempt, beside, since: at } }, ...wiped, { kind: 'askKey', attempt, subscriber: beside?.subscriber.id ?? null });
}

/** Back to the PIN of the badge that was tapped; without one, back to the start. */
export function usePin(state: State, at: Millis): Step {
  const { claim } = state;
  if (claim.kind !== 'key' && claim.kind !== 'other') return stay(state);
  const { beside } = claim;
  if (beside === null) return endClaim(state, 'cancelled', at);
  return stay(askPin(state, beside, at), ...(claim.kind === 'key' ? [{ kind: 'endKey', attempt: claim.attempt } as const] : []));
}

export function keyCame(before: State, { attempt, answer, at }: Extract<Event, { kind: 'keyCame' }>, policy: Policy): Step {
  const { claim } = before;
  const record = { kind: 'record', entry: { kind: 'key', attempt, subscriber: whose(answer), result: resultOf(answer) } } as const;
  // For a ceremony that is over: heard, told to the ledger, and dropped (invariant 2).
  if (claim.kind !== 'key' || claim.attempt !== attempt) return stay(before, record);
  const { beside } = claim;
  const recorded = stay({ ...before, claim: { kind: 'none' } }, record);
  if (answer.kind === 'none') return also(recorded, (s) => stay(beside === null ? s : askPin(s, beside, at)));
  if (answer.kind === 'unproved') return also(recorded, (s) => refused(answer.subscriber === null ? s : endWindows(s, answer.subscriber), beside, at));
  if (beside !== null && beside.subscriber.id !== answer.subscriber.id) return also(recorded, (s) => refused(s, beside, at));
  const tap: Tap = {
    attempt,
    subscriber: answer.subscriber,
    badge: answer.badge,
    grade: 'fido',
    keyPin: null,
    tag: null,
    spareUntil: null,
    hint: null,
    arrivedAt: claim.since,
    readAt: at,
  };
  return also(recorded, (s) => (answer.verified ? verified(s, tap, at, policy) : touched(s, tap, answer, at, policy)));
}

const whose = (answer: KeyAnswer): string | null => (answer.kind === 'proved' ? answer.subscriber.id : answer.kind === 'unproved' ? answer.subscriber : null);
const resultOf = (answer: KeyAnswer) => (answer.kind === 'proved' ? (answer.verified ? 'verified' : 'touched') : answer.kind === 'unproved' ? answer.because : 'none');

/** Both factors are in the key: nothing more is asked, and a blocked station PIN does not matter to it. */
function verified(before: State, tap: Tap, at: Millis, policy: Policy): Step {
  const { badge, grade } = tap;
  const state = beginWindow(before, { subscriber: tap.subscriber.id, badge, grade, role: tap.subscriber.role }, at, policy);
  // A desk that is still closing must be confirmed closed first.
  if (state.desk.kind === 'opening' || isClosing(state, tap.subscriber.id)) return proceed(state, tap, at, policy);
  const by = {
    kind: 'verdict',
    attempt: tap.attempt,
    subscriber: tap.subscriber.id,
    factors: ['key'],
    reached: reach({ badge: 'fido', pinDigits: null, verified: true }),
    until: null,
  } as const;
  return permitOpen(state, tap, by, { read: tap.readAt - tap.arrivedAt }, at);
}

/** A touch is what a tap with a provable badge is: her window, or her PIN. */
function touched(state: State, tap: Tap, { standing }: Extract<KeyAnswer, { kind: 'proved' }>, at: Millis, policy: Policy): Step {
  const cue: Effect = { kind: 'cue', tone: 'refused' };
  if (standing.kind === 'blocked') return also(endTap(state, tap, 'blocked', at), (s) => also(notify(s, 'blocked', at), (t) => stay(t, cue)));
  if (standing.kind === 'wait') {
    return also(endTap(state, tap, 'waiting', at), (s) => stay({ ...s, claim: { kind: 'wait', tap, until: standing.until, since: at } }, cue));
  }
  return proceed(state, tap, at, policy);
}

function refused(state: State, beside: Tap | null, at: Millis): Step {
  const ended = beside === null ? stay(state) : endTap(state, beside, 'unproved', at);
  return also(ended, (s) => also(notify(s, 'unproved', at), (t) => stay(t, { kind: 'cue', tone: 'refused' })));
}

/** One more key for the person whose work is open, and for nobody else: she has proved herself just before (SP 800-63B-4 §4.1.2.1). */
export function enrolKey(state: State, { attempt, subscriber, step, at }: Extract<Event, { kind: 'enrolKey' }>, policy: Policy): Step {
  const { claim, desk, health, face } = state;
  if (step === 'touch') {
    const free = claim.kind === 'none' || claim.kind === 'notice';
    if (policy.securityKeys === 'off' || health.kind === 'degraded' || face.kind === 'missing' || !free || desk.kind !== 'open' || desk.subscriber.id !== subscriber)
      return stay(state);
    return stay({ ...state, help: null, claim: { kind: 'enrolKey', attempt, subscriber: desk.subscriber, step, since: at }, desk: { ...desk, lastActivity: at } });
  }
  if (claim.kind !== 'enrolKey' || claim.attempt !== attempt || claim.step === 'done') return stay(state);
  if (step === 'over') return endClaim(state, 'cancelled', at);
  // Stored is only what has signed her in once; that is asked once.
  if (claim.step !== (step === 'again' ? 'touch' : 'again')) return stay(state);
  return stay({ ...state, claim: { ...claim, step, since: at } }, ...(step === 'done' ? [{ kind: 'cue', tone: 'accepted' } as const] : []));
}

export const enrolKeyEnds = ({ step, since }: Extract<State['claim'], { kind: 'enrolKey' }>): Millis => since + (step === 'done' ? keyStored : keyLasts);
