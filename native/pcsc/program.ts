/** The reader program: a process of its own, since a call into a hung service cannot be cancelled, only killed. PC/SC comes in, reports go out on descriptor 3, or on standard output where Windows' host has started it; commands for cards come in on standard input. No policy, no keys. */
import { writeSync } from 'node:fs';
import { createClock } from '../clock/clock.ts';
import type { Readers } from './readers.ts';
import type { Report } from './reports.ts';
import { encodeReport } from './reports.ts';
import type { Request } from './requests.ts';
import { requestDecoder } from './requests.ts';
import { followService } from './service.ts';
import { parseSettings, startedByHost } from './settings.ts';
import { loadPcsc } from './winscard.ts';

/** Reads until its parent ends. `argument`: its settings, as the parent formats them, or the host’s one word; throws for any other. */
export async function runReader(argument: string | undefined): Promise<void> {
  const settings = parseSettings(argument);
  const reports = argument === startedByHost ? 1 : 3;

  /** No orderly exit: it would wait for calls that never return. The service cleans up behind a client that is gone. */
  const end = (): void => void process.kill(process.pid, 'SIGKILL');

  const report = (what: Report): void => {
    try {
      const frame = encodeReport(what);
      for (let written = 0; written < frame.length; ) written += writeSync(reports, frame, written);
    } catch {
      end(); // Nobody listens any more.
    }
  };

  let answer: Readers['exchange'] | null = null;
  const take = async (request: Request): Promise<void> => {
    const response = (await answer?.(request)) ?? null;
    report({ kind: 'answered', request: request.id, response });
  };
  // The parent's death closes this pipe, however it died. One that speaks nonsense is no parent of this program.
  process.stdin
    .on(
      'data',
      requestDecoder((request) => (request ? void take(request) : end())),
    )
    .on('end', end)
    .on('error', end);

  const api = loadPcsc();
  if (api) {
    await followService({ api, clock: createClock(), report, serve: (next) => (answer = next), ...settings });
  } else {
    report({ kind: 'service', cause: 'noLibrary' });
    setInterval(() => report({ kind: 'beat' }), settings.relistAfter);
  }
}

if (import.meta.main) void runReader(process.argv[2]);
