/** A try at a code or a staff number comes in; whether it may be made at all goes out, and it is counted durably before it is looked at (invariant 4). At this station, and against the person it would be. */
import type { Policy } from '../../core/policy.ts';
import type { Clock } from '../../core/ports.ts';
import { throttle } from '../../core/throttle.ts';
import type { Millis, SubscriberId } from '../../core/types.ts';
import { stationTries, type TriesRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

export type Counted = {
  /** It was right: both begin anew. */
  readonly accepted: () => void;
  /** It was wrong; `wait`: and the next one is not looked at for a while. */
  readonly wrong: () => 'wrong' | 'wait';
  /** No answer could be had, which is no wrong one. */
  readonly unanswered: () => void;
};
export type Tries = {
  /** Whether a try would not be looked at now. null: of nobody's in particular. */
  readonly waits: (subscriber: SubscriberId | null) => boolean;
  /** So many wrong codes against her that none counts until IT issues another. */
  readonly isSpent: (subscriber: SubscriberId) => boolean;
  /** Durable when it returns. */
  readonly count: (subscriber: SubscriberId | null) => Counted;
};
export type TriesParts = { readonly store: Store; readonly clock: Clock; readonly policy: () => Pick<Policy, 'triesBeforeWait' | 'waits' | 'blockAfter'> };

export function createTries({ store, clock, policy }: TriesParts): Tries {
  // As the verifier's: station time, in memory, and in full again after a restart.
  const startedAt = clock.now();
  const waitsFrom = new Map<string, Millis>();
  /** The station itself is never blocked: its last wait repeats (SP 800-63B-4 §3.2.2). */
  const ruleOf = ({ id, failures }: TriesRecord): ReturnType<typeof throttle> =>
    throttle(failures, id === stationTries ? { ...policy(), blockAfter: Number.POSITIVE_INFINITY } : policy());
  const isWaiting = (record: TriesRecord): boolean => {
    const rule = ruleOf(record);
    return rule.kind === 'wait' && clock.now() < (waitsFrom.get(record.id) ?? startedAt) + rule.ms;
  };
  const records = (subscriber: SubscriberId | null): readonly TriesRecord[] => [store.tries(stationTries), ...(subscriber === null ? [] : [store.tries(subscriber)])];
  const isSpent = (subscriber: SubscriberId): boolean => ruleOf(store.tries(subscriber)).kind === 'blocked';

  return {
    waits: (subscriber) => records(subscriber).some(isWaiting),
    isSpent,
    count: (subscriber) => {
      const before = records(subscriber);
      store.write(
        before.map((record) => ({ ...record, failures: record.failures + 1 })),
        'counted',
      );
      return {
        // To undo either only makes it stricter.
        accepted: () =>
          store.write(
            before.map((record) => ({ ...record, failures: 0 })),
            'uncounted',
          ),
        unanswered: () => store.write(before, 'uncounted'),
        wrong: () => {
          const now = clock.now();
          for (const { id } of before) waitsFrom.set(id, now);
          return records(subscriber).some(isWaiting) ? 'wait' : 'wrong';
        },
      };
    },
  };
}
