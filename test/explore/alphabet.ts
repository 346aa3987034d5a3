/** A State comes in; every event of a small alphabet that could happen next goes out, and one name for all states that behave alike. */
import type { HandKind } from '../../core/gestures.ts';
import type { Policy } from '../../core/policy.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { nextDeadline } from '../../core/time.ts';
import type { CardSeen, Event, FormKind, KeyAnswer, Millis, State, StepAnswer } from '../../core/types.ts';
import { ana, badge, done, proving, sam, session } from '../core/world.ts';
import { liveWindow, windowLasts } from '../../core/window.ts';

/** Short PINs and few distinct times keep the space finite; every rule stays in play. */
const policies = {
  ask: { ...defaultPolicy, pinLength: 2, addBadge: 'demo' },
  windows: { ...defaultPolicy, pinLength: 1, takeOver: 'switch', windowOverall: 400_000, windowInactivity: 350_000 },
  keys: { ...defaultPolicy, pinLength: 1, takeOver: 'switch', securityKeys: 'on', windowOverall: 400_000, windowInactivity: 350_000 },
  keyPins: { ...defaultPolicy, pinLength: 1, takeOver: 'switch', keyPin: 'key', windowOverall: 400_000, windowInactivity: 350_000 },
  undo: { ...defaultPolicy, pinLength: 1, takeOver: 'switch', windowOverall: 100_000, windowInactivity: 100_000, openOverall: 60_000 },
  stay: { ...defaultPolicy, pinLength: 1, takeOver: 'switch', badgeMode: 'stay', openOverall: 600_000 },
  forms: { ...defaultPolicy, pinLength: 1, numberLength: 1, shiftCodes: 'on', vouching: 'on', addBadge: 'code', emergency: 'on', emergencyLasts: 200_000 },
  strict: { ...defaultPolicy, pinLength: 2, takeOver: 'switch', readerLost: 'lock' },
} satisfies Record<string, Policy>;

/** A few kinds of happenings at a time: together they cover every event, apart they can be exhausted. */
export type Alphabet = {
  readonly policy: Policy;
  readonly cards: readonly CardSeen[];
  /** Readers that cards are held to; the first one can also be unplugged where `faults` is set. */
  readonly readers: readonly string[];
  readonly hands: readonly HandKind[];
  /** Security keys in the face. */
  readonly keys?: boolean;
  /** Applications that ask. */
  readonly asks?: boolean;
  /** Sessions that change by themselves, locks that are not confirmed, revocation, a broken ledger, readers that vanish. */
  readonly faults: boolean;
  /** What is typed step by step, and which forms. */
  readonly forms?: readonly FormKind[];
  /** Sleep, passwords at the system's own screen, grants that are taken. */
  readonly system?: boolean;
  /** Faces that come and go. */
  readonly face: boolean;
};

