/** The shape of what the doctor finds: one line about one thing, and how to mend it where it is not well. */
export type Finding = {
  readonly id: string;
  readonly grade: 'ok' | 'warn' | 'bad';
  /** What is so, without a full stop. */
  readonly what: string;
  /** What to do, one sentence; null where it is well. */
  readonly mend: string | null;
};

export const ok = (id: string, what: string): Finding => ({ id, grade: 'ok', what, mend: null });
export const warn = (id: string, what: string, mend: string): Finding => ({ id, grade: 'warn', what, mend });
export const bad = (id: string, what: string, mend: string): Finding => ({ id, grade: 'bad', what, mend });
