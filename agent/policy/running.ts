/** An installed station's places and its registry come in; its live policy goes out, and is looked at again every minute, at SIGHUP and when an administrator asks. */
import type { KeyObject } from 'node:crypto';
import type { Agent } from '../agent.ts';
import type { Diagnose } from '../diagnostics.ts';
import type { Places } from '../places.ts';
import { Broken } from '../queue.ts';
import { lastGoodIn } from './last-good.ts';
import { createLivePolicy, type LivePolicy } from './live.ts';
import { type ReadRegistry, readSources } from './reading.ts';

/** Between two looks. */
const lookAgainAfter = 60_000;
/** A file that is just being written is not judged: it must be the same for this long. */
const settlesIn = 2_000;

export type PolicyPlace = { readonly places: Places; readonly registry: ReadRegistry; readonly computer: string };

/** `key`: Durable.policyKey. */
export function openPolicy({ places, registry, computer }: PolicyPlace, key: KeyObject | null, diagnose: Diagnose): LivePolicy {
  return createLivePolicy({
    read: () => readSources(places.policy, registry),
    site: { mode: 'installed', stationName: computer, computer, platform: process.platform },
    lastGood: lastGoodIn(places.state, key),
    diagnose,
  });
}

/** From the agent's start to its stop. */
export function followPolicy(live: LivePolicy, agent: Agent, { places, registry }: PolicyPlace, diagnose: Diagnose): Disposable {
  const { ledger } = agent.durable;
  live.begin({
    record: (entry) => {
      try {
        ledger?.append(entry);
      } catch (why) {
        agent.queue.crash(new Broken('ledgerUnwritable', why));
      }
    },
    // Not in the middle of the event that brought it about: timers are set anew and the screen is told.
    changed: () => void setImmediate(() => agent.queue.dispatch({ kind: 'tick' })),
  });
  const look = (): string => JSON.stringify(readSources(places.policy, registry));
  let settling: NodeJS.Timeout | null = null;
  const reload = (): void => {
    try {
      live.reload();
    } catch (why) {
      diagnose('TW1402', why instanceof Error ? why.message : String(why));
    }
  };
  const settle = (before: string): void => {
    settling = setTimeout(() => {
      settling = null;
      const now = look();
      if (now === before) reload();
      else settle(now);
    }, settlesIn).unref();
  };
  const timer = setInterval(() => {
    if (settling === null && live.hasNews()) settle(look());
  }, lookAgainAfter).unref();
  // On Windows it means that a console window closes.
  if (process.platform !== 'win32') process.on('SIGHUP', reload);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      if (settling !== null) clearTimeout(settling);
      process.off('SIGHUP', reload);
    },
  };
}