/** Her security key, which checks its own PIN. */
const checking: CardSeen = { ...badge(sam), grade: 'fido', keyPin: 2 };
const unknown: CardSeen = { kind: 'unknown', tag: 'tag-u' };
export const alphabets: Readonly<Record<string, Alphabet>> = {
  // One digit: longer PINs are walked by the alphabets below.
  'two people, two readers': { policy: { ...policies.ask, pinLength: 1 }, cards: [badge(sam), badge(ana), unknown], readers: ['R1', 'R2'], hands: ['digit', 'cancel', 'switch'], faults: false, face: false },
  'two people, straight to the PIN': { policy: policies.strict, cards: [badge(sam), badge(ana)], readers: ['R1'], hands: ['digit', 'erase', 'clear', 'lockNow'], faults: false, face: false },
  'one person, every fault': { policy: policies.strict, cards: [badge(sam)], readers: ['R1'], hands: ['digit', 'cancel'], faults: true, face: false },
  'two people, a face that goes': { policy: policies.ask, cards: [badge(sam), badge(ana)], readers: ['R1'], hands: ['digit', 'switch', 'help'], faults: false, face: true },
  'tap alone inside a window': {
    policy: policies.windows, cards: [proving(sam), badge(sam), { kind: 'unproved', tag: 'tag-s1', badge: 'badge-s1', subscriber: 's1', because: 'wrong' }, badge(ana)], readers: ['R1'],
    hands: ['digit', 'lockNow'], faults: false, face: false,
  },
  'security keys beside badges and alone': {
    policy: policies.keys, cards: [badge(ana)], readers: ['R1'], hands: ['digit', 'otherWay', 'usePin'], faults: false, face: false, keys: true,
  },
  'keys that check their own PIN': {
    policy: policies.keyPins, cards: [checking, badge(ana)], readers: ['R1'], hands: ['digit', 'lockNow'], faults: false, face: false,
  },
  'straight back after a colleague': {
    policy: policies.undo, cards: [proving(sam), badge(ana)], readers: ['R1'], hands: ['digit'], faults: false, face: false,
  },
  'a badge that stays on the reader': {
    policy: policies.stay, cards: [badge(sam), badge(ana)], readers: ['R1'], hands: ['digit', 'keepWorking'], faults: false, face: false, system: true,
  },
  'codes and PINs step by step': {
    policy: policies.forms, cards: [badge(sam), { kind: 'unknown', tag: 'tag-u' }], readers: ['R1'], hands: ['digit', 'addBadge', 'cancel'], faults: false, face: false, forms: ['code', 'changePin', 'enrol'],
  },
  'a colleague vouches': {
    policy: policies.forms, cards: [badge(sam), badge(ana), { kind: 'unknown', tag: 'tag-u' }], readers: ['R1'], hands: ['digit', 'back'], faults: false, face: false, forms: ['vouch'],
  },
  'emergencies, and a station that breaks': {
    policy: policies.forms, cards: [badge(sam)], readers: ['R1'], hands: ['digit', 'lockNow', 'reasonLife', 'clean'], faults: false, face: false, forms: ['emergency'],
  },
  'applications that ask': {
    policy: { ...policies.strict, pinLength: 1 }, cards: [badge(sam), badge(ana)], readers: ['R1'], hands: ['digit', 'otherWay', 'cancel'], faults: false, face: false, asks: true,
  },
  'every card, every gesture': {
    policy: policies.ask,
    cards: [badge(sam), unknown, { kind: 'unusable' }, { kind: 'taken' }, { kind: 'unreadable', why: 'mute' }, { kind: 'revoked', tag: 'tag-r', subscriber: 's3' }, { ...badge(sam), standing: { kind: 'wait', until: 0 } }, { ...badge(ana), standing: { kind: 'blocked' } }],
    readers: ['R1'],
    hands: ['digit', 'erase', 'clear', 'cancel', 'switch', 'notNow', 'keepWorking', 'lockNow', 'help', 'back', 'addBadge', 'otherWay', 'testReader'],
    faults: false,
    face: false,
  },
};

/** The events to try in this state at this moment, and the moments that come by themselves. */
export function eventsFrom(state: State, at: Millis, { policy, cards, readers, hands, faults, face, keys = false, asks = false, forms = [], system = false }: Alphabet): readonly Event[] {
  const events: Event[] = [];
  const next = Math.max(0, ...state.field.map((c) => c.presentation), 'attempt' in state.claim ? state.claim.attempt : 0, 'beside' in state.claim ? (state.claim.beside?.attempt ?? 0) : 0, 'tap' in state.claim ? (state.claim.tap?.attempt ?? 0) : 0, 'tap' in state.desk ? state.desk.tap.attempt : 0) + 1;
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
      for (const verdict of [{ kind: 'keyGone' }, { kind: 'keyRests' }, { kind: 'unproved', because: 'malformed' }] as const) events.push({ kind: 'verdict', attempt, subscriber: 's1', verdict, at });
    }
  }
  const grant = state.desk.kind === 'opening' ? state.desk.grant.id : 'g-old';
  events.push({ kind: 'opened', grant, outcome: done('s1'), at }, { kind: 'opened', grant, outcome: done('s2'), at }, { kind: 'locked', outcome: done(null), at });
  events.push({ kind: 'activity', how: 'key', at }, { kind: 'activity', how: 'pointer', at });
  if (keys) events.push(...keysFrom(state, next, at));
  if (asks) for (const subscriber of ['s1', 's2']) events.push({ kind: 'stepUp', attempt: next, ask: { id: `ask-${subscriber}`, subscriber, app: 'Records', act: 'Export' }, at });
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
  const to = { number: form === 'enrol' || form === 'code' ? 'code' : 'pin', code: form === 'code' ? 'pin' : form === 'emergency' ? 'reason' : 'newPin', pin: form === 'vouch' ? 'colleague' : form === 'emergency' ? 'reason' : 'newPin', newPin: 'again', again: 'newPin', colleague: 'colleaguePin', colleaguePin: 'colleaguePin', reason: 'reason' } as const;
  const answers: readonly StepAnswer[] = [
    { kind: 'next', step: to[step], ...(step === 'number' ? {} : { subject: sam }), ...(to[step] === 'reason' ? { claimant: { kind: 'proved', subscriber: sam } } : {}) },
    { kind: 'again', step, remark: { kind: 'wrong', left: 4 }, tried: { subscriber: 's1', verdict: 'refused' } }, { kind: 'refused', because: 'wait', tried: { subscriber: 's1', verdict: 'wait' } }, { kind: 'done', subscriber: sam, factors: ['code', 'pin'], reached: 'none', until: at + shift },
  ];
  return [...begins, ...code, ...broke, ...opened, ...answers.map((answer): Event => ({ kind: 'stepAnswered', attempt, step, answer, at }))];
}

