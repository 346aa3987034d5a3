/** Random numbers come in; a long random life under a policy, or under policies that change, goes out, each of its steps held to the invariants. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { start, step } from '../../core/step.ts';
import type { Event, Millis, State } from '../../core/types.ts';
import { alphabets } from './alphabet.ts';
import { eventsFrom } from './events.ts';
import { broken } from './invariants.ts';

const allForms = ['code', 'changePin', 'enrol', 'vouch', 'emergency'] as const;
/** Everything the explorations know, at once, under any policy. */
const everything = Object.values(alphabets).flatMap((a) => a.cards);
const hands = [...(alphabets['every card, every gesture']?.hands ?? []), 'reasonLife', 'clean', 'next'] as const;
/** Within wider limits than the schema's, where a life is too short for them. */
export const policies: fc.Arbitrary<Policy> = fc
  .record({
    // Short PINs, or random hands would never reach a last digit.
    pinLength: fc.integer({ min: 1, max: 4 }),
    inactivity: fc.integer({ min: 61_000, max: 3_600_000 }),
    warning: fc.integer({ min: 5_000, max: 60_000 }),
    whoAfter: fc.integer({ min: 1, max: 600_000 }),
    takeOver: fc.constantFrom('ask' as const, 'switch' as const, 'refuse' as const),
    ownersTap: fc.constantFrom('lock' as const, 'lock' as const, 'keep' as const),
    badgeMode: fc.constantFrom('tap' as const, 'tap' as const, 'stay' as const),
    stayGrace: fc.integer({ min: 0, max: 10_000 }),
    undo: fc.integer({ min: 0, max: 60_000 }),
    openOverall: fc.integer({ min: 60_000, max: 86_400_000 }),
    windowAskBefore: fc.integer({ min: 0, max: 3_600_000 }),
    parkedSessions: fc.integer({ min: 0, max: 3 }),
    parkedFor: fc.integer({ min: 60_000, max: 86_400_000 }),
    numberLength: fc.constant(2),
    shiftCodes: fc.constantFrom('on' as const, 'off' as const),
    vouching: fc.constantFrom('on' as const, 'off' as const),
    emergency: fc.constantFrom('on' as const, 'off' as const),
    emergencyLasts: fc.integer({ min: 60_000, max: 3_600_000 }),
    roles: fc.constantFrom({}, { nurse: { takeOver: 'switch' as const, windowGrades: ['aes' as const] }, physician: { badgeMode: 'stay' as const, inactivity: 61_000 } }),
    sameBadgeAfter: fc.integer({ min: 0, max: 5_000 }),
    keepAfterOpen: fc.integer({ min: 0, max: 10_000 }),
    typingGuard: fc.integer({ min: 0, max: 10_000 }),
    readerLost: fc.constantFrom('keep' as const, 'lock' as const),
    windowGrades: fc.subarray(['aes', 'piv', 'fido'] as const),
    windowOverall: fc.integer({ min: 60_000, max: 3_600_000 }),
    windowInactivity: fc.integer({ min: 60_000, max: 3_600_000 }),
    uidWindow: fc.constantFrom(null, { owner: 'ward lead', until: 0, lasts: 600_000 }),
    leastGrade: fc.constantFrom('uid' as const, 'uid' as const, 'uid' as const, 'aes' as const),
    securityKeys: fc.constantFrom('on' as const, 'off' as const),
    addBadge: fc.constantFrom('off' as const, 'demo' as const, 'code' as const),
  })
  .map((some) => ({ ...defaultPolicy, ...some }));

/** `policyAt`: what holds for the next event. Each number picks one of the events that could happen next, and how long it took to come. */
export function live(policyAt: (state: State) => Policy, picks: readonly (readonly [number, number])[]): { readonly state: State; readonly at: Millis; readonly opened: number } {
  let { state } = start(0);
  let at = 0;
  let opened = 0;
  let awaiting: Event[] = [];
  for (const [pick, delay] of picks) {
    at += delay;
    const policy = policyAt(state);
    // Answers the world owes are as likely as anything else, or nothing would ever open.
    const owed = awaiting.map((e) => ({ ...e, at }));
    const digits =
      state.claim.kind === 'pin' || (state.claim.kind === 'form' && state.claim.checking === null) ? Array.from({ length: 20 }, (): Event => ({ kind: 'digit', at })) : [];
    const faults = pick % 31 === 0;
    const possible =
      owed.length > 0 && pick % 3 !== 0
        ? owed
        : [
            ...eventsFrom(state, at, {
              policy,
              cards: everything,
              readers: ['R1', 'R2'],
              hands,
              faults,
              face: pick % 7 === 0,
              keys: pick % 5 === 0,
              asks: pick % 11 === 0,
              system: pick % 13 === 0,
              forms: pick % 2 === 0 ? allForms : [],
            }),
            ...digits,
          ];
    const event = possible[pick % possible.length] as Event;
    // A degraded life is over: it must come, and not too soon.
    if (event.kind === 'broken' && pick % 5 !== 0) continue;
    at = Math.max(at, event.at);
    const next = step(state, event, policy);
    assert.equal(broken(state, event, next, policy), null);
    ({ state } = next);
    awaiting = next.effects.flatMap((e): Event[] => {
      if (e.kind === 'open')
        return [
          {
            kind: 'opened',
            grant: e.grant.id,
            outcome: {
              kind: 'done',
              session: { key: { id: `session-${e.grant.subscriber}`, epoch: '1' }, subscriber: e.grant.subscriber, state: 'active', lock: 'unlocked' },
              ms: 1,
            },
            at,
          },
        ];
      if (e.kind === 'lock') return [{ kind: 'locked', outcome: { kind: 'done', session: null, ms: 1 }, at }];
      return e.kind === 'verify' || e.kind === 'verifyKey'
        ? [{ kind: 'verdict', attempt: e.attempt, subscriber: e.subscriber, verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' }, at }]
        : [];
    });
    if (state.desk.kind === 'open') opened++;
    if (state.health.kind === 'degraded') break;
  }
  return { state, at, opened };
}

export const lives = fc.array(
  fc.tuple(fc.nat(10_000), fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 500 }) }, { weight: 1, arbitrary: fc.integer({ min: 500, max: 400_000 }) })),
  { minLength: 200, maxLength: 600 },
);
