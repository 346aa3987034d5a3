/** The PC/SC service comes in, reports of its coming and going, of its readers and of their cards go out, for as long as the process lives. */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { isServiceLoss, securityViolation, success, timeout, unknownReader } from './codes.ts';
import type { ReaderStates } from './layout.ts';
import { atrOf, isNews, takeEvent } from './layout.ts';
import type { Readers, ReadersTools } from './readers.ts';
import { watchReaders } from './readers.ts';
import type { ReaderNumber } from './reports.ts';
import type { Watch } from './watch.ts';
import type { Handle } from './winscard.ts';
import { pnpNotification } from './winscard.ts';

export type ServiceTools = Omit<ReadersTools, 'nextNumber' | 'listAgain'> & {
  /** Milliseconds after which readers are listed anew even if no change was reported: pcsc-lite before 2.3 may lose one. */
  readonly relistAfter: number;
  /** Told who answers requests while the service is there. */
  readonly serve: (answer: Readers['exchange'] | null) => void;
};

const longestBackOff = 1_000;

/** Never resolves: finds the service, follows it until it goes, and begins anew. */
export async function followService(tools: ServiceTools): Promise<never> {
  const { api, report } = tools;
  let last: ReaderNumber = 0;
  let refusals = 0;
  for (let backOff = 100; ; backOff = Math.min(2 * backOff, longestBackOff)) {
    const { code, context } = await api.establish();
    refusals = code === securityViolation ? refusals + 1 : 0;
    if (code === success) {
      const began = performance.now();
      await followReaders(tools, context, () => (last += 1));
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
  const { api, report } = tools;
  let isStale = false;
  const listAgain = (): void => {
    isStale = true;
    void api.cancel(context);
  };
  const readers = watchReaders({ ...tools, nextNumber, listAgain });
  tools.serve(readers.exchange);
  let states = api.watched([pnpNotification]);
  let stateOf: Watch | null = null;
  let before: string | null = null;
  let endedAtOnce = false;

  for (let calm = 0, idle = 0; ; calm += 1) {
    isStale = false;
    const { code, names } = await api.list(context);
    if (code !== success) break;
    if (before === null) report({ kind: 'service', cause: null });
    readers.reconcile(names);
    if (before === null) report({ kind: 'listed' });
    report({ kind: 'beat' });

    const isChange = names.join('\0') !== before;
    before = names.join('\0');
    // A service that does not know the notification answers at once, and for nothing (macOS): then this is an interval.
    idle = endedAtOnce && !isChange ? idle + 1 : 0;
    if (idle > 3) await pause(1_000);
    // Changes come in twos and threes: the slots of one device, a cable that wobbles. pcsc-lite before 2.3 reports only
    // what changes during the wait, so one that falls between list and wait is found by a second, soon look.
    if (isChange) calm = 0;
    if (isStale) continue;

    const alone = readers.alone();
    if (alone !== stateOf) states = withReader(tools, states, alone);
    stateOf = alone;
    const began = performance.now();
    const waited = await waitForChange(tools, context, states, alone, Math.min(50 * 4 ** calm, tools.relistAfter));
    if (isServiceLoss(waited)) break;
    if (waited === unknownReader && alone) readers.lose(alone);
    if (waited === success && isNews(states, 0)) takeEvent(states, 0);
    endedAtOnce = waited !== timeout && performance.now() - began < 5;
  }
  tools.serve(null);
  readers.endAll();
}

/** The notification's state as it was accepted, beside the state of the reader that is alone. */
function withReader(tools: ServiceTools, before: ReaderStates, alone: Watch | null): ReaderStates {
  const states = tools.api.watched(alone ? [pnpNotification, alone.name] : [pnpNotification]);
  const { size, current } = states.layout.readerState;
  before.bytes.copy(states.bytes, current, current, size);
  return states;
}

/**
 * Until readers may have come or gone, or time is up. A reader that is alone and empty is watched in the same wait, in this thread:
 * nobody else has to wait for it, and its taps are told without a change of threads. While a card lies there this thread
 * listens for what is asked of it. Answers a return code.
 */
async function waitForChange(tools: ServiceTools, context: Handle, states: ReaderStates, alone: Watch | null, milliseconds: number): Promise<number> {
  const { api } = tools;
  for (;;) {
    const isFree = alone !== null && alone.isIdle();
    const code = isFree ? api.direct.wait(context, states, milliseconds) : await api.wait(context, states, milliseconds);
    if (!alone || code !== success) return code;
    const isTap = isNews(states, 1);
    if (isTap && !alone.look(takeEvent(states, 1), atrOf(states, 1))) return unknownReader;
    if (!isTap || isNews(states, 0)) return success;
    await turn();
  }
}
