/** Slots come in; a pcscd of its own, a PcscReader at it that is being recorded, and what it said for the diagnosis go out. */
import { readFileSync } from 'node:fs';
import { createClock } from '../../native/clock/clock.ts';
import type { Diagnosis, PcscReaderOptions } from '../../native/pcsc/reader.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';
import type { Recording } from '../contract/card-reader.ts';
import { assertOrderly, recordEvents } from '../contract/card-reader.ts';
import { need } from '../needs.ts';
import type { Stand, StandOptions } from '../virtual-reader/stand.ts';
import { startStand } from '../virtual-reader/stand.ts';

export const skip = need('linux', 'pcscd', 'compiler', 'namespaces');

export type Station = AsyncDisposable & {
  readonly stand: Stand;
  readonly log: Recording;
  readonly diagnoses: readonly Diagnosis[];
  /** The reader program's process now. */
  readonly programPid: () => number;
};
export type StationOptions = StandOptions & Partial<Pick<PcscReaderOptions, 'settings' | 'patience' | 'grace'>> & { readonly before?: (stand: Stand) => void | Promise<void> };

/** Started and listed; the first `service` and `readerFound` events are still to be asked for. Its end holds all events to the port's rules. */
export async function openStation({ settings, patience, grace, before, ...options }: StationOptions = {}): Promise<Station> {
  await using stack = new AsyncDisposableStack();
  const stand = stack.use(await startStand(options));
  await before?.(stand);
  const log = recordEvents();
  const diagnoses: Diagnosis[] = [];
  let presentations = 0;
  const reader = stack.use(
    createPcscReader({
      clock: createClock(),
      nextPresentation: () => (presentations += 1),
      diagnose: (diagnosis) => diagnoses.push(diagnosis),
      env: stand.env,
      ...(settings && { settings }),
      ...(patience !== undefined && { patience }),
      ...(grace !== undefined && { grace }),
    }),
  );
  await reader.start(log.listen);
  const kept = stack.move();
  return {
    stand,
    log,
    diagnoses,
    programPid,
    async [Symbol.asyncDispose]() {
      await kept.disposeAsync();
      assertOrderly(log.all());
    },
  };
}

function programPid(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const program = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('native/pcsc/program.ts'));
  if (program === undefined) throw new Error('no reader program runs');
  return Number(program);
}