function keysFrom({ claim }: State, next: number, at: Millis): readonly Event[] {
  const proved = { kind: 'proved', badge: 'key-s1', subscriber: sam, verified: true, standing: { kind: 'allowed', left: 5 } } as const;
  const answers: readonly KeyAnswer[] = [
    proved, { ...proved, verified: false }, { ...proved, verified: false, standing: { kind: 'blocked' } }, { ...proved, verified: false, standing: { kind: 'wait', until: at + 30_000 } },
    { kind: 'unproved', subscriber: 's1', because: 'wrong' }, { kind: 'none' },
  ];
  const came = claim.kind === 'key' ? answers.map((answer): Event => ({ kind: 'keyCame', attempt: claim.attempt, answer, at })) : [];
  const steps = claim.kind === 'enrolKey' ? (['done', 'over'] as const).map((step): Event => ({ kind: 'enrolKey', attempt: claim.attempt, subscriber: 's1', step, at })) : [];
  const enrolled = ['s1', 's2'].map((subscriber): Event => ({ kind: 'enrolKey', attempt: next, subscriber, step: 'touch', at }));
  return [{ kind: 'useKey', attempt: next, at }, { kind: 'keyCame', attempt: 0, answer: proved, at }, ...came, ...steps, ...enrolled];
}

function faultsFrom(state: State, grant: string, at: Millis): readonly Event[] {
  const sessions = [null, session('s1'), session('s1', { lock: 'locked' }), session('s1', { lock: 'unknown' }), session('s2')].map((active): Event => (
    { kind: 'sessions', snapshot: { seq: state.snapshot.seq + 1, active, sessions: active === null ? [] : [active], healthy: true }, at }));
  // Nobody's is shown, and hers, hers and a stranger's, or a stranger's alone would not lock.
  const behind = session('s1', { state: 'background' });
  const stranger = session('x', { subscriber: null });
  for (const [active, open] of [[null, [behind]], [null, [behind, { ...stranger, state: 'background' }]], [stranger, [stranger]]] as const)
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
    { kind: 'readerService', cause: 'noService', at }, { kind: 'readerService', cause: null, at },
    { kind: 'revoked', subscriber: 's1', at }, { kind: 'broken', cause: 'ledgerUnwritable', at },
  ];
}

