/** Events come in one at a time; the only mutable State is here, and its Views and effects go out. An exception anywhere locks. */

import type { Policy } from '../core/policy.ts';
import type { Clock } from '../core/ports.ts';
import { start, step } from '../core/step.ts';
import { nextDeadline } from '../core/time.ts';
import type { DegradedCause, Effect, Event, Millis, Outcome, State, Step } from '../core/types.ts';

/** Thrown by an effect to name the cause the station must degrade with; any other exception is a bug. */
export class Broken extends Error {
  override readonly cause: DegradedCause;
  constructor(cause: DegradedCause, why: unknown) {
    super(why instanceof Error ? why.message : String(why));
    this.cause = cause;
  }
}

export type Untimed = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;
export type Queue = {
  readonly state: () => State;
  /** Asks for the first lock; everything that answers must be connected by now. */
  readonly begin: () => void;
  /** Takes an event to its end, effects included, before it returns; `at` defaults to now. */
  readonly dispatch: (event: Untimed, at?: Millis) => void;
  /** Locks and degrades: for exceptions that reach the agent outside a dispatch. */
  readonly crash: (why: unknown) => void;
  readonly stop: () => void;
};
export type QueueParts = {
  readonly clock: Clock;
  readonly policy: () => Policy;
  /** May throw; Broken names the cause. Answers to asynchronous effects come back through `dispatch`. */
  readonly perform: (effect: Effect) => void;
  readonly publish: (state: State, at: Millis) => void;
  readonly diagnose: (why: unknown) => void;
};

/** What becomes of an open that was never asked for. */
const notRecorded: Outcome = { kind: 'failed', code: 'rejected', screen: 'unknown' };
/** Timers of one agent: the longest that setTimeout takes without firing at once. */
const longestTimer: Millis = 2 ** 31 - 1;
/** Timers stand still while the computer sleeps and station time does not: unless locked, it is looked at this often. */
const longestAwake: Millis = 5_000;

export function createQueue({ clock, policy, perform, publish, diagnose }: QueueParts): Queue {
  const waiting: Event[] = [];
  let running = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let latest: Millis = clock.now();
  let state = start(latest).state;

  const run = (next: Step, at: Millis): void => {
    state = next.state;
    try {
      publish(state, at);
    } catch (why) {
      // A screen that cannot be told is no reason not to lock.
      diagnose(why);
    }
    let unrecorded = false;
    for (const effect of next.effects) {
      if (effect.kind === 'open' && unrecorded) {
        // Nothing opens behind an entry that is not durable, degraded or not (invariant 8).
        waiting.unshift({ kind: 'opened', grant: effect.grant.id, outcome: notRecorded, at });
        continue;
      }
      try {
        perform(effect);
      } catch (why) {
        diagnose(why);
        unrecorded ||= effect.kind === 'record';
        // Once degraded, what cannot be recorded must not keep the lock behind it from being asked for.
        if (state.health.kind === 'degraded') continue;
        waiting.unshift({ kind: 'broken', cause: why instanceof Broken ? why.cause : 'exception', at });
        return;
      }
    }
  };
  const drain = (): void => {
    if (running) return;
    running = true;
    try {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
        try {
          run(step(state, event, policy()), event.at);
        } catch (why) {
          diagnose(why);
          if (event.kind === 'broken') throw why;
          waiting.unshift({ kind: 'broken', cause: 'exception', at: event.at });
        }
      }
    } finally {
      running = false;
    }
    arm();
  };
  const arm = (): void => {
    clearTimeout(timer);
    if (stopped) return;
    // From the time last settled at: a deadline that passed meanwhile is due now, not lost.
    const due = nextDeadline(state, latest, policy());
    if (due === null) return;
    const most = state.desk.kind === 'locked' ? longestTimer : longestAwake;
    timer = setTimeout(() => dispatch({ kind: 'tick' }), Math.min(most, Math.max(0, Math.ceil(due - clock.now()))));
  };
  // Reader programs stamp their events themselves; time as the core sees it never goes back.
  const dispatch = (event: Untimed, at: Millis = clock.now()): void => {
    if (stopped) return;
    latest = Math.max(latest, at);
    waiting.push({ ...event, at: latest });
    drain();
  };
  return {
    state: () => state,
    begin: () => {
      const now = clock.now();
      running = true;
      try {
        run(start(now), now);
      } finally {
        running = false;
      }
      drain();
    },
    dispatch,
    crash: (why) => {
      diagnose(why);
      dispatch({ kind: 'broken', cause: why instanceof Broken ? why.cause : 'exception' });
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
