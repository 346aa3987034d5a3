/** What a learner does comes in; the next lesson of a made-up station goes out. Nothing here proves, opens or records anything but that it was done. */
import { also, endClaim, stay } from './moves.ts';
import type { AttemptId, Claim, Event, Lesson, Millis, State, Step } from './types.ts';

export const lessons = ['tap', 'pin', 'wrongPin', 'takeOver', 'noBadge', 'emergency', 'done'] as const satisfies readonly Lesson[];
export const practiceDigits = 6;
/** A lesson that nobody goes on with gives the station back. */
export const lessonLasts: Millis = 60_000;

export type Practice = Extract<Claim, { kind: 'practice' }>;

/** At a station nobody's work is open on. */
export function practise(state: State, attempt: AttemptId, at: Millis): Step {
  const { claim, desk, health } = state;
  const free = claim.kind === 'none' || claim.kind === 'notice' || claim.kind === 'other';
  if (!free || health.kind === 'degraded' || (desk.kind !== 'locked' && desk.kind !== 'locking')) return stay(state);
  return also(endClaim(state, 'cancelled', at), (s) => stay({ ...s, help: null, claim: { kind: 'practice', attempt, lesson: 'tap', digits: 0, wrong: false, since: at } }));
}

const onward = (state: State, claim: Practice, at: Millis): Step => {
  const lesson = lessons[lessons.indexOf(claim.lesson) + 1];
  if (lesson === undefined) return stay({ ...state, claim: { kind: 'none' } });
  const next: State = { ...state, claim: { ...claim, lesson, digits: 0, wrong: false, since: at } };
  return lesson === 'done' ? stay(next, { kind: 'record', entry: { kind: 'practised' } }) : stay(next);
};

/** A gesture in a lesson; null: it means what it always does. Digits are counted and dropped: no real PIN belongs here. */
export function practiceGesture(state: State, claim: Practice, kind: Event['kind'], at: Millis): Step | null {
  switch (kind) {
    case 'digit': {
      if (claim.lesson !== 'pin' && claim.lesson !== 'wrongPin') return stay(state);
      const digits = claim.digits + 1;
      if (digits < practiceDigits) return stay({ ...state, claim: { ...claim, digits, since: at } });
      // Here any six are right the second time, and wrong the first.
      if (claim.lesson === 'wrongPin' && !claim.wrong) return stay({ ...state, claim: { ...claim, digits: 0, wrong: true, since: at } }, { kind: 'cue', tone: 'refused' });
      return also(onward(state, claim, at), (s) => stay(s, { kind: 'cue', tone: 'accepted' }));
    }
    case 'erase':
      return stay({ ...state, claim: { ...claim, digits: Math.max(0, claim.digits - 1), since: at } });
    case 'clear':
      return stay({ ...state, claim: { ...claim, digits: 0, since: at } });
    case 'switch':
    case 'notNow':
      return claim.lesson === 'takeOver' ? onward(state, claim, at) : stay(state);
    case 'next':
      return claim.lesson === 'tap' || claim.lesson === 'pin' || claim.lesson === 'wrongPin' || claim.lesson === 'takeOver' ? stay(state) : onward(state, claim, at);
    case 'cancel':
    case 'back':
      return stay({ ...state, claim: { kind: 'none' } });
    default:
      return null;
  }
}

/** The lesson's own tap: any card will do. null: a real tap, which ends the practice. */
export const practiceTap = (state: State, at: Millis): Step | null => (state.claim.kind === 'practice' && state.claim.lesson === 'tap' ? onward(state, state.claim, at) : null);
