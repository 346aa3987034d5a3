/** What is asked for comes in; every display there is gets its window, the pad on the one last touched, and what lies over open work while it is due. */
import { type Display, type Rectangle, screen, type WebContents } from 'electron';
import type { ToFace } from '../core/bridge.ts';
import { type Asked, type Cover, coverOf } from './asked.ts';
import { isLeaving } from './exits.ts';
import { type Overlaid, openOverlays } from './overlays.ts';
import { type FaceWindow, pageOf, type Shape, type WindowEvents } from './window.ts';

/** A window for a display's new place takes over when it has painted, or by then. */
const takesOverWithin = 1_000;

export type Displays = {
  readonly ask: (asked: Asked) => void;
  /** To the pad: a cue, a ceremony or its end. */
  readonly say: (message: ToFace) => void;
  readonly extend: (message: unknown) => void;
  /** Every display shows what was asked for last. */
  readonly cover: () => boolean;
  /** The page that has the pad; null while it is away. */
  readonly pad: () => WebContents | null;
  readonly second: () => void;
};
export type DisplayEvents = Omit<WindowEvents, 'touched' | 'closed'> & {
  /** How the displays are covered has changed, or what covers them (`again`): the place for whatever holds keyboard and pointer. */
  readonly covered: (cover: Cover) => void;
};
type Standing = { readonly face: FaceWindow; readonly bounds: Rectangle };

/** Opens a window for each display and follows displays that come, go and change. `coverFor`: how they are to be covered; only the evaluation, whose page holds the work itself, says otherwise. */
export function coverDisplays(
  open: (shape: Shape, events: WindowEvents, urgent?: boolean) => FaceWindow,
  { covered, ...events }: DisplayEvents,
  coverFor: (asked: Asked) => Cover = coverOf,
): Displays {
  const faces = new Map<number, Standing>();
  let asked: Asked = { kind: 'away' };
  let pad = screen.getDisplayNearestPoint(screen.getCursorScreenPoint()).id;
  const overlays: Overlaid = openOverlays((shape, closed) => open(shape, { ...events, touched: () => undefined, closed }));
  let last: Cover | null = null;

  function openOn({ id, bounds }: Display, urgent: boolean): Standing {
    const touched = (): void => {
      if (pad === id || !faces.has(id)) return;
      pad = id;
      settle();
    };
    // Nobody can close it; should it happen, another stands at once.
    const closed = (): void => {
      if (isLeaving() || faces.get(id) !== standing) return;
      faces.delete(id);
      arrange(true);
    };
    const standing = { face: open({ kind: 'kiosk', bounds }, { ...events, touched, closed }, urgent), bounds };
    return standing;
  }

  function arrange(urgent = false): void {
    const displays = screen.getAllDisplays();
    for (const display of displays) {
      const standing = faces.get(display.id);
      if (standing !== undefined && same(standing.bounds, display.bounds)) continue;
      const next = openOn(display, urgent);
      faces.set(display.id, next);
      if (standing !== undefined) replace(standing.face, next.face);
    }
    for (const [id, { face }] of faces) {
      if (displays.some((display) => display.id === id)) continue;
      faces.delete(id);
      face.close();
    }
    if (!faces.has(pad)) pad = screen.getPrimaryDisplay().id;
    overlays.close();
    settle();
  }

  function settle(): void {
    const cover = coverFor(asked);
    for (const [id, { face }] of faces) {
      face.ask(id === pad ? 'pad' : 'backdrop', asked);
      if (cover === 'hidden' || cover === 'strip') face.stand('hidden');
      else face.stand(cover === 'locked' && id === pad ? 'front' : 'over');
    }
    if (cover === 'strip') overlays.settle(asked, screen.getAllDisplays().find(({ id }) => id === pad) ?? screen.getPrimaryDisplay());
    else overlays.close();
    if (cover !== last) covered(cover);
    last = cover;
  }

  for (const change of ['display-added', 'display-removed', 'display-metrics-changed'] as const) screen.on(change as 'display-added', () => arrange());
  arrange();

  return {
    ask: (next) => {
      asked = next;
      settle();
    },
    say: (message) => {
      // The pad may have moved since the ceremony began.
      if (message.kind === 'ceremonyEnd') for (const { face } of faces.values()) face.say(message);
      else faces.get(pad)?.face.say(message);
    },
    extend: (message) => faces.get(pad)?.face.extend(message),
    cover: () => {
      const cover = coverFor(asked);
      const all = [...faces.values()];
      if (cover === 'hidden' || cover === 'strip') return all.every(({ face }) => !face.window.isVisible()) && (cover === 'hidden' || overlays.shows());
      const displays = screen.getAllDisplays();
      return displays.length === all.length && displays.every(({ id, bounds }) => same(faces.get(id)?.bounds, bounds)) && all.every(({ face }) => face.shows());
    },
    pad: () => pageOf(faces.get(pad)?.face),
    second: () => {
      for (const { face } of faces.values()) face.second();
      if (coverFor(asked) === 'strip') settle();
      overlays.second();
    },
  };
}

/** The old window goes once the new one stands in its place: no moment shows what lies beneath. */
function replace(old: FaceWindow, next: FaceWindow): void {
  const late = setTimeout(() => old.close(), takesOverWithin);
  next.window.once('show', () => {
    clearTimeout(late);
    old.close();
  });
}

const same = (a: Rectangle | undefined, b: Rectangle): boolean => a !== undefined && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
