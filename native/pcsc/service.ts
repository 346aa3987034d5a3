/** The PC/SC service comes in, reports of its coming and going, of its readers and of their cards go out, for as long as the process lives. */
import { setTimeout as pause } from 'node:timers/promises';
import { inHex, isServiceLoss, readerUnavailable, securityViolation, stateChanged, success, timeout, unknownReader } from './codes.ts';
import { accept, eventOf } from './layout.ts';
import type { ReaderNumber } from './reports.ts';
import type { SlotPolicy } from './slots.ts';
import { whySkipped } from './slots.ts';
import type { WatchTools } from './watch.ts';
import { watchReader } from './watch.ts';
import type { Handle } from './winscard.ts';
import { pnpNotification } from './winscard.ts';

export type ServiceTools = WatchTools & {
  readonly slots: SlotPolicy;
  /** At most so many slots are watched. pcsc-lite before 2.5 has no more than 16, and each costs two threads. */
  readonly mostReaders: number;
  /** Milliseconds after which readers are listed anew even if no change was reported: pcsc-lite before 2.3 may lose one. */
  readonly relistAfter: number;
};

type Watched = { readonly reader: ReaderNumber; readonly context: Handle };

/** Never resolves: finds the service, follows it until it goes, and begins anew. */
export async function followService(tools: ServiceTools): Promise<never> {
  const { api, report } = tools;
  let reader: ReaderNumber = 0;
  let refusals = 0;
  for (let backOff = 100; ; backOff = Math.min(2 * backOff, 2_000)) {
    const { code, context } = await api.establish();
    refusals = code === securityViolation ? refusals + 1 : 0;
    if (code === success) {
      const began = performance.now();
      await followReaders(tools, context, () => (reader += 1));
      void api.release(context);
      report({ kind: 'service', cause: 'noService' });
      if (performance.now() - began > 5_000) backOff = 100;
    } else if (refusals > 1) {
      report({ kind: 'service', cause: 'refused' });
    } else if (refusals === 0) {
      report({ kind: 'service', cause: 'noService' });
    }
    // Refused once may also be a service that died over the question.
    report({ kind: 'beat' });
    await pause(backOff);
  }
}

/** Resolves when the service went away. */
async function followReaders(tools: ServiceTools, context: Handle, nextNumber: () => ReaderNumber): Promise<void> {
  const { api, layout, report } = tools;
  const watched = new Map<string, Watched>();
  const skipped = new Set<string>();
  const pnp = api.watched(pnpNotification);
  let isFirst = true;
  let isStale = false;
  const listAgain = (): void => {
    isStale = true;
    void api.cancel(context);
  };

  let before = '';
  let endedAtOnce = false;
  for (let calm = 0, idle = 0; ; calm += 1) {
    isStale = false;
    const { code, names } = await api.list(context);
    if (code !== success) return endAll(tools, watched);
    if (isFirst) report({ kind: 'service', cause: null });
    const isThere = await reconcile(tools, watched, skipped, names, nextNumber, listAgain);
    if (!isThere) return endAll(tools, watched);
    if (isFirst) report({ kind: 'listed' });
    isFirst = false;
    report({ kind: 'beat' });

    const isNews = names.join('\0') !== before;
    before = names.join('\0');
    // A service that does not know the notification answers at once, and for nothing (macOS): then this is an interval.
    idle = endedAtOnce && !isNews ? idle + 1 : 0;
    if (idle > 3) await pause(1_000);
    // Changes come in twos and threes: the slots of one device, a cable that wobbles. pcsc-lite before 2.3 reports only
    // what changes during the wait, so one that falls between list and wait is found by a second, soon look.
    if (isNews) calm = 0;
    if (isStale) continue;
    const began = performance.now();
    const waited = await api.wait(context, pnp, Math.min(50 * 4 ** calm, tools.relistAfter));
    if (isServiceLoss(waited)) return endAll(tools, watched);
    if (waited === success) accept(layout, pnp, (eventOf(layout, pnp) & ~stateChanged) >>> 0);
    endedAtOnce = waited !== timeout && performance.now() - began < 5;
  }
}

/** Begins to watch what is new in the list and forgets what is no longer in it. False: the service has gone meanwhile. */
async function reconcile(
  tools: ServiceTools,
  watched: Map<string, Watched>,
  skipped: Set<string>,
  names: readonly string[],
  nextNumber: () => ReaderNumber,
  listAgain: () => void,
): Promise<boolean> {
  const { api, report } = tools;
  for (const name of watched.keys()) if (!names.includes(name)) loseReader(tools, watched, name);
  for (const name of skipped) if (!names.includes(name)) skipped.delete(name);

  for (const name of names) {
    if (watched.has(name)) continue;
    const why = whySkipped(name, names, tools.slots) ?? (watched.size >= tools.mostReaders ? 'tooMany' : null);
    if (why) {
      if (!skipped.has(name)) report({ kind: 'skipped', why, name });
      skipped.add(name);
      continue;
    }
    skipped.delete(name);
    const { code, context } = await api.establish();
    if (code !== success) return false;
    const reader = nextNumber();
    watched.set(name, { reader, context });
    report({ kind: 'found', reader, name });
    void watchReader(tools, context, name, reader).then((ended) => {
      void api.release(context);
      if (watched.get(name)?.reader !== reader) return;
      watched.delete(name);
      // With the service gone the reader may still be there: that is for the next listing to say.
      if (!isServiceLoss(ended)) report({ kind: 'lost', reader });
      if (!isUsualEnd(ended)) report({ kind: 'note', id: 'wait-ended', text: `${name}: the wait for cards ended with code ${inHex(ended)}.` });
      listAgain();
    });
  }
  return true;
}

/** `success`: the reader's state said that it is unknown. */
const isUsualEnd = (code: number): boolean => code === success || code === unknownReader || code === readerUnavailable || isServiceLoss(code);

function loseReader(tools: ServiceTools, watched: Map<string, Watched>, name: string): void {
  const gone = watched.get(name);
  if (!gone) return;
  watched.delete(name);
  void tools.api.cancel(gone.context);
  tools.report({ kind: 'lost', reader: gone.reader });
}

function endAll(tools: ServiceTools, watched: Map<string, Watched>): void {
  for (const { context } of watched.values()) void tools.api.cancel(context);
  watched.clear();
}
