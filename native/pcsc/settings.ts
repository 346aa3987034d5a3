/** The reader program's settings go into its one argument and come out of it again. */
import type { SlotPolicy } from './slots.ts';

export type ProgramSettings = {
  readonly slots: SlotPolicy;
  readonly mostReaders: number;
  readonly readingTime: number;
  readonly relistAfter: number;
  /** A reader that is alone is watched and read in the program's main thread: half the time per tap, but a card without an answer stops the program. */
  readonly mayBlock: boolean;
};

/** Two seconds for a card that does not answer: the screen says what to do then (UX.md stops at 10 s). */
export const defaultSettings: ProgramSettings = { slots: { use: [], skip: [] }, mostReaders: 16, readingTime: 2_000, relistAfter: 4_000, mayBlock: true };

export function formatSettings(settings: ProgramSettings): string {
  return JSON.stringify(settings);
}

/** Threads that calls may hold at once: per reader one waits, two readings and one exchange may be stuck, and one lists. Without them, everything would queue behind four. */
export function threadsFor(settings: ProgramSettings): number {
  return 4 * settings.mostReaders + 4;
}

/** The one argument by which Windows' host starts this program. Nobody can start it anew with other settings, so no card may stop it. */
export const startedByHost = 'host';

/** Throws for anything that `formatSettings` has not made: only the parent starts this program. */
export function parseSettings(argument: string | undefined): ProgramSettings {
  if (argument === startedByHost) return { ...defaultSettings, mayBlock: false };
  const claimed = JSON.parse(argument ?? 'null') as Partial<ProgramSettings> | null;
  const { slots, mostReaders, readingTime, relistAfter, mayBlock } = claimed ?? {};
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  const isNames = (value: unknown): boolean => Array.isArray(value) && value.every((name) => typeof name === 'string');
  if (!slots || !isNames(slots.use) || !isNames(slots.skip) || !isCount(mostReaders) || !isCount(readingTime) || !isCount(relistAfter) || typeof mayBlock !== 'boolean') {
    throw new Error('This program is started by the Tapward agent, not by hand.');
  }
  return { slots, mostReaders, readingTime, relistAfter, mayBlock };
}
