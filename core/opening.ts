/** A claim that was answered comes in; the permit and the one effect that opens go out, or the question that is still due. */
import { byUndo, byWindow, type Entitlement } from './entitlement.ts';
import type { Stages } from './entry.ts';
import { askPin, stay } from './moves.ts';
import type { Policy } from './policy.ts';
import type { Displaced, Effect, Grant, Intent, Millis, OpenedBy, Snapshot, State, Step, SubscriberId, Tap } from './types.ts';
import { keepLastSeen, liveWindow, useWindow } from './window.ts';

/** A grant lives this long (station time) and no longer. */
export const grantLasts: Millis = 30_000;
/** Whose name the emergency session bears in grants and snapshots. */
export const emergencySession: SubscriberId = 'emergency';

/** A tap that was answered, or needs no answer: her displaced work or a live window opens, otherwise her PIN is asked. She waits while the desk is still closing, and while another card in the field may turn out to be a second badge (invariant 2). */
export function proceed(state: State, tap: Tap, at: Millis, policy: Policy): Step {
  const by = byUndo(state, tap, at, policy) ?? byWindow(state, tap, at, policy);
  if (by === null || state.desk.kind === 'opening') return stay(askPin(state, tap, at));
  if (mustWait(state, tap)) return stay({ ...state, claim: { kind: 'ready', tap, since: at } });
  const provedAt = by.kind === 'undo' ? state.displaced?.by.provedAt : liveWindow(state, tap.badge, tap.grade, at, policy)?.startedAt;
  return permitOpen(useWindow({ ...state, claim: { kind: 'none' } }, tap.badge, at), tap, by, { read: tap.readAt - tap.arrivedAt }, at, provedAt ?? at);
}

/** Whether the desk must be confirmed closed before this person is let in. Not where the OS says that nobody's work is shown and only her own would not lock: nobody else is to be kept from that, and she would be shut out of it. */
export function isClosing({ desk, snapshot }: State, who: SubscriberId): boolean {
  if (desk.kind !== 'locking') return false;
  const { active, sessions, healthy } = snapshot;
  const open = sessions.filter(({ lock }) => lock !== 'locked');
  const isHersAlone = open.length > 0 && open.every(({ subscriber }) => subscriber === who);
  return !(desk.screen === 'locked' && healthy && (active === null || active.lock === 'locked') && isHersAlone);
}

const mustWait = (state: State, { attempt, subscriber }: Tap): boolean =>
  isClosing(state, subscriber.id) || state.field.some((c) => !c.read && !c.spent && c.presentation !== attempt);

/** Run after every event: what a tap inside its window has waited for may have come. */
export function resume(state: State, at: Millis, policy: Policy): Step {
  const { claim } = state;
  return claim.kind === 'ready' && !mustWait(state, claim.tap) ? proceed(state, claim.tap, at, policy) : stay(state);
}

/** Consumes the Entitlement in this very step; the permit is durable before the effect behind it (invariants 1 and 8). The desk must be locked, open, or closed for her (`isClosing`). `provedAt`: her last full second factor. */
export function permitOpen(state: State, tap: Tap, by: Entitlement, stages: Stages, at: Millis, provedAt: Millis = at): Step {
  const grant = grantFor(state.snapshot, tap.attempt, tap.subscriber.id, at);
  const displaced = state.desk.kind === 'open' ? state.desk.subscriber.id : null;
  return beginOpening(state, tap, by, grant, stages, at, provedAt, {
    kind: 'record',
    entry: {
      kind: 'permit',
      grant: grant.id,
      attempt: tap.attempt,
      subscriber: tap.subscriber.id,
      intent: grant.intent,
      ...(tap.badge !== '' && { badge: tap.badge }),
      grade: tap.grade,
      factors: by.factors,
      reached: by.reached,
      by: by.kind,
      displaced,
    },
  });
}

/** `permit` is durable before anything opens. */
export function beginOpening(state: State, tap: Tap, by: Entitlement, grant: Grant, stages: Stages, at: Millis, provedAt: Millis, permit: Effect): Step {
  const { badge, grade, tag } = tap;
  const rests: OpenedBy = { kind: by.kind, badge, grade, tag, provedAt, until: by.until };
  const displaced = state.desk.kind === 'open' ? state.desk.subscriber.id : null;
  return stay(
    { ...keepLastSeen(state), displaced: displacedBy(state, at), desk: { kind: 'opening', grant, tap, by: rests, displaced, redeemed: false, since: at, stages } },
    permit,
    { kind: 'open', grant, by },
    { kind: 'cue', tone: 'accepted' },
  );
}

/** An emergency, or work that nobody's badge opened, is not brought back by one. */
const displacedBy = ({ desk }: State, at: Millis): Displaced | null =>
  desk.kind === 'open' && desk.by.badge !== '' && desk.by.kind !== 'emergency' ? { subscriber: desk.subscriber.id, by: desk.by, at } : null;

export const newGrant = (snapshot: Snapshot, attempt: number, subscriber: SubscriberId, intent: Intent, at: Millis): Grant => ({
  id: `g${attempt}`,
  subscriber,
  intent,
  seq: snapshot.seq,
  expiresAt: at + grantLasts,
});

/** Its intent by what the OS holds of her: shown, waiting, or nothing yet. */
export function grantFor(snapshot: Snapshot, attempt: number, subscriber: SubscriberId, at: Millis): Grant {
  const intent = snapshot.active?.subscriber === subscriber ? 'unlock' : snapshot.sessions.some((s) => s.subscriber === subscriber && s.state !== 'closing') ? 'switch' : 'signIn';
  return newGrant(snapshot, attempt, subscriber, intent, at);
}
