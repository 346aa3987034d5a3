/** Who proved herself with two factors, when, and what the policy grants come in; whether a tap alone is enough now goes out (SP 800-63B-4 §2.2.3, §5.2). */
import { forRole, type Policy } from './policy.ts';
import type { BadgeId, Grade, Millis, Role, Snapshot, State, SubscriberId } from './types.ts';

/** Begun by a full second factor and bound to the badge it stood beside; in memory only, so a restart ends it. Station time counts suspend, so a sleep does too. */
export type Window = {
  readonly subscriber: SubscriberId;
  readonly badge: BadgeId;
  readonly grade: Grade;
  readonly role: Role | null;
  readonly startedAt: Millis;
  /** Her last tap or input that we know of; while her desk is open, see `lastSeen`. */
  readonly usedAt: Millis;
};

type Lasting = Pick<Policy, 'windowGrades' | 'windowOverall' | 'uidWindow' | 'openOverall'>;

/** How long a window of this grade lasts in all; 0: this grade gets none. A `uid` proves nothing, so it needs an exception of its own (invariant 5). No longer than work may be open on one full factor: a tap that opened it later would see it close at once, again and again, and never be asked for the PIN. */
export function windowLasts(grade: Grade, { windowGrades, windowOverall, uidWindow, openOverall }: Lasting): Millis {
  const most = Math.min(windowOverall, openOverall);
  if (grade === 'uid') return Math.min(uidWindow?.lasts ?? 0, most);
  return windowGrades.includes(grade) ? most : 0;
}

/** While her own desk is open, her input there keeps the window from going stale. */
const lastSeen = ({ subscriber, usedAt }: Window, { desk }: State): Millis =>
  desk.kind === 'open' && desk.subscriber.id === subscriber ? Math.max(usedAt, desk.lastActivity) : usedAt;

/** Whichever limit comes first: the overall one from the full factor, or the inactivity one from her last sign of life. */
function windowEnds(window: Window, state: State, policy: Policy): Millis {
  const own = forRole(policy, window.role);
  return Math.min(window.startedAt + windowLasts(window.grade, own), lastSeen(window, state) + own.windowInactivity);
}

/** When a tap stops to suffice: a little before the overall limit, so that the PIN is asked at a tap-in and not in the middle of the work; never more than a quarter before it. */
export function tapSuffices(window: Window, policy: Policy): Millis {
  const own = forRole(policy, window.role);
  const lasts = windowLasts(window.grade, own);
  return window.startedAt + lasts - Math.min(own.windowAskBefore, lasts / 4);
}

/** For how much longer a tap alone would open, and until the window is forgotten altogether. */
export const windowLeft = (window: Window, state: State, at: Millis, policy: Policy): { readonly tap: Millis; readonly left: Millis } => {
  const ends = windowEnds(window, state, policy);
  return { tap: Math.max(0, Math.min(tapSuffices(window, policy), ends) - at), left: Math.max(0, ends - at) };
};

/** The live window of this badge at this grade, or null. A badge that has proved less than it did then gets none. */
export function liveWindow(state: State, badge: BadgeId, grade: Grade, at: Millis, policy: Policy): Window | null {
  return state.windows.find((w) => w.badge === badge && w.grade === grade && at < windowEnds(w, state, policy)) ?? null;
}

/** A full second factor: her window with this badge starts anew; nothing where the policy grants this grade none. */
export function beginWindow(state: State, window: Omit<Window, 'startedAt' | 'usedAt'>, at: Millis, policy: Policy): State {
  const others = state.windows.filter((w) => w.badge !== window.badge);
  if (windowLasts(window.grade, forRole(policy, window.role)) === 0) return { ...state, windows: others };
  return { ...state, windows: [...others, { ...window, startedAt: at, usedAt: at }] };
}

/** A tap alone was enough: the inactivity limit starts anew, the overall one does not (§5.2). */
export const useWindow = (state: State, badge: BadgeId, at: Millis): State => ({
  ...state,
  windows: state.windows.map((w) => (w.badge === badge ? { ...w, usedAt: at } : w)),
});

/** Revocation, a new PIN, another role, a failed check, a sign-out: all of her windows end, whatever badge they stand on, and her way back to what a colleague displaced. */
export const endWindows = (state: State, subscriber: SubscriberId): State =>
  state.windows.some((w) => w.subscriber === subscriber) || state.displaced?.subscriber === subscriber
    ? { ...state, windows: state.windows.filter((w) => w.subscriber !== subscriber), displaced: state.displaced?.subscriber === subscriber ? null : state.displaced }
    : state;

/** What her open desk saw of her outlives it; called before a desk closes, or opens for another. */
export const keepLastSeen = (state: State): State =>
  state.desk.kind === 'open' && state.windows.length > 0 ? { ...state, windows: state.windows.map((w) => ({ ...w, usedAt: lastSeen(w, state) })) } : state;

/** Sessions that were there and are gone, or are closing: their people signed out. */
export function signedOut(before: Snapshot, after: Snapshot): readonly SubscriberId[] {
  const signedIn = (snapshot: Snapshot): ReadonlySet<SubscriberId> =>
    new Set([...snapshot.sessions, ...(snapshot.active === null ? [] : [snapshot.active])].flatMap((s) => (s.subscriber === null || s.state === 'closing' ? [] : [s.subscriber])));
  const now = signedIn(after);
  return [...signedIn(before)].filter((subscriber) => !now.has(subscriber));
}

/** Run by `settle`: a window that is over is forgotten. */
export const settleWindows = (state: State, at: Millis, policy: Policy): State =>
  state.windows.every((w) => at < windowEnds(w, state, policy)) ? state : { ...state, windows: state.windows.filter((w) => at < windowEnds(w, state, policy)) };