/** One key for all states that behave alike: which side of each limit its times are on, and cards numbered in order. Stage times and the help screen's memory decide nothing. */
export function keyOf(state: State, at: Millis, policy: Policy): string {
  const numbers = new Map<number, number>();
  const number = (n: number | null): number => {
    if (n === null) return -1;
    const known = numbers.get(n) ?? numbers.size + 1;
    numbers.set(n, known);
    return known;
  };
  const ago = (moment: Millis, ...limits: readonly Millis[]): number => limits.filter((l) => at - moment >= l).length;
  const { health, desk, claim, snapshot } = state;
  const deskKey =
    desk.kind === 'open' ? [desk.subscriber.id, desk.session, ago(desk.openedAt, policy.keepAfterOpen), ago(desk.lastActivity, policy.whoAfter, policy.inactivity - policy.warning, policy.inactivity),
      desk.lastKey === null ? null : ago(desk.lastKey, policy.typingGuard), desk.kept !== null && desk.kept.until > at, desk.by.kind === 'emergency', windowLasts(desk.by.grade, policy) === 0 ? null : [desk.by.badge, desk.by.grade], ago(desk.by.provedAt, policy.openOverall - policy.warning, policy.openOverall),
      desk.lifted === null ? null : ago(desk.lifted, policy.stayGrace), desk.by.kind === 'emergency' ? ago(desk.openedAt, policy.emergencyLasts) : 0, desk.by.until === null ? null : ago(desk.by.until, -policy.warning, 0)]
    : desk.kind === 'opening' ? [number(desk.tap.attempt), desk.tap.subscriber.id, desk.by.kind === 'emergency', windowLasts(desk.by.grade, policy) === 0 ? null : desk.by.grade, desk.redeemed, ago(desk.since, 30_000)]
    : desk.kind === 'locking' ? [desk.why === 'start', ago(desk.since, 2_000), desk.tries > 0, desk.screen]
    : [];
  const claimKey =
    claim.kind === 'pin' ? [number(claim.tap.attempt), claim.tap.subscriber.id, claim.tap.grade, claim.ask?.id, claim.digits, ago(claim.lastKey, policy.digitsWipedAfter, policy.pinGivesUpAfter)]
    : claim.kind === 'choose' || claim.kind === 'verifying' || claim.kind === 'ready' || claim.kind === 'wait' ? [number(claim.tap.attempt), claim.tap.subscriber.id, claim.tap.grade, claim.kind === 'verifying' ? claim.ask?.id : null, ago(claim.since, 1_500, 10_000, 30_000)]
    : claim.kind === 'other' || claim.kind === 'key' ? [claim.kind === 'key' ? number(claim.attempt) : 0, number(claim.beside?.attempt ?? null), claim.beside?.subscriber.id, ago(claim.since, 5_000, 15_000, 30_000)]
    : claim.kind === 'enrolKey' ? [number(claim.attempt), claim.subscriber.id, claim.step, ago(claim.since, 3_000, 30_000)]
    : claim.kind === 'form' ? [claim.form, claim.step, number(claim.attempt), claim.digits, number(claim.tap?.attempt ?? null), claim.tap?.subscriber.id, claim.subject?.id, claim.claimant?.kind, claim.checking !== null, ago(claim.lastKey, 30_000, 60_000), claim.checking === null ? 0 : ago(claim.checking, 10_000)]
    : claim.kind === 'practice' ? [claim.lesson, claim.digits, claim.wrong, ago(claim.since, 60_000)]
    : claim.kind === 'cleaning' ? [claim.until > at]
    : claim.kind === 'reading' ? [number(claim.presentation), ago(claim.since, policy.readingStopsAfter)]
    : claim.kind === 'notice' ? [claim.notice, number(claim.presentation), claim.until > at]
    : [];
  return JSON.stringify([
    health.kind, desk.kind, deskKey, claim.kind, claimKey,
    state.windows.map((w) => [w.badge, w.grade, liveWindow(state, w.badge, w.grade, at, policy) !== null, ago(w.startedAt, policy.openOverall), Math.ceil((w.startedAt + policy.windowOverall - at) / 100_000), Math.ceil((w.usedAt + policy.windowInactivity - at) / 100_000)]),
    state.displaced === null || windowLasts(state.displaced.by.grade, policy) === 0 ? null : [state.displaced.subscriber, state.displaced.by.badge, state.displaced.by.grade, ago(state.displaced.at, policy.undo)],
    state.parked.map((p) => [p.subscriber, p.ends !== null, p.asked]),
    state.field.map((c) => [c.reader, number(c.presentation), c.tag, c.enrolled, c.read, c.spent]),
    state.left.filter((b) => at - b.at < policy.sameBadgeAfter).map((b) => b.tag).sort(),
    state.readers, state.readerService, state.face.kind, state.face.kind === 'missing' && desk.kind === 'open' ? ago(state.face.since, 4_000) : 0, snapshot.active?.subscriber, snapshot.active?.lock, snapshot.sessions.map((s) => [s.subscriber, s.lock]), state.help?.test,
  ]);
}
