/** What faces say of themselves comes in, and that they went; whether any of them covers the displays goes out, at each change. */
import type { Millis } from '../../core/types.ts';

/** A face says so once a second: this is three in a row. */
const usualSilence: Millis = 3_000;
/** After this process itself was stopped for a while, beats lie in the socket that have not been read yet: they are, before anybody is missed. */
const doubt: Millis = 100;

export type Presence = {
  /** This face covers every display, at this moment. */
  readonly covers: (face: object) => void;
  readonly gone: (face: object) => void;
};

/**
 * Time is the event loop's, which stands still while the computer sleeps: a face that could not beat because nothing ran is not missing. (Station time, which goes on,
 * would lose every face at every wake-up.) A face that says it does not cover yet counts on for the rest of its `silence`: a display that was plugged in is no reason to lock.
 */
export function watchPresence(changed: (present: boolean) => void, silence: Millis = usualSilence): Presence {
  const waiting = new Map<object, NodeJS.Timeout>();
  const gone = (face: object): void => {
    clearTimeout(waiting.get(face));
    if (waiting.delete(face) && waiting.size === 0) changed(false);
  };
  return {
    covers: (face) => {
      const isFirst = waiting.size === 0;
      clearTimeout(waiting.get(face));
      const late = setTimeout(() => waiting.set(face, setTimeout(gone, doubt, face)), silence);
      waiting.set(face, late);
      if (isFirst) changed(true);
    },
    gone,
  };
}
