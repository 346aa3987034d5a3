/** The system's PC/SC comes in, what `doctor` says of it goes out: is the library there, does the service answer, which slots are used and which are not. */
import type { ReaderName, ReaderServiceCause } from '../../core/types.ts';
import { startProgram } from './process.ts';
import type { ProgramSettings } from './settings.ts';
import { defaultSettings } from './settings.ts';
import { skipInWords } from './slots.ts';

export type PcscProbe = {
  /** null: the service answers. */
  readonly cause: ReaderServiceCause | null;
  readonly readers: readonly ReaderName[];
  /** Slots that are not watched, each with the reason in words. */
  readonly skipped: readonly { readonly reader: ReaderName; readonly why: string }[];
};

/** Looks once, through a reader program of its own: a hung service costs `silence` milliseconds, never the caller's life. Not beside a running agent. */
export async function probePcsc(
  options: { readonly env?: Readonly<Record<string, string>>; readonly settings?: Partial<ProgramSettings>; readonly silence?: number } = {},
): Promise<PcscProbe> {
  const { env = {}, settings = {}, silence = 3_000 } = options;
  const { promise, resolve } = Promise.withResolvers<ReaderServiceCause | null>();
  const readers: ReaderName[] = [];
  const skipped: { reader: ReaderName; why: string }[] = [];

  const program = startProgram({
    settings: { ...defaultSettings, ...settings },
    env,
    silence,
    hear(report) {
      if (report.kind === 'service' && report.cause !== null) resolve(report.cause);
      else if (report.kind === 'found') readers.push(report.name);
      else if (report.kind === 'skipped') skipped.push({ reader: report.name, why: skipInWords(report.why) });
      else if (report.kind === 'listed') resolve(null);
    },
    ended: () => resolve('hung'),
  });
  const cause = await promise;
  await program.kill();
  return { cause, readers, skipped };
}
