/** The shape of what the doctor finds: one line about one thing, and how to mend it where it is not well. */
import { form, type Word } from '../../support/fact.ts';

export type Finding = {
  readonly id: string;
  readonly grade: 'ok' | 'warn' | 'bad';
  /** What is so, without a full stop. */
  readonly what: string;
  /** The same without what this station put into it, for a support bundle; null where the sentence is not the code's own. */
  readonly form: Word | null;
  /** What to do, one sentence; null where it is well. */
  readonly mend: string | null;
};

/** A sentence whose fixed parts are the code's own. */
export type Said = { readonly text: string; readonly form: Word };
export const said = (parts: TemplateStringsArray, ...put: readonly (string | number)[]): Said => ({ text: String.raw({ raw: parts }, ...put), form: form(parts) });

const finding = (id: string, grade: Finding['grade'], what: string | Said, mend: string | null): Finding =>
  typeof what === 'string' ? { id, grade, what, form: null, mend } : { id, grade, what: what.text, form: what.form, mend };
export const ok = (id: string, what: string | Said): Finding => finding(id, 'ok', what, null);
export const warn = (id: string, what: string | Said, mend: string): Finding => finding(id, 'warn', what, mend);
export const bad = (id: string, what: string | Said, mend: string): Finding => finding(id, 'bad', what, mend);
