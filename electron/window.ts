/** A place on a display comes in; one guarded window of the face goes out, which says whether it really shows what it was asked to. */
import { BrowserWindow, type Rectangle, type Session, type WebContents } from 'electron';
import type { CeremonyAnswer, Gesture, ToFace } from '../core/bridge.ts';
import { type Asked, type Part, sectionOf, toldTo } from './asked.ts';
import { hearPage } from './bridge.ts';
import { channels, type ToPage } from './channels.ts';
import { guardWindow, webPreferences } from './guards.ts';
import { watch } from './watchdog.ts';

/** The night ground of the renderer: what stands until a page has painted, and while it is gone. */
const ground = '#0b1620';
/** A window whose page has not painted by then is shown without it: opaque, and no one's work. */
const paintedWithin = 1_500;

/** `kiosk` covers one display; `strip` lies over open work and takes no focus; `glass` lets the pointer through as well; `ordinary` has a frame and may be closed (evaluation). */
export type Shape = { readonly kind: 'kiosk' | 'strip' | 'glass'; readonly bounds: Rectangle } | { readonly kind: 'ordinary'; readonly width: number; readonly height: number };
export type Pages = { readonly session: Session; readonly origin: string; readonly preload: string };
export type WindowEvents = {
  readonly gesture: (gesture: Gesture) => void;
  readonly answer: (answer: CeremonyAnswer) => void;
  readonly touched: () => void;
  readonly extension: (said: unknown) => void;
  /** It has drawn what it was asked to. */
  readonly drawn: () => void;
  /** Its page does not come back. */
  readonly broken: () => void;
  readonly closed: () => void;
};
export type FaceWindow = {
  readonly window: BrowserWindow;
  readonly ask: (part: Part, asked: Asked) => void;
  /** A cue, or a ceremony: heard by the page that stands now, and by no other later. */
  readonly say: (message: ToFace) => void;
  readonly extend: (message: unknown) => void;
  /** `front` takes the keyboard, `over` leaves it where it is. */
  readonly stand: (where: 'hidden' | 'over' | 'front') => void;
  /** It is on the display at its place and the picture asked for last was handed to that display. */
  readonly shows: () => boolean;
  readonly second: () => void;
  readonly close: () => void;
};

/** `urgent`: it stands at once, before its page has painted: what was there has gone. */
export function openFaceWindow({ session, origin, preload }: Pages, shape: Shape, events: WindowEvents, urgent = false): FaceWindow {
  const window = new BrowserWindow({ ...optionsOf(shape), show: false, backgroundColor: ground, title: 'Tapward', webPreferences: { ...webPreferences, session, preload } });
  const { webContents: contents } = window;
  let part: Part = shape.kind === 'strip' ? 'strip' : shape.kind === 'glass' ? 'banner' : 'pad';
  let asked: Asked = { kind: 'away' };
  let number = 0;
  let drawn = { number: 0, section: '' };
  let loaded = false;
  let painted = urgent;
  let where: 'hidden' | 'over' | 'front' = 'hidden';

  const tell = (said: ToPage): void => {
    if (loaded && !contents.isDestroyed()) contents.send(channels.tell, number, said);
  };
  const retell = (): void => {
    number += 1;
    tell({ kind: 'role', role: part === 'lock' ? 'strip' : part });
    tell(toldTo(part, asked, performance.now()));
  };
  const dog = watch(contents, {
    ask: () => tell({ kind: 'beat' }),
    gone: () => {
      loaded = false;
      drawn = { number: 0, section: '' };
    },
    broken: events.broken,
  });
  hearPage(contents, origin, {
    ready: () => {
      loaded = true;
      dog.ready();
      retell();
    },
    gesture: events.gesture,
    answer: events.answer,
    touched: events.touched,
    extension: events.extension,
    alive: dog.alive,
    drawn: (told, section) => {
      drawn = { number: told, section };
      events.drawn();
    },
  });
  if (shape.kind === 'ordinary') window.setMenu(null);
  else guardWindow(window);
  // Over taskbars and other windows that stay on top (macOS, Windows).
  if (shape.kind !== 'ordinary') window.setAlwaysOnTop(true, 'screen-saver');
  if (shape.kind === 'glass') window.setIgnoreMouseEvents(true);
  if (shape.kind !== 'ordinary') window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true });

  function place(): void {
    if (window.isDestroyed() || !painted) return;
    if (where === 'hidden') return window.hide();
    if (window.isMinimized()) window.restore();
    if (shape.kind === 'kiosk' && !window.isFullScreen()) window.setFullScreen(true);
    if (where === 'front') {
      window.show();
      window.focus();
    } else window.showInactive();
    if (shape.kind !== 'ordinary') window.moveTop();
  }
  const paint = (): void => {
    if (painted) return;
    painted = true;
    place();
  };
  window.once('ready-to-show', paint);
  setTimeout(paint, paintedWithin).unref();
  window.on('closed', events.closed);
  void contents.loadURL(`${origin}/`).catch(() => undefined);

  const atPlace = (): boolean => {
    if (shape.kind === 'ordinary') return true;
    const { x, y, width, height } = window.getBounds();
    const { bounds } = shape;
    return x === bounds.x && y === bounds.y && width === bounds.width && height === bounds.height;
  };
  const stands = (): boolean => window.isVisible() && !window.isMinimized() && atPlace();
  window.on('minimize', place);
  // Not every system says that a window was put away; one that lost the keyboard to nobody of ours takes it back, and comes back with it.
  window.on('blur', () =>
    setTimeout(() => {
      if (!window.isDestroyed() && where === 'front' && BrowserWindow.getFocusedWindow() === null) window.focus();
    }, 100),
  );
  return {
    window,
    ask: (nextPart, next) => {
      if (part === nextPart && asked === next) return;
      part = nextPart;
      asked = next;
      retell();
    },
    say: (message) => tell({ kind: 'message', message }),
    extend: (message) => {
      if (loaded && !contents.isDestroyed()) contents.send(channels.extension, message);
    },
    stand: (next) => {
      if (window.isDestroyed() || (next === where && (next === 'hidden') !== window.isVisible())) return;
      where = next;
      place();
    },
    shows: () => !window.isDestroyed() && stands() && drawn.number === number && drawn.section === sectionOf(part, asked),
    second: () => {
      if (window.isDestroyed()) return;
      // A window manager that put it away or elsewhere, unasked, is put right.
      if (where !== 'hidden' && !stands()) place();
      else if (where === 'front' && BrowserWindow.getFocusedWindow() === null) window.focus();
      dog.second(window.isVisible());
    },
    close: () => {
      if (!window.isDestroyed()) window.destroy();
    },
  };
}

/** A window's page, or null where either is gone. */
export const pageOf = (face: FaceWindow | undefined): WebContents | null =>
  face === undefined || face.window.isDestroyed() || face.window.webContents.isDestroyed() ? null : face.window.webContents;

function optionsOf(shape: Shape): Electron.BrowserWindowConstructorOptions {
  if (shape.kind === 'ordinary') return { width: shape.width, height: shape.height };
  const held = { ...shape.bounds, frame: false, movable: false, minimizable: false, maximizable: false, closable: false, skipTaskbar: true, alwaysOnTop: true, hasShadow: false };
  return shape.kind === 'kiosk'
    ? { ...held, kiosk: true, fullscreen: true }
    : { ...held, resizable: false, focusable: false, type: process.platform === 'linux' ? 'notification' : 'toolbar' };
}
