/** What was typed for emergency access comes in, step by step; who it is, proved by a PIN or only claimed beside the sealed code, goes out. The reason, the entry and the opening are the core's. */
import { forRole, type Policy } from '../../core/policy.ts';
import type { PinBuffer, Verifier } from '../../core/ports.ts';
import { throttle } from '../../core/throttle.ts';
import type { AttemptId, FormStep, StepAnswer, Subscriber, SubscriberId, Tried, Verdict } from '../../core/types.ts';
import type { AskedStep, Forms } from '../effects.ts';
import type { Tries } from '../forms/tries.ts';
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
  /** Those of every form at this station; null: as above. */
  readonly tries: Tries | null;
  readonly code: EmergencyCode;
  readonly diagnose: (why: unknown) => void;
};

/** For the ledger: each try, not only how the form ended. */
const inVain = (answer: StepAnswer, subscriber: SubscriberId | null, verdict: Tried['verdict']): StepAnswer => ({ ...answer, tried: { subscriber, verdict } });
const unreachable: StepAnswer = { kind: 'refused', because: 'unreachable' };
const next = (step: FormStep): StepAnswer => ({ kind: 'next', step });

type Checks = { readonly verifier: Verifier; readonly people: StaffNumbers; readonly tries: Tries };

/** Answers form `emergency` alone. */
export function createEmergencyForm({ pin, policy, verifier, people, tries, code, diagnose }: EmergencyParts): Forms {
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
    numbers.set(
      asked.attempt,
      pin.spend((digits) => digits.join('')),
    );
    if (claiming.has(asked.attempt)) return next('code');
    return verifier === null || people === null ? claim(asked, { kind: 'refused', because: 'notAllowed' }) : next('pin');
  };

  /** Together, or no PIN can be checked. */
  const checks: Checks | null = verifier === null || people === null || tries === null ? null : { verifier, people, tries };

  const pinStep = async (asked: AskedStep): Promise<StepAnswer> => {
    if (checks === null) return claim(asked, unreachable);
    const { attempt, tap } = asked;
    if (tap !== null) return judged(asked, tap.subscriber, await checks.verifier.verify(tap.subscriber.id, pin, tap.grade));
    const said = numbers.get(attempt);
    if (said === undefined) return unreachable;
    return byNumber(asked, said, checks);
  };

  /** Known by number and PIN alone: tries count at the station, too, or it were one free guess at each colleague's PIN, and a way to block them all. */
  const byNumber = async (asked: AskedStep, said: string, by: Checks): Promise<StepAnswer> => {
    const found = by.people.byNumber(said);
    const standing = found === null ? null : by.verifier.standing(found.id);
    if (by.tries.waits(null) || standing?.kind === 'wait' || standing?.kind === 'blocked') {
      pin.wipe();
      const because = standing?.kind === 'blocked' ? 'blocked' : 'wait';
      return inVain(claim(asked, { kind: 'refused', because }), found?.id ?? null, because);
    }
    const counted = by.tries.count(null);
    const verdict = found === null ? stranger(said) : await by.verifier.verify(found.id, pin, 'uid');
    if (verdict.kind === 'accepted') counted.accepted();
    else if (verdict.kind === 'unreachable') counted.unanswered();
    else if (counted.wrong() === 'wait' && verdict.kind === 'refused') return inVain(claim(asked, { kind: 'refused', because: 'wait' }), found?.id ?? null, 'wait');
    // Revoked, or given another role, while her PIN was checked.
    return judged(asked, verdict.kind === 'accepted' ? by.people.byNumber(said) : found, verdict);
  };

  /** `subscriber`: null: nobody's number, or nobody's any more. */
  const judged = (asked: AskedStep, subscriber: Subscriber | null, verdict: Verdict): StepAnswer => {
    const failed = (answer: StepAnswer, because: Tried['verdict']): StepAnswer => inVain(answer, subscriber?.id ?? null, because);
    switch (verdict.kind) {
      case 'accepted':
        if (subscriber === null || forRole(policy(), subscriber.role).emergency === 'off') return { kind: 'refused', because: 'notAllowed' };
        return { kind: 'next', step: 'reason', subject: subscriber, claimant: { kind: 'proved', subscriber } };
      case 'refused':
        return failed({ kind: 'again', step: 'pin', remark: { kind: 'wrong', left: verdict.left } }, verdict.kind);
      // A patient does not wait for a throttle.
      case 'wait':
      case 'blocked':
        return failed(claim(asked, { kind: 'refused', because: verdict.kind }), verdict.kind);
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
  const stranger = (said: string): Verdict => {
    pin.wipe();
    const failures = (strangers.get(said) ?? 0) + 1;
    strangers.set(said, failures);
    const rule = throttle(failures, policy());
    return rule.kind === 'allowed' ? { kind: 'refused', left: rule.left } : rule.kind === 'wait' ? { kind: 'wait', until: 0 } : rule;
  };

  /** Whose number it is; undefined: people cannot be looked up. */
  const lookedUp = (said: string): Subscriber | null | undefined => {
    try {
      return people === null ? undefined : people.byNumber(said);
    } catch (why) {
      diagnose(why);
      return undefined;
    }
  };
  /** Where people can be looked up, a number is somebody's who may; where they cannot, it stands for itself. */
  const mayClaim = (person: Subscriber | null | undefined): boolean => person === undefined || (person !== null && forRole(policy(), person.role).emergency === 'on');

  const codeStep = async ({ attempt }: AskedStep): Promise<StepAnswer> => {
    const said = numbers.get(attempt);
    if (said === undefined || !claiming.has(attempt) || policy().emergencyClaims === 'off') {
      pin.wipe();
      return unreachable;
    }
    const verdict = await code.check(pin);
    const person = lookedUp(said);
    switch (verdict.kind) {
      case 'accepted':
        return mayClaim(person) ? { kind: 'next', step: 'reason', claimant: { kind: 'claimed', number: said } } : { kind: 'refused', because: 'notAllowed' };
      case 'refused':
        return inVain({ kind: 'again', step: 'code', remark: { kind: 'wrong', left: verdict.left } }, person?.id ?? null, verdict.kind);
      case 'wait':
        return inVain({ kind: 'refused', because: verdict.kind }, person?.id ?? null, verdict.kind);
      case 'unreachable':
        return unreachable;
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
