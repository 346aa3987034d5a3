/** Limits and a meaning come in; a Field goes out: the schema of one setting, and its type and meaning in words for the README and for refusals. */
import { z } from 'zod';
import type { CardRange, Policy, UidWindow } from '../../core/policy.ts';
import { endOfDay, inMillis, inWords } from './times.ts';

/** What kind of value it is, for what is made of the schema beside the file: registry policies and their templates. Times in milliseconds, limits included. */
export type Shape =
  | { readonly kind: 'whole'; readonly from: number; readonly to: number }
  | { readonly kind: 'time'; readonly from: number; readonly to: number }
  | { readonly kind: 'times'; readonly most: number }
  /** `offered`: without those that have no place on an installed Windows station. */
  | { readonly kind: 'choice'; readonly values: readonly string[]; readonly offered: readonly string[] }
  | { readonly kind: 'choices'; readonly values: readonly string[] }
  /** `none`: may be null. */
  | { readonly kind: 'text'; readonly most: number; readonly none: boolean }
  | { readonly kind: 'list'; readonly most: number }
  /** As JSON; `none`: what nothing is. */
  | { readonly kind: 'json'; readonly none: null | readonly [] };

/** `type` ends the sentence `"…" must be`. `on`: where it means anything. `restart`: a change counts from the agent's next start. */
export type Field<T> = {
  readonly schema: z.ZodType<T>;
  readonly type: string;
  readonly meaning: string;
  readonly shape: Shape;
  readonly on: 'everywhere' | 'linux';
  readonly restart: boolean;
};
const common = { on: 'everywhere', restart: false } as const;

/** Nothing on Windows is set by it. */
export const linuxOnly = <T>(field: Field<T>): Field<T> => ({ ...field, on: 'linux' });
/** Read at the agent's start alone. */
export const atStart = <T>(field: Field<T>): Field<T> => ({ ...field, restart: true });

/** A whole number between two limits, both included. */
export const whole = (from: number, to: number, meaning: string): Field<number> => ({
  ...common,
  schema: z.int().min(from).max(to),
  type: `a whole number from ${from} to ${to}`,
  meaning,
  shape: { kind: 'whole', from, to },
});

const timeSchema = (from: number, to: number): z.ZodType<number> =>
  z.string().transform((text, ctx) => {
    const millis = inMillis(text);
    if (millis !== null && millis >= from && millis <= to) return millis;
    ctx.addIssue({ code: 'custom' });
    return z.NEVER;
  });
/** Limits in milliseconds, both included. */
export const time = (from: number, to: number, meaning: string): Field<number> => ({
  ...common,
  schema: timeSchema(from, to),
  type: `a time from ${inWords(from)} to ${inWords(to)}`,
  meaning,
  shape: { kind: 'time', from, to },
});
/** A list of such times. */
export const times = (most: number, from: number, to: number, meaning: string): Field<readonly number[]> => ({
  schema: z.array(timeSchema(from, to)).min(1).max(most).readonly(),
  type: `a list of 1 to ${most} times from ${inWords(from)} to ${inWords(to)}`,
  meaning,
  ...common,
  shape: { kind: 'times', most },
});
/** One of a few words; `never`: those of them that no installed Windows station can have. */
export const choice = <T extends string>(values: readonly T[], meaning: string, never: readonly T[] = []): Field<T> => ({
  schema: z.enum(values),
  type: `one of ${values.join(', ')}`,
  meaning,
  ...common,
  shape: { kind: 'choice', values, offered: values.filter((value) => !never.includes(value)) },
});
/** Some of a few words, or none. */
export const choices = <T extends string>(values: readonly T[], meaning: string): Field<readonly T[]> => ({
  schema: z.array(z.enum(values)).max(values.length).readonly(),
  type: `a list of ${values.join(', ')}, which may be empty`,
  meaning,
  ...common,
  shape: { kind: 'choices', values },
});
/** A file named by its whole path, or none. */
export const filePath = (meaning: string): Field<string | null> => ({
  schema: z
    .string()
    .regex(/^(\/|[A-Za-z]:\\)[^\p{C}]{1,400}$/u)
    .nullable(),
  type: 'null, or the whole path of a file',
  meaning,
  ...common,
  shape: { kind: 'text', most: 403, none: true },
});
/** A list of texts of one shape. */
export const list = (most: number, pattern: RegExp, what: string, meaning: string): Field<readonly string[]> => ({
  schema: z.array(z.string().regex(pattern)).max(most).readonly(),
  type: `a list of at most ${most} ${what}`,
  meaning,
  ...common,
  shape: { kind: 'list', most },
});
/** One line of text, without the space around it. */
export const text = (most: number, pattern: RegExp, what: string, meaning: string): Field<string> => ({
  schema: z.string().trim().min(1).max(most).regex(pattern),
  type: `1 to ${most} ${what}`,
  meaning,
  ...common,
  shape: { kind: 'text', most, none: false },
});
/** A text of one shape, taken as it is. */
export const exact = (pattern: RegExp, type: string, meaning: string): Field<string> => ({
  schema: z.string().regex(pattern),
  type,
  meaning,
  ...common,
  shape: { kind: 'text', most: 32, none: false },
});

