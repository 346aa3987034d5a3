/** Each entry comes in as the ledger takes it; the few that somebody should be told of go out as diagnostics, with numbers and fixed words only: never whose they are. */
import type { Entry } from '../../core/entry.ts';
import type { ReaderName } from '../../core/types.ts';
import type { Diagnose } from '../diagnostics.ts';

/** How long no reader is there until somebody is told: longer than a cable that is plugged in anew. */
const patience = 5 * 60_000;

export type LedgerEvents = Disposable & { readonly hear: (entry: Entry) => void };

/** `after`: runs it once so many milliseconds have passed; what it gives back takes it off. */
export function createLedgerEvents(diagnose: Diagnose, after: (milliseconds: number, run: () => void) => () => void = later): LedgerEvents {
  const readers = new Set<ReaderName>();
  let cancel: (() => void) | null = null;
  const look = (): void => {
    if (readers.size > 0) {
      cancel?.();
      cancel = null;
    } else cancel ??= after(patience, () => diagnose('TW2204', `none for ${patience / 60_000} minutes`));
  };
  look();
  return {
    hear: (entry) => {
      switch (entry.kind) {
        case 'reader':
          readers[entry.change === 'found' ? 'add' : 'delete'](entry.reader);
          return look();
        case 'emergency':
          return diagnose('TW2201', `${entry.claimant.kind}, reason ${entry.reason}, for ${entry.minutes} minutes`);
        case 'emergencyReviewed':
          return diagnose('TW2205', `the emergency of entry ${entry.emergency}`);
        case 'verdict':
          return entry.verdict === 'blocked' ? diagnose('TW2202', `at tap ${entry.attempt}`) : undefined;
        case 'tried':
          return entry.verdict === 'blocked' && entry.subscriber !== null ? diagnose('TW2202', `in form ${entry.attempt}`) : undefined;
        case 'proof':
          // A card that is nobody's copies nobody.
          return entry.subscriber !== null && (entry.result === 'wrong' || entry.result === 'cloned') ? diagnose('TW2203', `at tap ${entry.tap}: ${entry.result}`) : undefined;
        default:
          return;
      }
    },
    [Symbol.dispose]: () => cancel?.(),
  };
}

function later(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds).unref();
  return () => clearTimeout(timer);
}
