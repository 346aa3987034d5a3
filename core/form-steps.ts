/** A form and one of its steps come in; how many digits it takes and how far it is go out. */
import type { FormKind, FormStep } from './form.ts';
import type { Policy } from './policy.ts';

/** Digits of each code. 13 are 43 bits: SP 800-63B-4 §4.1.2.2 asks for 40 beside an identifier (the staff number). A shift code is typed many times: 8, behind a throttle (§3.1.2.2). */
export const codeDigits = { enrol: 13, newPin: 13, code: 8, emergency: 12 } as const satisfies Partial<Record<FormKind, number>>;

/** In the order they are typed; `enrol` takes `pin` or the two after it, `emergency` one way to the reason. */
const steps: { readonly [K in FormKind]: readonly (readonly [step: FormStep, part: number])[] } = {
  // The badge itself was the first part.
  enrol: [
    ['number', 2],
    ['code', 2],
    ['pin', 3],
    ['newPin', 3],
    ['again', 3],
  ],
  code: [
    ['number', 1],
    ['code', 2],
    ['pin', 3],
  ],
  newPin: [
    ['number', 1],
    ['code', 2],
    ['newPin', 3],
    ['again', 4],
  ],
  changePin: [
    ['pin', 1],
    ['newPin', 2],
    ['again', 3],
  ],
  vouch: [
    ['number', 1],
    ['pin', 2],
    ['colleague', 3],
    ['colleaguePin', 4],
  ],
  emergency: [
    ['number', 1],
    ['pin', 2],
    ['code', 2],
    ['reason', 3],
  ],
};

export const firstStep = (form: FormKind): FormStep => steps[form][0]?.[0] ?? 'number';
/** Whether this step belongs to that form: an answer that names another is nobody's. */
export const hasStep = (form: FormKind, step: FormStep): boolean => steps[form].some(([s]) => s === step);

/** From 1. */
export const partOf = (form: FormKind, step: FormStep): { readonly part: number; readonly parts: number } => ({
  part: steps[form].find(([s]) => s === step)?.[1] ?? 1,
  parts: Math.max(...steps[form].map(([, part]) => part)),
});

/** 0: nothing is typed. */
export function stepDigits(form: FormKind, step: FormStep, { pinLength, numberLength }: Pick<Policy, 'pinLength' | 'numberLength'>): number {
  switch (step) {
    case 'number':
      return numberLength;
    case 'code':
      return form in codeDigits ? codeDigits[form as keyof typeof codeDigits] : 0;
    case 'pin':
    case 'newPin':
    case 'again':
    case 'colleaguePin':
      return pinLength;
    case 'colleague':
    case 'reason':
      return 0;
    default:
      return step satisfies never;
  }
}