/** The exception for badges that prove nothing. */
export const exception = (meaning: string): Field<UidWindow | null> => ({
  schema: z
    .strictObject({
      owner: z.string().trim().min(1).max(80),
      until: z.string().transform((day, ctx) => {
        const end = endOfDay(day);
        if (end !== null) return end;
        ctx.addIssue({ code: 'custom' });
        return z.NEVER;
      }),
      lasts: timeSchema(60_000, 4 * 3_600_000),
    })
    .nullable(),
  type: 'null, or {"owner": who answers for it, "until": its last day as "2027-03-31", "lasts": a time from 1 min to 4 h}',
  meaning,
  ...common,
  shape: { kind: 'json', none: null },
});

/** Applications by the file they run. */
export const programs = (meaning: string): Field<Policy['stepUpApps']> => ({
  schema: z
    .array(
      z.strictObject({
        program: z.string().regex(/^\/[^\p{C}]{1,400}$/u),
        name: z
          .string()
          .trim()
          .regex(/^[\p{L}\p{N}][\p{L}\p{N} .-]{0,31}$/u),
      }),
    )
    .max(32)
    .readonly(),
  type: 'a list of at most 32 {"program": the whole path of its file, "name": what the screen calls it}',
  meaning,
  ...common,
  shape: { kind: 'json', none: [] },
});

// 4, 7 or 10 bytes by ISO/IEC 14443-3 §6.5.4, 8 by ISO/IEC 15693.
const uid = z.string().regex(/^([0-9a-f]{8}|[0-9a-f]{14}|[0-9a-f]{16}|[0-9a-f]{20})$/);
/** Ranges of UIDs. */
export const cardRanges = (meaning: string): Field<readonly CardRange[]> => ({
  schema: z
    .array(
      z
        .strictObject({
          type: z
            .string()
            .regex(/^[\x20-\x7e]{1,60}$/)
            .nullable(),
          from: uid,
          to: uid,
        })
        .refine(({ from, to }) => from.length === to.length && from <= to),
    )
    .max(64)
    .readonly(),
  type: 'a list of at most 64 {"type": null or the card’s type as `tapward why` names it, "from": and "to": UIDs of one length in lower-case hexadecimal digits, the lower one first}',
  meaning,
  ...common,
  shape: { kind: 'json', none: [] },
});

/** An Electron accelerator that no ordinary typing presses. */
export const accelerator = (meaning: string): Field<string | null> => ({
  schema: z
    .string()
    .regex(/^(?:(?:Ctrl|Alt|Shift|Super)\+){0,3}F(?:[1-9]|1\d|2[0-4])$|^(?:Ctrl|Alt|Super)\+(?:(?:Ctrl|Alt|Shift|Super)\+){0,2}[A-Z0-9]$/)
    .nullable(),
  type: 'null, or a key from F1 to F24, or a letter or digit behind Ctrl, Alt or Super: "Ctrl+Alt+L"',
  meaning,
  ...common,
  shape: { kind: 'text', most: 32, none: true },
});
