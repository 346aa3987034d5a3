/** The sessions that wait in the background come in; which of them is warned, and which is signed out, go out: a station somebody left locked never blocks the next person. */
import { emergencyWaits } from './emergency.ts';
import { also, stay } from './moves.ts';
import { emergencySession } from './opening.ts';
import type { Policy } from './policy.ts';
import type { Millis, Parked, SessionInfo, State, Step, SubscriberId } from './types.ts';

/** An end that the OS has not confirmed by then is asked for again. */
const askAgain: Millis = 60_000;

/** Whose session is not waiting: it is open, or being opened. */
const atWork = ({ desk }: State): SubscriberId | null => (desk.kind === 'opening' ? desk.grant.subscriber : null);

type Waiting = SessionInfo & { readonly subscriber: SubscriberId };
const waiting = (state: State): readonly Waiting[] => {
  const { desk, snapshot } = state;
  const open = desk.kind === 'open' ? desk.session : null;
  return snapshot.sessions.filter(
    (s): s is Waiting => s.subscriber !== null && s.state !== 'closing' && s.subscriber !== atWork(state) && !(open !== null && s.key.id === open.id && s.key.epoch === open.epoch),
  );
};

/** Run after every event. The one unused for longest goes first; whoever comes back before the end keeps it. */
export function settleParked(state: State, at: Millis, policy: Policy): Step {
  const sessions = waiting(state);
  if (sessions.length === 0) return stay(state.parked.length === 0 ? state : { ...state, parked: [] });
  const parked = sessions.map(
    ({ key, subscriber }): Parked => state.parked.find((p) => p.key.id === key.id && p.key.epoch === key.epoch) ?? { key, subscriber, since: at, ends: null, asked: false },
  );
  const same = parked.length === state.parked.length && parked.every((p) => state.parked.includes(p));
  return parked.reduce<Step>((step, one) => also(step, (s) => settleOne(s, one, at, policy)), stay(same ? state : { ...state, parked }));
}

function settleOne(state: State, one: Parked, at: Millis, policy: Policy): Step {
  const { key, subscriber } = one;
  const amend = (change: Partial<Parked>): State => ({ ...state, parked: state.parked.map((p) => (p === one ? { ...p, ...change } : p)) });
  // Nobody's parked session: it waits for whoever claimed it, and ends with its emergency.
  const emergency = subscriber === emergencySession;
  if (emergency && at < (emergencyWaits(state, key, policy) ?? at)) return stay(state);
  if (one.ends === null && !emergency) {
    const why = one.since + policy.parkedFor <= at ? 'old' : isTooMany(state, one, policy) ? 'many' : null;
    if (why === null) return stay(state);
    return stay(amend({ ends: at + policy.parkedWarning }), { kind: 'record', entry: { kind: 'parkedWarned', subscriber, why } }, { kind: 'warnParked', session: key });
  }
  if (one.ends !== null && at < one.ends) return stay(state);
  const next = amend({ ends: at + askAgain, asked: true });
  if (one.asked) return stay(next, { kind: 'signOut', session: key });
  return stay(
    next,
    { kind: 'record', entry: { kind: 'signedOut', subscriber, why: emergency ? 'emergencyOver' : one.since + policy.parkedFor <= at ? 'old' : 'many' } },
    { kind: 'signOut', session: key },
  );
}

/** More wait than may, and none of those that came later is to go instead. */
function isTooMany({ parked }: State, one: Parked, { parkedSessions }: Policy): boolean {
  const staying = parked.filter((p) => p.ends === null && p.subscriber !== emergencySession);
  const older = staying.filter((p) => p.since < one.since || (p.since === one.since && parked.indexOf(p) < parked.indexOf(one)));
  return staying.length - older.length > parkedSessions;
}

/** The next moment `settleParked` has something to do; null: none. */
export function parkedDeadline(state: State, policy: Policy): Millis | null {
  const moments = state.parked.map((p) => p.ends ?? emergencyWaits(state, p.key, policy) ?? p.since + policy.parkedFor);
  return moments.length === 0 ? null : Math.min(...moments);
}

/** Whether somebody's work here is about to be signed out. */
export const isEnding = ({ parked }: State): boolean => parked.some((p) => p.ends !== null && !p.asked && p.subscriber !== emergencySession);
