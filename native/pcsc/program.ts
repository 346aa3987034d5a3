/** The reader program: a process of its own, since a call into a hung service cannot be cancelled, only killed. PC/SC comes in, reports go out on descriptor 3; no policy, no keys. */
import { writeSync } from 'node:fs';
import { createClock } from '../clock/clock.ts';
import type { Report } from './reports.ts';
import { encodeReport } from './reports.ts';
import { followService } from './service.ts';
import { parseSettings } from './settings.ts';
import { loadPcsc } from './winscard.ts';

const reports = 3;

/** No orderly exit: it would wait for calls that never return. The service cleans up behind a client that is gone. */
const end = (): void => void process.kill(process.pid, 'SIGKILL');

const report = (what: Report): void => {
  try {
    writeSync(reports, encodeReport(what));
  } catch {
    end(); // Nobody listens any more.
  }
};

// The parent's death closes this pipe, however it died.
process.stdin.on('end', end).on('error', end).resume();

const settings = parseSettings(process.argv[2]);
const api = loadPcsc();
if (api) {
  await followService({ api, clock: createClock(), report, ...settings });
} else {
  report({ kind: 'service', cause: 'noLibrary' });
  setInterval(() => report({ kind: 'beat' }), settings.relistAfter);
}
