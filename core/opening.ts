/** A claim that was answered comes in; the permit and the one effect that opens go out, or the question that is still due. */
import { byWindow, type Entitlement } from './entitlement.ts';
import type { Stages } from './entry.ts';
import { askPin, stay } from './moves.ts';
import type { Policy } from './policy.ts';
import type { Grant, Millis, Snapshot, State, Step, SubscriberId, Tap } from './types.ts';
import { keepLastSeen, useWindow } from './window.ts';

/** A grant lives this long (station time) and no longer. */
export const grantLasts: Millis = 30_000;

/** A tap that was answered, or needs no answer: a live window opens, otherwise her PIN is asked. She waits while the desk is still closing, and while another card in the field may turn out to be a second badge (invariant 2). */
export function proceed(state: State, tap: Tap, at: Millis, policy: Policy): Step {
  const by = byWindow(state, tap, at, policy);
  if (by === null || state.desk.kind === 'opening') return stay(askPin(state, tap, at));
  if (mustWait(state, tap)) return stay({ ...state, claim: { kind: 'ready', tap, since: at } });
  return permitOpen(useWindow({ ...state, claim: { kind: 'none' } }, tap.badge, at), tap, by, { read: tap.readAt - tap.arrivedAt }, at);
}

const mustWait = ({ desk, field }: State, { attempt }: Tap): boolean => desk.kind === 'locking' || field.some((c) => !c.read && !c.spent && c.presentation !== attempt);

/** Run after every event: what a tap inside its window has waited for may have come. */
export function resume(state: State, at: Millis, policy: Policy): Step {
  const { claim } = state;
  return claim.kind === 'ready' && !mustWait(state, claim.tap) ? proceed(state, claim.tap, at, policy) : stay(state);
}

/** Consumes the Entitlement in this very step; the permit is durable before the effect behind it (invariants 1 and 8). The desk must be locked or open. */
export function permitOpen(state: State, tap: Tap, by: Entitlement, stages: Stages, at: Millis): Step {
  const grant = grantFor(state.snapshot, tap.attempt, tap.subscriber.id, at);
  const displaced = state.desk.kind === 'open' ? state.desk.subscriber.id : null;
  return stay(
    { ...keepLastSeen(state), desk: { kind: 'opening', grant, tap, displaced, redeemed: false, since: at, stages } },
    {
      kind: 'record',
      entry: {
        kind: 'permit', grant: grant.id, attempt: tap.attempt, subscriber: tap.subscriber.id, intent: grant.intent, grade: tap.grade, factors: by.factors, reached: by.reached, by: by.kind,
        displaced,
      },
    },
    { kind: 'open', grant, by },
    { kind: 'cue', tone: 'accepted' },
  );
}

function grantFor(snapshot: Snapshot, attempt: number, subscriber: SubscriberId, at: Millis): Grant {
  const intent =
    snapshot.active?.subscriber === subscriber ? 'unlock'
    : snapshot.sessions.some((s) => s.subscriber === subscriber && s.state !== 'closing') ? 'switch'
    : 'signIn';
  return { id: `g${attempt}`, subscriber, intent, seq: snapshot.seq, expiresAt: at + grantLasts };
}
