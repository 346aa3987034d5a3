/** What a command found out comes in; lines for people, one JSON object for programs and an exit code go out. */
import type { Stages } from '../../core/entry.ts';
import type { Refused } from '../admin/contract.ts';

export const exitCodes = {
  0: 'done; the ledger is sound; the doctor found nothing bad',
  1: 'refused, or the answer is no: the ledger does not hold, something is bad, no badge came',
  2: 'wrong usage: an unknown command or option, a name or PIN that cannot be',
  3: 'out of reach: no station in the folder, no agent, a degraded station, no right to look',
  4: 'a fault of this program itself',
  130: 'ended with Ctrl-C; nothing was changed',
} as const;
export type ExitCode = keyof typeof exitCodes;

/** `json`: printed as it is with --json; never holds a PIN, a key or a UID. */
export type Answer = { readonly code: ExitCode; readonly text: readonly string[]; readonly json: object };

const codeOf: Readonly<Record<Refused['because'], ExitCode>> = { refused: 1, wrong: 2, unavailable: 3 };

/** One sentence, and the exit code that belongs to it. */
export const sorry = ({ because, reason, why }: Pick<Refused, 'because' | 'reason' | 'why'>): Answer => ({
  code: codeOf[because],
  text: [why],
  json: { kind: 'refused', because, ...(reason !== undefined && { reason }), why },
});

/** Columns as wide as their widest cell, two spaces apart; the last one is left ragged. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

const two = (n: number): string => String(n).padStart(2, '0');

/** Unix milliseconds as this computer's local time: `2026-11-21 14:03:12`. */
export function localTime(wall: number): string {
  const d = new Date(wall);
  return Number.isNaN(d.getTime())
    ? 'no time'
    : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** `1 entry`, `3 entries`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** A time span in the largest unit that leaves a whole number worth reading. */
export function span(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** Milliseconds with a digit behind the point where it says something. */
export const ms = (milliseconds: number): string => `${milliseconds < 10 ? Math.round(milliseconds * 10) / 10 : Math.round(milliseconds)} ms`;

/** Text from outside (a reader's name, a person's), without anything that could drive a terminal. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '�');

/** For a sentence that goes on. */
export const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const stageNames: readonly (readonly [keyof Stages, string])[] = [
  ['read', 'badge read'],
  ['pin', 'PIN typed'],
  ['check', 'PIN checked'],
  ['open', 'opened'],
];

/** `badge read 2.1 ms · PIN typed 1840 ms · PIN checked 61 ms · opened 3 ms`. */
export function stagesInWords(stages: Stages): string {
  const told = stageNames.flatMap(([key, name]) => (stages[key] === undefined ? [] : [`${name} ${ms(stages[key])}`]));
  return told.length === 0 ? 'no stage was timed' : told.join(' · ');
}
