/** What was typed for emergency access comes in, step by step; who it is, proved by a PIN or only claimed beside the sealed code, goes out. The reason, the entry and the opening are the core's. */
import { forRole, type Policy } from '../../core/policy.ts';
import type { PinBuffer, Verifier } from '../../core/ports.ts';
import { throttle } from '../../core/throttle.ts';
import type { AttemptId, FormStep, StepAnswer, Subscriber, SubscriberId, Verdict } from '../../core/types.ts';
import type { AskedStep, Forms } from '../effects.ts';
import type { EmergencyCode } from './code.ts';

/** People as far as the store can be read. Revoked ones are nobody. */
export type StaffNumbers = {
  readonly byNumber: (number: string) => Subscriber | null;
  readonly numberOf: (subscriber: SubscriberId) => string | null;
};
export type EmergencyParts = {
  readonly pin: PinBuffer;
  readonly policy: () => Policy;
  /** The one that checks PINs at every tap, so that tries count together; null: the store cannot be read. */
  readonly verifier: Verifier | null;
  readonly people: StaffNumbers | null;
  readonly code: EmergencyCode;
  readonly diagnose: (why: unknown) => void;
};

const unreachable: StepAnswer = { kind: 'refused', because: 'unreachable' };
const next = (step: FormStep): StepAnswer => ({ kind: 'next', step });

/** Answers form `emergency` alone. */
export function createEmergencyForm({ pin, policy, verifier, people, code, diagnose }: EmergencyParts): Forms {
  /** What each attempt said her number is, until it ends. */
  const numbers = new Map<AttemptId, string>();
  /** Attempts whose PIN cannot be checked: the code is next. */
  const claiming = new Set<AttemptId>();
  /** Wrong PINs for numbers that nobody has: answered as if somebody had them. */
  const strangers = new Map<string, number>();

  /** `otherwise`: what it comes to where the policy takes no claims. */
  const claim = (asked: AskedStep, otherwise: StepAnswer): StepAnswer => {
    if (policy().emergencyClaims === 'off') return otherwise;
    const { attempt, tap } = asked;
    const known = tap === null ? null : (people?.numberOf(tap.subscriber.id) ?? null);
    if (known !== null) numbers.set(attempt, known);
    claiming.add(attempt);
    return next(numbers.has(attempt) ? 'code' : 'number');
  };

  const number = (asked: AskedStep): StepAnswer => {
    numbers.set(asked.attempt, pin.spend((digits) => digits.join('')));
    if (claiming.has(asked.attempt)) return next('code');
    return verifier === null || people === null ? claim(asked, { kind: 'refused', because: 'notAllowed' }) : next('pin');
  };

  const pinStep = async (asked: AskedStep): Promise<StepAnswer> => {
    if (verifier === null || people === null) return claim(asked, unreachable);
    const said = numbers.get(asked.attempt);
    const subscriber = asked.tap?.subscriber ?? (said === undefined ? null : people.byNumber(said));
    if (subscriber === null) return said === undefined ? unreachable : stranger(asked, said);
    const verdict = await verifier.verify(subscriber.id, pin, asked.tap?.grade ?? 'uid');
    return judged(asked, subscriber, verdict);
  };

  const judged = (asked: AskedStep, subscriber: Subscriber, verdict: Verdict): StepAnswer => {
    switch (verdict.kind) {
      case 'accepted':
        if (forRole(policy(), subscriber.role).emergency === 'off') return { kind: 'refused', because: 'notAllowed' };
        return { kind: 'next', step: 'reason', subject: subscriber, claimant: { kind: 'proved', subscriber } };
      case 'refused':
        return { kind: 'again', step: 'pin', remark: { kind: 'wrong', left: verdict.left } };
      // A patient does not wait for a throttle.
      case 'wait':
      case 'blocked':
        return claim(asked, { kind: 'refused', because: verdict.kind });
      case 'unreachable':
      case 'keyGone':
      case 'keyRests':
      case 'unproved':
        return claim(asked, unreachable);
      default:
        return verdict satisfies never;
    }
  };

  /** The screen does not say which numbers are somebody's: one that is nobody's fails as a wrong PIN does. */
  const stranger = (asked: AskedStep, said: string): StepAnswer => {
    pin.wipe();
    const failures = (strangers.get(said) ?? 0) + 1;
    strangers.set(said, failures);
    const rule = throttle(failures, policy());
    return rule.kind === 'allowed' ? { kind: 'again', step: 'pin', remark: { kind: 'wrong', left: rule.left } } : claim(asked, { kind: 'refused', because: rule.kind });
  };

  /** Where people can be looked up, a number is somebody's who may; where they cannot, it stands for itself. */
  const mayClaim = (said: string): boolean => {
    try {
      const person = people === null ? undefined : people.byNumber(said);
      return person === undefined || (person !== null && forRole(policy(), person.role).emergency === 'on');
    } catch (why) {
      diagnose(why);
      return true;
    }
  };

  const codeStep = async ({ attempt }: AskedStep): Promise<StepAnswer> => {
    const said = numbers.get(attempt);
    if (said === undefined || !claiming.has(attempt) || policy().emergencyClaims === 'off') {
      pin.wipe();
      return unreachable;
    }
    const verdict = await code.check(pin);
    switch (verdict.kind) {
      case 'accepted':
        return mayClaim(said) ? { kind: 'next', step: 'reason', claimant: { kind: 'claimed', number: said } } : { kind: 'refused', because: 'notAllowed' };
      case 'refused':
        return { kind: 'again', step: 'code', remark: { kind: 'wrong', left: verdict.left } };
      case 'wait':
      case 'unreachable':
        return { kind: 'refused', because: verdict.kind };
      default:
        return verdict satisfies never;
    }
  };

  const answer = async (asked: AskedStep): Promise<StepAnswer> => {
    switch (asked.step) {
      case 'number':
        return number(asked);
      case 'pin':
        return pinStep(asked);
      case 'code':
        return codeStep(asked);
      default:
        return unreachable;
    }
  };

  return {
    answer: async (asked) => {
      try {
        return await answer(asked);
      } catch (why) {
        // Emergencies are asked for where other things are broken.
        diagnose(why);
        pin.wipe();
        return claim(asked, unreachable);
      }
    },
    end: (attempt) => {
      numbers.delete(attempt);
      claiming.delete(attempt);
    },
  };
}
