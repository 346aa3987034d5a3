/** The names that the service lists come in; each slot that holds badges is watched, and reports of readers found, skipped and lost go out. */
import { inHex, isServiceLoss, readerUnavailable, success, timeout, unknownReader } from './codes.ts';
import { atrOf, takeEvent } from './layout.ts';
import type { ReaderNumber } from './reports.ts';
import type { Request } from './requests.ts';
import type { SlotPolicy } from './slots.ts';
import { whySkipped } from './slots.ts';
import type { Watch, WatchTools } from './watch.ts';
import { createWatch } from './watch.ts';
import type { Handle } from './winscard.ts';
import { forever } from './winscard.ts';

export type ReadersTools = WatchTools & {
  readonly slots: SlotPolicy;
  /** At most so many slots are watched. pcsc-lite before 2.5 has no more than 16, and each costs up to four threads. */
  readonly mostReaders: number;
  /** A reader that is alone may be watched and read in the calling thread. */
  readonly mayBlock: boolean;
  readonly nextNumber: () => ReaderNumber;
  /** A reader has gone before the service's list said so. */
  readonly listAgain: () => void;
};

export type Readers = {
  readonly reconcile: (names: readonly string[]) => void;
  /** One command to a card; null where there is no such reader, stay or response. */
  readonly exchange: (request: Request) => Promise<Uint8Array | null>;
  /** The only reader, if it is the caller who has to watch it. */
  readonly alone: () => Watch | null;
  readonly lose: (watch: Watch) => void;
  /** The service has gone: what lies on the readers may be there still. */
  readonly endAll: () => void;
};

/** `context`: of the wait on a thread. `atOnce`: for reading in the calling thread. */
type Watched = { readonly watch: Watch; isOnThread: boolean; context: Handle | null; atOnce: Handle | null };

export function watchReaders(tools: ReadersTools): Readers {
  const { api, report, listAgain } = tools;
  const watched = new Map<string, Watched>();
  const skipped = new Set<string>();

  const forget = ({ watch, context, atOnce }: Watched): void => {
    watched.delete(watch.name);
    watch.end();
    if (context !== null) void api.cancel(context);
    if (atOnce !== null) void api.release(atOnce);
  };
  const lose = (watch: Watch): void => {
    const entry = watched.get(watch.name);
    if (entry?.watch !== watch) return;
    forget(entry);
    report({ kind: 'lost', reader: watch.reader });
  };
  const find = (name: string): void => {
    const reader = tools.nextNumber();
    const watch = createWatch(tools, name, reader, () => (entry.isOnThread ? null : entry.atOnce));
    const entry: Watched = { watch, isOnThread: false, context: null, atOnce: null };
    watched.set(name, entry);
    report({ kind: 'found', reader, name });
    if (tools.mayBlock) void prepare(entry);
  };
  /** Until this is done, and where it fails, cards are read on threads. */
  const prepare = async (entry: Watched): Promise<void> => {
    const { code, context } = await api.establish();
    if (code !== success) return;
    if (watched.get(entry.watch.name) === entry) entry.atOnce = context;
    else await api.release(context);
  };

  /** A thread of its own for each wait: in a wait for several, pcsc-lite makes a mute card in one reader delay all others by 400 ms. */
  const moveToThread = async (entry: Watched): Promise<void> => {
    entry.isOnThread = true;
    const { watch } = entry;
    const code = await follow(entry);
    if (watched.get(watch.name) !== entry) return;
    forget(entry);
    // With the service gone the reader may still be there: that is for the next listing to say.
    if (!isServiceLoss(code)) report({ kind: 'lost', reader: watch.reader });
    const isUsual = code === unknownReader || code === readerUnavailable || isServiceLoss(code);
    if (!isUsual) report({ kind: 'note', id: 'wait-ended', text: `${watch.name}: the wait for cards ended with code ${inHex(code)}.` });
    listAgain();
  };
  const follow = async (entry: Watched): Promise<number> => {
    const { code, context } = await api.establish();
    if (code !== success) return code;
    entry.context = context;
    const states = api.watched([entry.watch.name]);
    for (;;) {
      const waited = await api.wait(context, states, forever);
      if (waited === timeout) continue;
      const isThere = waited === success && watched.get(entry.watch.name) === entry && entry.watch.look(takeEvent(states, 0), atrOf(states, 0));
      if (isThere) continue;
      entry.context = null;
      void api.release(context);
      return waited === success ? unknownReader : waited;
    }
  };

  return {
    reconcile(names) {
      for (const { watch } of watched.values()) if (!names.includes(watch.name)) lose(watch);
      for (const name of skipped) if (!names.includes(name)) skipped.delete(name);
      for (const name of names) {
        if (watched.has(name)) continue;
        const why = whySkipped(name, names, tools.slots) ?? (watched.size >= tools.mostReaders ? 'tooMany' : null);
        if (!why) {
          skipped.delete(name);
          find(name);
        } else if (!skipped.has(name)) {
          skipped.add(name);
          report({ kind: 'skipped', why, name });
        }
      }
      if (watched.size < 2 && tools.mayBlock) return;
      for (const entry of watched.values()) if (!entry.isOnThread) void moveToThread(entry);
    },
    async exchange({ reader, stay, command }) {
      for (const { watch } of watched.values()) if (watch.reader === reader) return watch.exchange(stay, command);
      return null;
    },
    alone() {
      const [entry] = watched.values();
      return watched.size === 1 && entry && !entry.isOnThread ? entry.watch : null;
    },
    lose,
    endAll() {
      for (const entry of watched.values()) forget(entry);
    },
  };
}
