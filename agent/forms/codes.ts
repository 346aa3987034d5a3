/** Codes of the help desk's come in, issued and typed; whose a typed one is goes out, or that it is nobody's. Only a keyed and stretched hash of them is ever kept (SP 800-63B-4 §3.1.2.2). */
import { randomBytes } from 'node:crypto';
import { codeDigits } from '../../core/form-steps.ts';
import { forRole, type Policy } from '../../core/policy.ts';
import type { Clock, Ledger } from '../../core/ports.ts';
import type { Millis, SubscriberId } from '../../core/types.ts';
import type { Refusal } from '../enrolment/refusal.ts';
import { endOf, isOver } from '../enrolment/wall.ts';
import { defaultCost, hashPin, matches, type PinSecret, peppered } from '../store/pin-hash.ts';
import { type CodePurpose, type CodeRecord, type Cost, codeId, type SubscriberRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Tries } from './tries.ts';

export type Wanted = {
  readonly subscriber: SubscriberId;
  readonly purpose: CodePurpose;
  /** How the help desk knew her. */
  readonly checked: string;
  /** Of a shift code; the others last ten minutes. */
  readonly hours: number;
};
export type Issued = { readonly kind: 'done'; readonly subscriber: SubscriberId /** Unix milliseconds. */; readonly until: number };
export type Judged =
  | { readonly kind: 'right'; readonly subscriber: SubscriberRecord; readonly code: CodeRecord }
  | { readonly kind: 'wrong' | 'wait' /** null: nobody's number. */; readonly subscriber: SubscriberId | null };
export type Codes = {
  /** `digits`: values 0–9, overwritten before the answer; drawn where it is shown, so that nothing here ever holds it as text. Throws where store or ledger could not be written. */
  readonly issue: (wanted: Wanted, digits: Uint8Array, actor: string) => Promise<Issued | Refusal>;
  /** Number and code together; `digits` are not needed once this has returned. A right code stays good until `goodUntil` says otherwise or it is spent. */
  readonly judge: (purpose: CodePurpose, number: Uint8Array, digits: Uint8Array) => Promise<Judged>;
  /** When this very code runs out, in station time; null: it has, or was used or replaced since it was found right. */
  readonly goodUntil: (code: CodeRecord) => Millis | null;
};
export type CodesParts = {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly tries: Tries;
  readonly policy: () => Policy;
  readonly clock: Clock;
  /** Unix milliseconds. */
  readonly wall: () => number;
  readonly cost?: Cost | undefined;
};

/** SP 800-63B-4 §4.1.2.2: a binding code lasts 10 minutes at most. */
const onceLasts: Millis = 600_000;
const hour: Millis = 3_600_000;
export const digitsOfCode: Readonly<Record<CodePurpose, number>> = { enrol: codeDigits.enrol, shift: codeDigits.code, newPin: codeDigits.newPin };
/** Kept apart from PINs and from each other. */
const contextOf = (purpose: CodePurpose): string => `${purpose} code`;

export function createCodes({ store, ledger, tries, policy, clock, wall, cost = defaultCost }: CodesParts): Codes {
  const isOff = (purpose: CodePurpose, { role }: SubscriberRecord): boolean => {
    const { addBadge, shiftCodes } = forRole(policy(), role);
    return purpose === 'enrol' ? addBadge !== 'code' : purpose === 'shift' && shiftCodes === 'off';
  };
  /** Made up, so that a number of nobody's takes as long. */
  const decoy = (): PinSecret => ({ pepper: '', cost, salt: randomBytes(16).toString('base64'), hash: randomBytes(32).toString('base64') });
  const usable = (subscriber: SubscriberRecord | null, purpose: CodePurpose): CodeRecord | null => {
    if (subscriber === null || subscriber.revoked || isOff(purpose, subscriber) || tries.isSpent(subscriber.id)) return null;
    const code = store.code(codeId(subscriber.id, purpose));
    return code === null || code.spent || isOver(code, { wall: wall(), at: clock.now() }) ? null : code;
  };
  const goodUntil = ({ id, hash }: CodeRecord): Millis | null => {
    const record = store.code(id);
    const now = { wall: wall(), at: clock.now() };
    return record === null || record.spent || record.hash !== hash || isOver(record, now) ? null : endOf(record, now);
  };

  return {
    goodUntil,
    issue: async ({ subscriber: id, purpose, checked, hours }, digits, actor) => {
      try {
        const subscriber = store.subscriber(id);
        if (subscriber === null) return { kind: 'noPerson' };
        if (subscriber.revoked) return { kind: 'revokedPerson' };
        if (subscriber.number === null) return { kind: 'noNumber' };
        if (isOff(purpose, subscriber)) return { kind: 'off' };
        if (digits.length !== digitsOfCode[purpose]) return { kind: 'codeLength', expected: digitsOfCode[purpose] };
        const said = checked.normalize('NFC').trim();
        if (!/^[^\p{C}]{3,120}$/u.test(said)) return { kind: 'checked' };
        const pepper = store.currentPepper;
        const keyed = peppered(pepper, id, digits, contextOf(purpose));
        const secret = await hashPin(keyed, pepper.id, cost).finally(() => keyed.fill(0));
        const lifetime = { wall: wall(), at: clock.now(), lasts: purpose === 'shift' ? hours * hour : onceLasts };
        ledger.append({ kind: 'codeIssued', subscriber: id, actor, purpose, checked: said });
        // The administrator's reset of wrong codes (invariant 4) is a new code.
        store.write(
          [
            { kind: 'code', id: codeId(id, purpose), subscriber: id, purpose, spent: false, ...lifetime, ...secret },
            { kind: 'tries', id, failures: 0 },
          ],
          'counted',
        );
        return { kind: 'done', subscriber: id, until: lifetime.wall + lifetime.lasts };
      } finally {
        digits.fill(0);
      }
    },
    judge: async (purpose, number, digits) => {
      const found = store.findByNumber(number);
      const subscriber = found?.id ?? null;
      if (tries.waits(subscriber)) return { kind: 'wait', subscriber };
      const code = usable(found, purpose);
      const pepper = code === null ? store.currentPepper : store.pepper(code.pepper);
      if (pepper === null) throw new Error('The code was issued under a pepper this station does not have.');
      const keyed = peppered(pepper, subscriber ?? '', digits, contextOf(purpose));
      try {
        const counted = tries.count(subscriber);
        const isRight = await matches(keyed, code ?? decoy()).catch((why: unknown) => {
          counted.unanswered();
          throw why;
        });
        // It may have been replaced while the hash ran.
        if (!isRight || code === null || found === null || goodUntil(code) === null) return { kind: counted.wrong(), subscriber };
        counted.accepted();
        return { kind: 'right', subscriber: found, code };
      } finally {
        keyed.fill(0);
      }
    },
  };
}
