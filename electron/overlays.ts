/** What is due over open work comes in; small windows for it go out, which take no keyboard: a strip, the buttons that lock or help, a banner on every display. */
import { type Display, type Rectangle, screen } from 'electron';
import { type Asked, overlaysOf, type Part } from './asked.ts';
import type { FaceWindow, Shape } from './window.ts';

/** Of a display's height, at most: UX.md's strip. */
const stripShare = 0.12;
/** 16 mm at 96 pixels to the inch. */
const stripHeight = 60;
/** At least 16 mm also where a small display has many pixels: 92 of 1080. */
const lockShare = 0.085;
const lockHeight = 64;
/** Two buttons, side by side. */
const lockRatio = 5.2;
const banner = { width: 640, height: 48 };
const margin = 8;

export type Overlaid = {
  /** Opens what is due and not there, tells all of it, closes the rest. `pad`: the display last touched. */
  readonly settle: (asked: Asked, pad: Display) => void;
  /** All that is due stands at its place and shows what was asked for last. */
  readonly shows: () => boolean;
  readonly second: () => void;
  readonly close: () => void;
};

type Due = { readonly name: string; readonly part: Part; readonly bounds: () => Rectangle };

/** Each window by its name, which says its display where every display has one. */
export function openOverlays(open: (shape: Shape, closed: () => void) => FaceWindow): Overlaid {
  const standing = new Map<string, FaceWindow>();
  let due: readonly Due[] = [];

  function close(names: Iterable<string>): void {
    for (const name of names) {
      const face = standing.get(name);
      standing.delete(name);
      face?.close();
    }
  }

  function opened({ name, part, bounds }: Due): FaceWindow {
    // Nobody can close it; should it happen, the next second brings another.
    const face = open({ kind: part === 'banner' ? 'glass' : 'strip', bounds: bounds() }, () => {
      if (standing.get(name) === face) standing.delete(name);
    });
    standing.set(name, face);
    return face;
  }

  return {
    settle: (asked, pad) => {
      due = dueOf(asked, pad);
      close([...standing.keys()].filter((name) => !due.some((one) => one.name === name)));
      for (const one of due) {
        const { name, part } = one;
        const face = standing.get(name) ?? opened(one);
        face.ask(part, asked);
        face.stand('over');
      }
    },
    shows: () => due.every(({ name }) => standing.get(name)?.shows() === true),
    second: () => {
      for (const face of standing.values()) face.second();
    },
    close: () => {
      due = [];
      close([...standing.keys()]);
    },
  };
}

function dueOf(asked: Asked, pad: Display): readonly Due[] {
  const { strip, lock, banner: banners } = overlaysOf(asked);
  return [
    // Where she works is where her pointer is.
    ...(strip ? [{ name: 'strip', part: 'strip' as const, bounds: () => stripOn(screen.getDisplayNearestPoint(screen.getCursorScreenPoint())) }] : []),
    ...(lock ? [{ name: `lock ${pad.id}`, part: 'lock' as const, bounds: () => lockOn(pad) }] : []),
    ...(banners ? screen.getAllDisplays().map((display) => ({ name: `banner ${display.id}`, part: 'banner' as const, bounds: () => bannerOn(display) })) : []),
  ];
}

const stripHeightOn = ({ bounds }: Display): number => Math.min(stripHeight, Math.floor(bounds.height * stripShare));

function stripOn(display: Display): Rectangle {
  const { x, y, width, height } = display.bounds;
  const high = stripHeightOn(display);
  return { x, y: y + height - high, width, height: high };
}

/** The lower right corner, above the strip and the system's own bar: always the same place. */
function lockOn(display: Display): Rectangle {
  const { bounds, workArea } = display;
  const height = Math.max(lockHeight, Math.round(lockShare * Math.min(bounds.width, bounds.height)));
  const width = Math.min(Math.round(lockRatio * height), workArea.width);
  const bottom = Math.min(bounds.y + bounds.height - stripHeightOn(display), workArea.y + workArea.height);
  return { x: workArea.x + workArea.width - width - margin, y: bottom - height - margin, width, height };
}

/** In the middle of the upper edge: a window's own buttons are in its corners. */
function bannerOn({ bounds: { x, y, width: wide } }: Display): Rectangle {
  const width = Math.min(banner.width, wide);
  return { x: x + Math.round((wide - width) / 2), y, width, height: banner.height };
}
