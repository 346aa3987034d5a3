/** A subscriber and the PIN buffer come in; one Verdict goes out. The attempt is counted durably before the PIN is looked at (invariant 4). */
import { reach } from '../core/assurance.ts';
import type { Policy } from '../core/policy.ts';
import type { Clock, Verifier } from '../core/ports.ts';
import { throttle } from '../core/throttle.ts';
import type { Grade, Millis, Standing, SubscriberId, Verdict } from '../core/types.ts';
import { defaultCost, hashPin, isWeaker, matches, peppered } from './store/pin-hash.ts';
import type { Cost, PinRecord } from './store/records.ts';
import type { Store } from './store/store.ts';

export type VerifierParts = {
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: () => Policy;
  /** What a record is raised to on its next success. */
  readonly cost?: Cost;
  /** Told of each right PIN before its verdict, which waits for it; `keyed` and `record` as the next right one will have them. `keyed` is overwritten afterwards. */
  readonly proved?: (subscriber: SubscriberId, keyed: Uint8Array, record: Pick<PinRecord, 'cost' | 'salt'>) => Promise<void>;
  /** Why a check was `unreachable`; carries no secret. */
  readonly diagnose?: (why: unknown) => void;
};

export function createVerifier({ store, clock, policy, cost = defaultCost, proved, diagnose = () => undefined }: VerifierParts): Verifier {
  // Waits are station time and live in memory. A person found waiting after a restart waits in full from that restart on.
  const startedAt = clock.now();
  const waitsFrom = new Map<SubscriberId, Millis>();

  const standingOf = (record: PinRecord | null): Standing => {
    // A PIN shorter than the policy now asks can only be set anew: no try at it would be right.
    if (record === null || record.length !== policy().pinLength) return { kind: 'blocked' };
    const rule = throttle(record.failures, policy());
    if (rule.kind !== 'wait') return rule;
    const until = (waitsFrom.get(record.id) ?? startedAt) + rule.ms;
    return clock.now() < until ? { kind: 'wait', until } : { kind: 'allowed', left: rule.left };
  };

  /** The verdict after a wrong PIN that was counted as number `failures`. */
  const refused = (subscriber: SubscriberId, failures: number): Verdict => {
    const rule = throttle(failures, policy());
    if (rule.kind === 'blocked') return rule;
    if (rule.kind === 'allowed') return { kind: 'refused', left: rule.left };
    const now = clock.now();
    waitsFrom.set(subscriber, now);
    return { kind: 'wait', until: now + rule.ms };
  };

  const check = async (subscriber: SubscriberId, digits: Uint8Array, grade: Grade): Promise<Verdict> => {
    const record = store.pin(subscriber);
    const standing = standingOf(record);
    if (record === null || standing.kind === 'blocked') return { kind: 'blocked' };
    if (standing.kind === 'wait') return standing;
    const pepper = store.pepper(record.pepper);
    if (pepper === null) throw new Error('The PIN was set under a pepper this station does not have.');

    // Both before the first wait for anything: the digits are gone when this function first waits.
    const length = digits.length;
    const keyed = peppered(pepper, subscriber, digits);
    const keyedAnew = peppered(store.currentPepper, subscriber, digits);
    try {
      const counted: PinRecord = { ...record, failures: record.failures + 1 };
      store.write([counted], 'counted');
      let right: boolean;
      try {
        right = await matches(keyed, record);
      } catch (why) {
        // No answer is no wrong PIN. Should this write fail too, the count stays raised: the safe side.
        if (store.pin(subscriber)?.failures === counted.failures) store.write([record], 'uncounted');
        throw why;
      }
      if (!right) return refused(subscriber, counted.failures);
      const fresh = isWeaker(record.cost, cost) || record.pepper !== store.currentPepper.id ? await hashPin(keyedAnew, store.currentPepper.id, cost) : {};
      // The PIN may have been set anew by an administrator while the hash ran: then this answer is about the old one.
      const now = store.pin(subscriber);
      if (now === null || now.hash !== record.hash) return { kind: 'unreachable' };
      const kept: PinRecord = { ...now, ...fresh, failures: 0 };
      store.write([kept], 'uncounted');
      waitsFrom.delete(subscriber);
      await proved?.(subscriber, keyedAnew, kept);
      return { kind: 'accepted', factors: ['badge', 'pin'], reached: reach({ badge: grade, pinDigits: length, verified: false }) };
    } finally {
      keyed.fill(0);
      keyedAnew.fill(0);
    }
  };

  return {
    standing: (subscriber) => standingOf(store.pin(subscriber)),
    verify: (subscriber, pin, grade) =>
      pin.spend(async (digits): Promise<Verdict> => {
        try {
          return await check(subscriber, digits, grade);
        } catch (why) {
          diagnose(why);
          return { kind: 'unreachable' };
        }
      }),
  };
}
