/** A size comes in; one ordinary window with the same page goes out, for evaluation at a desk: it covers nothing and may be closed. */

import { type Asked, coverOf } from './asked.ts';
import type { DisplayEvents, Displays } from './displays.ts';
import { type FaceWindow, pageOf, type Shape, type WindowEvents } from './window.ts';

type Size = { readonly width: number; readonly height: number };

export function showOrdinary(
  open: (shape: Shape, events: WindowEvents) => FaceWindow,
  size: Size,
  { covered, ...events }: DisplayEvents & { readonly closed: () => void },
): Displays {
  const face = open({ kind: 'ordinary', ...size }, { ...events, touched: () => undefined });
  face.stand('front');
  return {
    ask: (asked: Asked) => {
      face.ask('pad', asked);
      covered(coverOf(asked));
    },
    say: face.say,
    extend: face.extend,
    cover: face.shows,
    pad: () => pageOf(face),
    second: face.second,
  };
}
