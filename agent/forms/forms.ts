/** One step of something typed comes in, its digits in the PIN buffer; whether it was right and what is typed next goes out. What is typed and when is the core's (core/forms.ts). */
import { reach } from '../../core/assurance.ts';
import { judgePin } from '../../core/pin-rules.ts';
import { forRole, type Policy } from '../../core/policy.ts';
import type { Verifier } from '../../core/ports.ts';
import type { AttemptId, Factor, FormRefusal, FormStep, Millis, StepAnswer, Subscriber, SubscriberId, Tried } from '../../core/types.ts';
import type { AskedStep, Forms } from '../effects.ts';
import type { UnknownCard } from '../intake.ts';
import type { FixedPinBuffer } from '../pin-buffer.ts';
import { Broken } from '../queue.ts';
import { publicPart } from '../store/person.ts';
import type { CodePurpose, SubscriberRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Codes } from './codes.ts';
import type { Concluded, Conclusions } from './conclusions.ts';
import { Kept } from './kept.ts';
import type { Tries } from './tries.ts';

export type FormParts = {
  readonly store: Store;
  readonly pin: FixedPinBuffer;
  readonly verifier: Verifier;
  readonly codes: Codes;
  readonly tries: Tries;
  readonly conclusions: Conclusions;
  readonly policy: () => Policy;
  /** The unknown badge this form is about. */
  readonly cardOf: (attempt: AttemptId) => UnknownCard | null;
  /** Why a step was `unreachable`; carries no secret. */
  readonly diagnose: (why: unknown) => void;
};

const purposes = { enrol: 'enrol', code: 'shift', newPin: 'newPin' } as const satisfies Partial<Record<AskedStep['form'], CodePurpose>>;
const refused = (because: FormRefusal): StepAnswer => ({ kind: 'refused', because });
const next = (step: FormStep, subject?: Subscriber): StepAnswer => ({ kind: 'next', step, ...(subject !== undefined && { subject }) });
/** Which of the two was wrong is never said. */
const wrongCode: StepAnswer = { kind: 'again', step: 'number', remark: { kind: 'wrongCode' } };
/** For the ledger: each try, not only how the form ended. */
const inVain = (answer: StepAnswer, subscriber: SubscriberId | null, verdict: Tried['verdict']): StepAnswer => ({ ...answer, tried: { subscriber, verdict } });
const done = (subscriber: Subscriber, factors: readonly Factor[], pinDigits: number | null, until: Millis | null = null): StepAnswer => ({
  kind: 'done',
  subscriber,
  factors,
  reached: reach({ badge: null, pinDigits, verified: false }),
  until,
});
const concluded = (end: Concluded, factors: readonly Factor[]): StepAnswer => (end.kind === 'concluded' ? done(end.subscriber, factors, null) : end);

