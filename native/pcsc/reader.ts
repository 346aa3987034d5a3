/** A clock and presentation numbers come in, a CardReader over the system's PC/SC goes out. It keeps its reader program alive and puts another in its place when it hangs or dies. */
import type { CardReader, Clock, ReaderEvent } from '../../core/ports.ts';
import type { Millis, Presentation } from '../../core/types.ts';
import { askProgram } from './asking.ts';
import { trackPresence } from './presence.ts';
import type { Child, ChildOptions } from './process.ts';
import { startProgram } from './process.ts';
import type { ReaderNumber, Report } from './reports.ts';
import type { ProgramSettings } from './settings.ts';
import { defaultSettings } from './settings.ts';
import { skipInWords } from './slots.ts';

/** A line for the diagnosis: a stable id, and a sentence that says what to do where something can be done. No UID. */
export type Diagnosis = { readonly id: string; readonly text: string };

export type PcscReaderOptions = {
  readonly clock: Clock;
  readonly nextPresentation: () => Presentation;
  readonly diagnose: (diagnosis: Diagnosis) => void;
  /** Added to the program's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Partial<ProgramSettings>;
  /** How a reader program is started: a process of our own unless said. */
  readonly begin?: (options: ChildOptions) => Child;
  /** Milliseconds without a sign of life, beyond the interval of listing, until the program is killed and replaced. */
  readonly patience?: number;
  /** Milliseconds for which a card that cannot be seen counts as still there: the service restarts, the program is replaced. */
  readonly grace?: number;
};

const longestBackOff = 5_000;
const deathsUntilHung = 3;

/** Reports nothing until started, and nothing any more once it is disposed of. */
export function createPcscReader(options: PcscReaderOptions): CardReader {
  const { clock, diagnose, begin = startProgram, patience = 3_000, grace = 5_000 } = options;
  let settings: ProgramSettings = { ...defaultSettings, ...options.settings };
  const known = Promise.withResolvers<void>();
  let listener: ((event: ReaderEvent) => void) | null = null;
  let child: Child | null = null;
  const timers = new Set<NodeJS.Timeout>();
  const stopWatching = new Map<ReaderNumber, () => void>();
  const skipped = new Set<string>();
  let isOver = false;
  let deaths = 0;

  const after = (milliseconds: Millis, call: () => void): (() => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      call();
    }, milliseconds);
    timers.add(timer);
    return () => {
      timers.delete(timer);
      clearTimeout(timer);
    };
  };
  const silent = (): void =>
    diagnose({ id: 'reader-silent', text: 'A card or its reader gave no answer in time. Unplug the reader and plug it in again; if that does not help, restart pcscd.' });
  const asking = askProgram({ ask: (request) => child?.ask(request), after, limit: settings.readingTime, missed: silent });
  const presence = trackPresence({
    now: () => clock.now(),
    nextPresentation: options.nextPresentation,
    emit: (event) => {
      if (!isOver) listener?.(event);
    },
    exchange: asking.exchange,
    after,
    grace,
  });

  /** The program's times are its word only: one that cannot be is replaced by now. */
  const timed = (report: Report): Report => {
    if (!('at' in report)) return report;
    const now = clock.now();
    return report.at <= now && report.at > now - 60_000 ? report : { ...report, at: now };
  };

  /** A card that stops the whole program is told of from here; the next program reads on threads, which takes longer per tap. */
  const watchReading = (reader: ReaderNumber): void => {
    stopWatching.get(reader)?.();
    const stop = after(settings.readingTime + 500, () => {
      hear({ kind: 'unreadable', reader, at: clock.now(), why: 'silent' });
      silent();
      settings = { ...settings, mayBlock: false };
      void child?.kill();
    });
    stopWatching.set(reader, stop);
  };

  const hear = (report: Report): void => {
    if (report.kind === 'answered') {
      asking.answered(report.request, report.response);
      return;
    }
    presence.report(timed(report));
    if (report.kind === 'arrived') watchReading(report.reader);
    else if ('reader' in report) stopWatching.get(report.reader)?.();
    switch (report.kind) {
      case 'gone':
      case 'lost':
        asking.abandon(report.reader);
        return;
      case 'service':
        if (report.cause !== null) known.resolve();
        return;
      case 'listed':
        deaths = 0;
        known.resolve();
        return;
      case 'skipped':
        // Each listing of a restarted service names it again.
        if (!skipped.has(report.name)) diagnose({ id: `reader-skipped-${report.why}`, text: `${report.name} is not used: ${skipInWords(report.why)}` });
        skipped.add(report.name);
        return;
      case 'note':
        diagnose({ id: report.id, text: report.text });
        return;
      default:
    }
  };

  const ended = (how: { readonly isHung: boolean; readonly said: string }): void => {
    child = null;
    asking.abandon(null);
    for (const stop of stopWatching.values()) stop();
    stopWatching.clear();
    if (isOver) return;
    deaths += 1;
    const isHung = how.isHung || deaths >= deathsUntilHung;
    presence.blind(how.isHung ? 'service' : 'program');
    if (isHung) {
      presence.service('hung');
      known.resolve();
    }
    diagnose(
      how.isHung
        ? { id: 'service-hung', text: 'The PC/SC service does not answer. If this stays, restart it (systemctl restart pcscd).' }
        : { id: 'program-ended', text: `The reader program ended and is started again. ${how.said}`.trim() },
    );
    after(Math.min(100 * 2 ** (deaths - 1), longestBackOff), start);
  };

  const start = (): void => {
    child = begin({ settings, env: options.env ?? {}, silence: settings.relistAfter + patience, hear, ended });
  };

  return {
    async start(to) {
      if (listener) throw new Error('This reader has been started already.');
      listener = to;
      start();
      await known.promise;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      asking.abandon(null);
      known.resolve();
      await child?.kill();
    },
  };
}
