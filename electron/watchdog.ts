/** One page's signs of life come in; a page that is gone or hangs is loaded again, and one that does not come back ends the program. */
import type { WebContents } from 'electron';

/** A page that is seen answers a beat within this many seconds. */
const answersWithin = 3;
/** A hidden page is asked once in this many seconds: it is covered by its window's own colour until it answers. */
const hiddenEvery = 10;
/** Reloads without a page that comes up, after which only a new process helps. */
const reloadsInARow = 3;
/** A page that comes up and ends this often within 10 s is given a second's rest before each reload: while the process lives, its windows cover. */
const restAfter = 8;
const rest = 1_000;

export type Watchdog = {
  /** Once a second. */
  readonly second: (visible: boolean) => void;
  readonly ready: () => void;
  readonly alive: () => void;
};

/** `ask` sends one beat; `gone` hears that nothing stands there any more; `broken` that reloading does not help. */
export function watch(contents: WebContents, { ask, gone, broken }: { readonly ask: () => void; readonly gone: () => void; readonly broken: () => void }): Watchdog {
  let unanswered = 0;
  let seconds = 0;
  let inARow = 0;
  let reloads: readonly number[] = [];
  let asked = false;

  function again(): void {
    if (contents.isDestroyed()) return;
    gone();
    unanswered = 0;
    asked = false;
    const now = performance.now();
    reloads = [...reloads.filter((at) => now - at < 10_000), now];
    inARow += 1;
    if (inARow > reloadsInARow) return broken();
    if (reloads.length <= restAfter) return contents.reload();
    setTimeout(() => {
      if (!contents.isDestroyed()) contents.reload();
    }, rest);
  }

  contents.on('render-process-gone', again);
  contents.on('unresponsive', () => contents.forcefullyCrashRenderer());
  contents.on('did-fail-load', (_event, code, _text, _url, isMainFrame) => {
    // -3: a reload took its place.
    if (isMainFrame && code !== -3) setTimeout(again, 100);
  });

  return {
    second: (visible) => {
      seconds += 1;
      if (asked) unanswered += 1;
      if (unanswered >= answersWithin) {
        unanswered = 0;
        return contents.forcefullyCrashRenderer();
      }
      if (asked || (!visible && seconds % hiddenEvery !== 0)) return;
      asked = true;
      ask();
    },
    ready: () => {
      inARow = 0;
      unanswered = 0;
      asked = false;
    },
    alive: () => {
      unanswered = 0;
      asked = false;
    },
  };
}