/** Every form but the emergency's, which works where this does not. `answer` rejects only where the ledger does not hold. */
export function createForms({ store, pin, verifier, codes, tries, conclusions, policy, cardOf, diagnose }: FormParts): Forms {
  const attempts = new Map<AttemptId, Kept>();
  const keptOf = (attempt: AttemptId): Kept => {
    const kept = attempts.get(attempt) ?? new Kept();
    attempts.set(attempt, kept);
    return kept;
  };
  const personOf = (id: SubscriberId | null): SubscriberRecord | null => {
    const subscriber = id === null ? null : store.subscriber(id);
    return subscriber === null || subscriber.revoked ? null : subscriber;
  };

  const number = ({ attempt, form }: AskedStep, kept: Kept): StepAnswer => {
    pin.spend((digits) => kept.number.keep(digits));
    if (tries.waits(null)) return refused('wait');
    if (form === 'code' || form === 'newPin') return next('code');
    const card = cardOf(attempt);
    if (card === null) return refused('unreachable');
    if (!conclusions.mayAdd(card)) return refused('notAllowed');
    kept.takeCard(card);
    return next(form === 'vouch' ? 'pin' : 'code');
  };

  const code = async (form: keyof typeof purposes, kept: Kept): Promise<StepAnswer> => {
    const judged = await pin.spend((digits) => codes.judge(purposes[form], kept.number.digits, digits));
    kept.number.wipe();
    if (judged.kind !== 'right') return judged.kind === 'wait' ? inVain(refused('wait'), judged.subscriber, 'wait') : inVain(wrongCode, judged.subscriber, 'refused');
    const { subscriber } = judged;
    kept.subject = subscriber.id;
    kept.code = judged.code;
    const hasPin = store.pin(subscriber.id) !== null;
    // A second authenticator needs the first (SP 800-63B-4 §4.1.2.1).
    const asksPin = form === 'code' || (form === 'enrol' && hasPin);
    if (asksPin && verifier.standing(subscriber.id).kind === 'blocked') return refused('blocked');
    return next(asksPin ? 'pin' : 'newPin', publicPart(subscriber));
  };

  /** The station PIN of this person, by the same throttle as any. `wrong`: what is typed after a wrong one. */
  const check = async (subscriber: SubscriberId, wrong: (left: number) => StepAnswer, right: () => Promise<StepAnswer> | StepAnswer): Promise<StepAnswer> => {
    const verdict = await verifier.verify(subscriber, pin, 'uid');
    switch (verdict.kind) {
      case 'accepted':
        return right();
      case 'refused':
        return inVain(wrong(verdict.left), subscriber, verdict.kind);
      case 'wait':
      case 'blocked':
        return inVain(refused(verdict.kind), subscriber, verdict.kind);
      case 'unreachable':
      case 'keyGone':
      case 'keyRests':
      case 'unproved':
        return refused('unreachable');
      default:
        return verdict satisfies never;
    }
  };
  const againAt =
    (step: FormStep) =>
    (left: number): StepAnswer => ({ kind: 'again', step, remark: { kind: 'wrong', left } });

  const ownPin = async ({ form, subject }: AskedStep, kept: Kept): Promise<StepAnswer> => {
    if (form === 'vouch') return forgotten(kept);
    if (form === 'changePin') kept.subject = subject;
    const person = personOf(kept.subject);
    if (person === null) return refused('unreachable');
    const pinDigits = pin.count;
    return check(person.id, againAt('pin'), async () => {
      if (form === 'changePin') return next('newPin');
      if (form === 'enrol') return concluded(await conclusions.enrol(kept), ['code', 'pin']);
      // Replaced or revoked while she typed her PIN: then it is worth nothing.
      const until = kept.code === null ? null : codes.goodUntil(kept.code);
      return until === null ? refused('unreachable') : done(publicPart(person), ['code', 'pin'], pinDigits, until);
    });
  };

  /** Whoever forgot her badge is known by number and PIN alone: tries at numbers count at the station, too. */
  const forgotten = async (kept: Kept): Promise<StepAnswer> => {
    if (tries.waits(null)) return refused('wait');
    const person = personOf(store.findByNumber(kept.number.digits)?.id ?? null);
    const isAllowed = person !== null && forRole(policy(), person.role).vouching === 'on';
    kept.number.wipe();
    const counted = tries.count(null);
    const wrong = (): StepAnswer => (counted.wrong() === 'wait' ? refused('wait') : wrongCode);
    if (person === null) return inVain(wrong(), null, 'refused');
    return check(person.id, wrong, () => {
      counted.accepted();
      if (!isAllowed) return refused('notAllowed');
      if (!conclusions.mayHave(person, 'lent')) return refused('limit');
      kept.subject = person.id;
      return next('colleague', publicPart(person));
    });
  };

  const newPin = (kept: Kept): StepAnswer =>
    pin.spend((digits) => {
      const opinion = judgePin(digits, policy().pinLength);
      if (opinion.kind === 'guessable') return { kind: 'again', step: 'newPin', remark: opinion };
      // The policy's length changed while it was typed.
      if (opinion.kind === 'length') return { kind: 'again', step: 'newPin', remark: { kind: 'wiped' } };
      kept.newPin.keep(digits);
      return next('again');
    });

  const again = async ({ form }: AskedStep, kept: Kept): Promise<StepAnswer> => {
    if (!pin.spend((digits) => kept.newPin.isSame(digits))) {
      kept.newPin.wipe();
      return { kind: 'again', step: 'newPin', remark: { kind: 'differ' } };
    }
    return concluded(await (form === 'enrol' ? conclusions.enrol(kept) : conclusions.changePin(kept)), form === 'changePin' ? ['pin'] : ['code']);
  };

  /** A spare badge vouches for nobody. */
  const colleague = ({ tap }: AskedStep, kept: Kept): Promise<StepAnswer> | StepAnswer => {
    if (tap === null || tap.spareUntil !== null) return refused('notAllowed');
    return check(tap.subscriber.id, againAt('colleaguePin'), () => concluded(conclusions.lend(kept, tap.subscriber.id), ['badge', 'pin']));
  };

  /** Each spends the digits before it first waits for anything: afterwards the buffer may hold somebody else's. */
  const judge = (asked: AskedStep, kept: Kept): Promise<StepAnswer> | StepAnswer => {
    const { form, step } = asked;
    switch (step) {
      case 'number':
        return number(asked, kept);
      case 'code':
        return form in purposes ? code(form as keyof typeof purposes, kept) : refused('unreachable');
      case 'pin':
        return ownPin(asked, kept);
      case 'newPin':
        return newPin(kept);
      case 'again':
        return again(asked, kept);
      case 'colleaguePin':
        return colleague(asked, kept);
      case 'colleague':
      case 'reason':
        return refused('unreachable');
      default:
        return step satisfies never;
    }
  };

  const begun = (asked: AskedStep): Promise<StepAnswer> | StepAnswer => {
    try {
      return judge(asked, keptOf(asked.attempt));
    } finally {
      pin.wipe();
    }
  };

  return {
    answer: async (asked) => {
      try {
        return await begun(asked);
      } catch (why) {
        if (why instanceof Broken) throw why;
        diagnose(why);
        return refused('unreachable');
      }
    },
    end: (attempt) => {
      attempts.get(attempt)?.end();
      attempts.delete(attempt);
    },
  };
}
