/** A reason, and somebody who proved or at least named herself, come in; the one entry that must be durable and the emergency session behind it go out (45 CFR 164.312(a)(2)(ii)). The only way out of a degraded station. */
import type { Entitlement } from './entitlement.ts';
import type { Claimant, EmergencyReason } from './form.ts';
import { also, endClaim, endTap, lockDesk, notify, openForm, stay } from './moves.ts';
import { beginOpening, emergencySession, grantFor, newGrant } from './opening.ts';
import { forRole, type Policy } from './policy.ts';
import type { EmergencyKept, Factor, Millis, SessionKey, State, Step, Subscriber, SubscriberId, Tap } from './types.ts';

type Reason = 'reasonLife' | 'reasonTreatment' | 'reasonSignIn' | 'reasonOther';
const reasons: { readonly [K in Reason]: EmergencyReason } = { reasonLife: 'life', reasonTreatment: 'treatment', reasonSignIn: 'signIn', reasonOther: 'other' };

/** Offered on every locked screen of a station that has an emergency session, whatever else is broken. */
export const emergencyOffered = ({ desk, face }: State, policy: Policy): boolean =>
  policy.emergency === 'on' && face.kind !== 'missing' && (desk.kind === 'locked' || desk.kind === 'locking');

/** A badge that was tapped before counts as said who. */
export function beginEmergency(state: State, attempt: number, at: Millis, policy: Policy): Step {
  if (!emergencyOffered(state, policy)) return stay(state);
  const { claim } = state;
  const tap = claim.kind === 'pin' && claim.ask === null && claim.tap.keyPin === null ? claim.tap : null;
  if (tap !== null && !mayStart(tap.subscriber, policy)) return also(endClaim(state, 'cancelled', at), (s) => notify(s, 'notAllowed', at));
  if (tap === null) return also(endClaim(state, 'cancelled', at), (s) => stay(openForm(s, 'emergency', attempt, at)));
  const wiped = also(stay({ ...state, claim: { kind: 'none' } }, { kind: 'wipePin' }), (s) => endTap(s, tap, 'emergency', at));
  return also(wiped, (s) => stay(openForm(s, 'emergency', attempt, at, { tap, step: 'pin' })));
}

/** Whether her role may, at this station. */
const mayStart = ({ role }: Subscriber, policy: Policy): boolean => forRole(policy, role).emergency === 'on';

/** Who only said a number has no record here. */
const nobody: Subscriber = { id: 'claimed', given: '', initial: '', language: null, role: null };
const personOf = (claimant: Claimant): Subscriber => (claimant.kind === 'proved' ? claimant.subscriber : nobody);

/** Who may come back to the emergency that has just opened; null: who only said a number proved nothing that she could prove again. */
export const keptEmergency = ({ subscriber }: Tap, session: SessionKey, since: Millis): EmergencyKept | null =>
  subscriber.id === nobody.id ? null : { claimant: subscriber.id, session, since };

/** Until when this locked session waits for whoever claimed it; null: for nobody. */
export function emergencyWaits({ emergency }: State, { id, epoch }: SessionKey, policy: Policy): Millis | null {
  const isIts = policy.emergency === 'on' && emergency !== null && emergency.session.id === id && emergency.session.epoch === epoch;
  return isIts ? emergency.since + policy.emergencyLasts : null;
}

/** What she left is still there, and is hers: walking away, or a habit of the hand, must not cost a patient's notes. */
function isStillHers(state: State, claimant: SubscriberId, at: Millis, policy: Policy): boolean {
  const { emergency, snapshot } = state;
  if (emergency === null || emergency.claimant !== claimant) return false;
  const { id, epoch } = emergency.session;
  return at < (emergencyWaits(state, emergency.session, policy) ?? at) && snapshot.sessions.some(({ key, state: it }) => key.id === id && key.epoch === epoch && it !== 'closing');
}

/** Choosing the reason starts it: entry first, then the site's own emergency session and no other, made anew unless it is her own that still waits. Nothing happens until the desk is confirmed closed. */
export function giveReason(state: State, kind: Reason, at: Millis, policy: Policy): Step {
  const { claim, desk } = state;
  if (claim.kind !== 'form' || claim.form !== 'emergency' || claim.step !== 'reason' || claim.claimant === null || desk.kind !== 'locked' || !emergencyOffered(state, policy))
    return stay(state);
  const { attempt, claimant, shown } = claim;
  if (claimant.kind === 'proved' && !mayStart(claimant.subscriber, policy)) return also(endClaim(state, 'cancelled', at), (s) => notify(s, 'notAllowed', at));
  const back = claimant.kind === 'proved' && isStillHers(state, claimant.subscriber.id, at, policy);
  const grant = back ? grantFor(state.snapshot, attempt, emergencySession, at) : newGrant(state.snapshot, attempt, emergencySession, 'emergency', at);
  const tap: Tap = { attempt, subscriber: personOf(claimant), badge: '', grade: 'uid', keyPin: null, tag: null, spareUntil: null, hint: null, arrivedAt: shown, readAt: shown };
  const factors: readonly Factor[] = claimant.kind === 'claimed' ? [] : claim.tap === null ? ['pin'] : ['badge', 'pin'];
  const by: Entitlement = { kind: 'emergency', attempt, subscriber: emergencySession, factors, reached: 'none', until: null };
  const entry = {
    kind: 'emergency',
    grant: grant.id,
    attempt,
    claimant: claimant.kind === 'proved' ? { kind: claimant.kind, subscriber: claimant.subscriber.id } : claimant,
    reason: reasons[kind],
    minutes: Math.round(policy.emergencyLasts / 60_000),
  } as const;
  const free: State = { ...state, claim: { kind: 'none' } };
  return also(stay(free, { kind: 'wipePin' }, { kind: 'endForm', attempt }), (s) => beginOpening(s, tap, by, grant, { pin: at - shown }, at, at, { kind: 'record', entry }));
}

/** When the open emergency session ends; null: none is open. */
export const emergencyEnds = ({ desk }: State, policy: Policy): Millis | null =>
  desk.kind === 'open' && desk.by.kind === 'emergency' ? desk.openedAt + policy.emergencyLasts : null;

/** Run by `settle`. */
export function settleEmergency(state: State, at: Millis, policy: Policy): Step {
  const ends = emergencyEnds(state, policy);
  return ends !== null && at >= ends ? also(endClaim(state, 'displaced', at), (s) => lockDesk(s, 'emergencyOver', at)) : stay(state);
}
