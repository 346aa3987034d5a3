/** Small alphabets of happenings, each with its policy, come in by name; one name for all states that behave alike goes out. */
import type { HandKind } from '../../core/gestures.ts';
import type { Policy } from '../../core/policy.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { CardSeen, FormKind, Millis, State } from '../../core/types.ts';
import { liveWindow, windowLasts } from '../../core/window.ts';
import { ana, badge, proving, sam } from '../core/world.ts';

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
// biome-ignore format: a line or two for each.
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

/** A badge beside the PIN makes a difference only to an application that named a level. */
const askKey = ({ ask, tap }: Extract<State['claim'], { kind: 'pin' | 'verifying' }>): string | null =>
  ask === null ? null : ask.least === undefined ? ask.id : `${ask.id} ${tap.badge === ''}`;

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
    desk.kind === 'open'
      ? [
          desk.subscriber.id,
          desk.session,
          ago(desk.openedAt, policy.keepAfterOpen),
          ago(desk.lastActivity, policy.whoAfter, policy.inactivity - policy.warning, policy.inactivity),
          desk.lastKey === null ? null : ago(desk.lastKey, policy.typingGuard),
          desk.kept !== null && desk.kept.until > at,
          desk.by.kind === 'emergency',
          windowLasts(desk.by.grade, policy) === 0 ? null : [desk.by.badge, desk.by.grade],
          ago(desk.by.provedAt, policy.openOverall - policy.warning, policy.openOverall),
          desk.lifted === null ? null : ago(desk.lifted, policy.stayGrace),
          desk.by.kind === 'emergency' ? ago(desk.openedAt, policy.emergencyLasts) : 0,
          desk.by.until === null ? null : ago(desk.by.until, -policy.warning, 0),
        ]
      : desk.kind === 'opening'
        ? [
            number(desk.tap.attempt),
            desk.tap.subscriber.id,
            desk.by.kind === 'emergency',
            windowLasts(desk.by.grade, policy) === 0 ? null : desk.by.grade,
            desk.redeemed,
            ago(desk.since, 30_000),
          ]
        : desk.kind === 'locking'
          ? [desk.why === 'start', ago(desk.since, 2_000), desk.tries > 0, desk.screen]
          : [];
  const claimKey =
    claim.kind === 'pin'
      ? [number(claim.tap.attempt), claim.tap.subscriber.id, claim.tap.grade, askKey(claim), claim.digits, ago(claim.lastKey, policy.digitsWipedAfter, policy.pinGivesUpAfter)]
      : claim.kind === 'choose' || claim.kind === 'verifying' || claim.kind === 'ready' || claim.kind === 'wait'
        ? [number(claim.tap.attempt), claim.tap.subscriber.id, claim.tap.grade, claim.kind === 'verifying' ? askKey(claim) : null, ago(claim.since, 1_500, 10_000, 30_000)]
        : claim.kind === 'other' || claim.kind === 'key'
          ? [claim.kind === 'key' ? number(claim.attempt) : 0, number(claim.beside?.attempt ?? null), claim.beside?.subscriber.id, ago(claim.since, 5_000, 15_000, 30_000)]
          : claim.kind === 'enrolKey'
            ? [number(claim.attempt), claim.subscriber.id, claim.step, ago(claim.since, 3_000, 30_000)]
            : claim.kind === 'form'
              ? [
                  claim.form,
                  claim.step,
                  number(claim.attempt),
                  claim.digits,
                  number(claim.tap?.attempt ?? null),
                  claim.tap?.subscriber.id,
                  claim.subject?.id,
                  claim.claimant?.kind,
                  claim.checking !== null,
                  ago(claim.lastKey, 30_000, 60_000),
                  claim.checking === null ? 0 : ago(claim.checking, 10_000),
                ]
              : claim.kind === 'practice'
                ? [claim.lesson, claim.digits, claim.wrong, ago(claim.since, 60_000)]
                : claim.kind === 'cleaning'
                  ? [claim.until > at]
                  : claim.kind === 'reading'
                    ? [number(claim.presentation), ago(claim.since, policy.readingStopsAfter)]
                    : claim.kind === 'notice'
                      ? [claim.notice, number(claim.presentation), claim.until > at]
                      : [];
  return JSON.stringify([
    health.kind,
    desk.kind,
    deskKey,
    claim.kind,
    claimKey,
    state.windows.map((w) => [
      w.badge,
      w.grade,
      liveWindow(state, w.badge, w.grade, at, policy) !== null,
      ago(w.startedAt, policy.openOverall),
      Math.ceil((w.startedAt + policy.windowOverall - at) / 100_000),
      Math.ceil((w.usedAt + policy.windowInactivity - at) / 100_000),
    ]),
    state.displaced === null || windowLasts(state.displaced.by.grade, policy) === 0
      ? null
      : [state.displaced.subscriber, state.displaced.by.badge, state.displaced.by.grade, ago(state.displaced.at, policy.undo)],
    state.parked.map((p) => [p.subscriber, p.ends !== null, p.asked]),
    state.emergency === null || at - state.emergency.since >= policy.emergencyLasts ? null : [state.emergency.claimant, state.emergency.session],
    state.field.map((c) => [c.reader, number(c.presentation), c.tag, c.enrolled, c.read, c.spent]),
    state.left
      .filter((b) => at - b.at < policy.sameBadgeAfter)
      .map((b) => b.tag)
      .sort(),
    state.readers,
    state.readerService,
    state.face.kind,
    state.face.kind === 'missing' && desk.kind === 'open' ? ago(state.face.since, 4_000) : 0,
    snapshot.active?.subscriber,
    snapshot.active?.lock,
    snapshot.sessions.map((s) => [s.subscriber, s.lock]),
    state.help?.test,
  ]);
}
