/** A State and an alphabet come in; every event that could happen next goes out, those that should not matter among them. */
import { nextDeadline } from '../../core/time.ts';
import type { CardSeen, Event, FormKind, KeyAnswer, Millis, State, StepAnswer } from '../../core/types.ts';
import { ana, done, sam, session } from '../core/world.ts';
import type { Alphabet } from './alphabet.ts';

/** The events to try in this state at this moment, and the moments that come by themselves. */
export function eventsFrom(
  state: State,
  at: Millis,
  { policy, cards, readers, hands, faults, face, keys = false, asks = false, forms = [], system = false }: Alphabet,
): readonly Event[] {
  const events: Event[] = [];
  const next =
    Math.max(
      0,
      ...state.field.map((c) => c.presentation),
      'attempt' in state.claim ? state.claim.attempt : 0,
      'beside' in state.claim ? (state.claim.beside?.attempt ?? 0) : 0,
      'tap' in state.claim ? (state.claim.tap?.attempt ?? 0) : 0,
      'tap' in state.desk ? state.desk.tap.attempt : 0,
    ) + 1;
  for (const reader of readers) {
    if (!state.readers.includes(reader)) events.push({ kind: 'readerFound', reader, at });
    else if (state.field.every((c) => c.reader !== reader)) events.push({ kind: 'cardArrived', reader, presentation: next, at });
  }
  for (const { presentation, reader, tag } of state.field) {
    events.push({ kind: 'cardGone', presentation, at });
    if (tag !== null) continue;
    for (const card of cards) {
      const seen: CardSeen = card.kind === 'enrolled' && card.standing.kind === 'wait' ? { ...card, standing: { kind: 'wait', until: at + 30_000 } } : card;
      events.push({ kind: 'cardRead', reader, presentation, card: seen, at });
    }
  }
  for (const kind of hands) events.push({ kind, at });
  if (hands.includes('addBadge')) events.push({ kind: 'badgeAdded', presentation: next - 1, subscriber: ana, at });
  const tapped = 'tap' in state.claim && state.claim.kind !== 'form' ? state.claim.tap : null;
  for (const attempt of new Set([tapped?.attempt ?? 0, 0])) {
    events.push({ kind: 'verdict', attempt, subscriber: 's1', verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' }, at });
    if (attempt === 0) continue;
    for (const verdict of [{ kind: 'refused', left: 4 }, { kind: 'wait', until: at + 30_000 }, { kind: 'blocked' }, { kind: 'unreachable' }] as const) {
      events.push({ kind: 'verdict', attempt, subscriber: 's1', verdict, at });
    }
    if (tapped !== null && tapped.keyPin !== null) {
      for (const verdict of [{ kind: 'keyGone' }, { kind: 'keyRests' }, { kind: 'unproved', because: 'malformed' }] as const)
        events.push({ kind: 'verdict', attempt, subscriber: 's1', verdict, at });
    }
  }
  const grant = state.desk.kind === 'opening' ? state.desk.grant.id : 'g-old';
  events.push({ kind: 'opened', grant, outcome: done('s1'), at }, { kind: 'opened', grant, outcome: done('s2'), at }, { kind: 'locked', outcome: done(null), at });
  events.push({ kind: 'activity', how: 'key', at }, { kind: 'activity', how: 'pointer', at });
  if (keys) events.push(...keysFrom(state, next, at));
  if (asks) {
    for (const subscriber of ['s1', 's2']) events.push({ kind: 'stepUp', attempt: next, ask: { id: `ask-${subscriber}`, subscriber, app: 'Records', act: 'Export' }, at });
    events.push({ kind: 'stepUp', attempt: next, ask: { id: 'ask-least', subscriber: 's1', app: 'Records', act: 'Export', least: 'AAL1' }, at });
    if (tapped !== null) events.push({ kind: 'verdict', attempt: tapped.attempt, subscriber: 's1', verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'AAL1' }, at });
  }
  if (forms.length > 0) events.push(...formsFrom(state, forms, next, at));
  if (system) {
    events.push({ kind: 'sleep', at }, { kind: 'lockAsked', at }, { kind: 'redeemed', grant, at }, { kind: 'openedElsewhere', session: session('s2').key, subscriber: ana, at });
  }
  if (face) events.push({ kind: 'face', present: true, at }, { kind: 'face', present: false, at });
  if (faults) events.push(...faultsFrom(state, grant, at));
  const due = nextDeadline(state, at, policy);
  if (due !== null) events.push({ kind: 'tick', at: due });
  events.push({ kind: 'tick', at: at + policy.sameBadgeAfter });
  return events;
}

/** What is left of a code's shift when it opens: it ends before anything else does. */
const shift: Millis = 120_000;

function formsFrom(state: State, forms: readonly FormKind[], next: number, at: Millis): readonly Event[] {
  const { claim, desk } = state;
  const begins: readonly Event[] = (['changePin', 'vouch', 'emergency'] as const).flatMap((kind) => (forms.includes(kind) ? [{ kind, attempt: next, at } as const] : []));
  const code: readonly Event[] = forms.includes('code') ? [{ kind: 'enterCode', attempt: next, at }] : [];
  const broke: readonly Event[] = forms.includes('emergency') ? [{ kind: 'broken', cause: 'storeDamaged', at }] : [];
  const opened: readonly Event[] = desk.kind === 'opening' && desk.by.kind === 'emergency' ? [{ kind: 'opened', grant: desk.grant.id, outcome: done('emergency'), at }] : [];
  if (claim.kind !== 'form' || claim.checking === null) return [...begins, ...code, ...broke, ...opened];
  const { attempt, form, step } = claim;
  const to = {
    number: form === 'enrol' || form === 'code' ? 'code' : 'pin',
    code: form === 'code' ? 'pin' : form === 'emergency' ? 'reason' : 'newPin',
    pin: form === 'vouch' ? 'colleague' : form === 'emergency' ? 'reason' : 'newPin',
    newPin: 'again',
    again: 'newPin',
    colleague: 'colleaguePin',
    colleaguePin: 'colleaguePin',
    reason: 'reason',
  } as const;
  const answers: readonly StepAnswer[] = [
    { kind: 'next', step: to[step], ...(step === 'number' ? {} : { subject: sam }), ...(to[step] === 'reason' ? { claimant: { kind: 'proved', subscriber: sam } } : {}) },
    { kind: 'again', step, remark: { kind: 'wrong', left: 4 }, tried: { subscriber: 's1', verdict: 'refused' } },
    { kind: 'refused', because: 'wait', tried: { subscriber: 's1', verdict: 'wait' } },
    { kind: 'done', subscriber: sam, factors: ['code', 'pin'], reached: 'none', until: at + shift },
  ];
  return [...begins, ...code, ...broke, ...opened, ...answers.map((answer): Event => ({ kind: 'stepAnswered', attempt, step, answer, at }))];
}

function keysFrom({ claim }: State, next: number, at: Millis): readonly Event[] {
  const proved = { kind: 'proved', badge: 'key-s1', subscriber: sam, verified: true, standing: { kind: 'allowed', left: 5 } } as const;
  const answers: readonly KeyAnswer[] = [
    proved,
    { ...proved, verified: false },
    { ...proved, verified: false, standing: { kind: 'blocked' } },
    { ...proved, verified: false, standing: { kind: 'wait', until: at + 30_000 } },
    { kind: 'unproved', subscriber: 's1', because: 'wrong' },
    { kind: 'none' },
  ];
  const came = claim.kind === 'key' ? answers.map((answer): Event => ({ kind: 'keyCame', attempt: claim.attempt, answer, at })) : [];
  const steps =
    claim.kind === 'enrolKey' ? (['again', 'done', 'over'] as const).map((step): Event => ({ kind: 'enrolKey', attempt: claim.attempt, subscriber: 's1', step, at })) : [];
  const enrolled = ['s1', 's2'].map((subscriber): Event => ({ kind: 'enrolKey', attempt: next, subscriber, step: 'touch', at }));
  return [{ kind: 'useKey', attempt: next, at }, { kind: 'keyCame', attempt: 0, answer: proved, at }, ...came, ...steps, ...enrolled];
}

function faultsFrom(state: State, grant: string, at: Millis): readonly Event[] {
  const sessions = [null, session('s1'), session('s1', { lock: 'locked' }), session('s1', { lock: 'unknown' }), session('s2')].map(
    (active): Event => ({ kind: 'sessions', snapshot: { seq: state.snapshot.seq + 1, active, sessions: active === null ? [] : [active], healthy: true }, at }),
  );
  // Nobody's is shown, and hers, hers and a stranger's, or a stranger's alone would not lock.
  const behind = session('s1', { state: 'background' });
  const stranger = session('x', { subscriber: null });
  for (const [active, open] of [
    [null, [behind]],
    [null, [behind, { ...stranger, state: 'background' }]],
    [stranger, [stranger]],
  ] as const)
    sessions.push({ kind: 'sessions', snapshot: { seq: state.snapshot.seq + 1, active, sessions: open, healthy: true }, at });
  const outcomes = [done(null), { kind: 'failed', code: 'timeout', screen: 'unknown' }, { kind: 'failed', code: 'rejected', screen: 'locked' }] as const;
  return [
    ...sessions,
    { kind: 'sessions', snapshot: { seq: state.snapshot.seq - 1, active: null, sessions: [], healthy: true }, at },
    ...outcomes.map((outcome): Event => ({ kind: 'opened', grant, outcome, at })),
    { kind: 'opened', grant: 'g-old', outcome: done('s1'), at },
    { kind: 'locked', outcome: { kind: 'failed', code: 'unconfirmed', screen: 'unknown' }, at },
    { kind: 'locked', outcome: { kind: 'failed', code: 'unconfirmed', screen: 'locked' }, at },
    ...state.readers.map((reader): Event => ({ kind: 'readerLost', reader, at })),
    { kind: 'readerService', cause: 'noService', at },
    { kind: 'readerService', cause: null, at },
    { kind: 'revoked', subscriber: 's1', at },
    { kind: 'broken', cause: 'ledgerUnwritable', at },
  ];
}
