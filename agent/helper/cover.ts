/** What the face's door says of presence and beats comes in; whether the displays are covered at a given moment goes out, on a face's own word. */
import type { Millis } from '../../core/types.ts';
import type { Cover } from '../../native/session/contexts.ts';

/** A beat that was under way when it was asked may speak of what the frame before had wanted. */
const underWay: Millis = 60;

export type CoverWatch = Cover & {
  /** For the `presence` of a face's door. */
  readonly presence: (present: boolean) => void;
  /** For the `covers` of its `beaten`. */
  readonly beaten: (covers: boolean) => void;
};

/** One for all faces of a station. */
export function createCover(): CoverWatch {
  const waiting = new Set<(now: Millis) => void>();
  let present = false;
  const look = (): void => {
    if (!present) return;
    for (const ask of waiting) ask(performance.now());
  };
  return {
    present: () => present,
    presence: (now) => {
      present = now;
      look();
    },
    beaten: (covers) => {
      if (covers) look();
    },
    confirmed: (within) =>
      new Promise((resolve) => {
        const since = performance.now();
        const answer = (covered: boolean): void => {
          clearTimeout(late);
          waiting.delete(ask);
          resolve(covered);
        };
        const ask = (now: Millis): void => {
          if (now - since >= underWay) answer(true);
        };
        const late = setTimeout(answer, within, false);
        waiting.add(ask);
      }),
  };
}
