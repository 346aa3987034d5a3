/** A step on the way to a badge that proves itself comes in; what an administrator is told goes out, the same for every kind of badge. */
import type { BindingStep } from '../proofs/appraisal.ts';

const order = ['read', 'bind', 'check'] as const satisfies readonly BindingStep[];
const words: Readonly<Record<BindingStep, string>> = {
  read: 'reading the badge',
  bind: 'binding the key it proves itself by',
  check: 'checking it as a tap does',
};

/** `2 of 3: binding the key it proves itself by.` */
export const stepInWords = (step: BindingStep): string => `${order.indexOf(step) + 1} of ${order.length}: ${words[step]}.`;
