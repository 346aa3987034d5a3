/** An origin, the app's folder and the agent's door come in; the face runs: one window per display, showing what the agent asks for and nothing else. */
import { join } from 'node:path';
import { app, globalShortcut, session as sessions } from 'electron';
import type { FromFace } from '../core/face-link.ts';
import { type Activity, watchActivity } from './activity.ts';
import { type Asked, type Cover, coverOf } from './asked.ts';
import { readContent, serve } from './content.ts';
import { coverDisplays, type Displays } from './displays.ts';
import type { Door } from './door.ts';
import { exitCodes, leave } from './exits.ts';
import { endBySignal, guardApp, guardSession } from './guards.ts';
import { holdWhileLocked, noHold } from './hold.ts';
import { startLink } from './link.ts';
import { watchLockKey } from './lock-key.ts';
import { showOrdinary } from './ordinary.ts';
import { refuse, refusedSwitch } from './refusal.ts';
import { type FaceWindow, openFaceWindow, type Shape, type WindowEvents } from './window.ts';

/**
 * Written in by build/electron.ts, so that what only a face from the sources may do is not even in an installed bundle. Electron's own `isPackaged` will not do: it goes by
 * the name of the program's file, and a copy named `electron` changes its answer.
 */
declare const INSTALLED: boolean;

/** What the evaluation adds to the face; the installed one has none. */
export type Extension = {
  /** One ordinary window of this many pixels instead of a kiosk on every display. */
  readonly windowed: { readonly width: number; readonly height: number } | null;
  /** Its page holds the work itself, and stays. */
  readonly coverFor: (asked: Asked) => Cover;
  /** Called once with how to tell the page more; answers what hears the page beyond the Bridge. What it hears is unproved. */
  readonly join: (tell: (message: unknown) => void) => (said: unknown) => void;
};
export type KioskOptions = {
  /** `https://HOST`: the one address there is. */
  readonly origin: string;
  /** Holds preload.js and the folder `page`. */
  readonly appDir: string;
  readonly door: Door;
  readonly extension?: Extension;
};

/** Helper processes (GPU, audio, network) that end within ten minutes before only a new face helps. */
const helpersLost = 10;

/** Call it at once: some guards must stand before Electron is ready. */
export function startKiosk(options: KioskOptions): void {
  if (INSTALLED) {
    const args = process.argv.slice(1);
    const what = refusedSwitch(args, (name) => app.commandLine.hasSwitch(name));
    if (what !== null) return refuse(what, args, options.door);
  }
  if (!app.requestSingleInstanceLock()) return leave(exitCodes.second);
  // Still pictures need no GPU, windows of one origin no process each, and nothing here needs a network.
  app.disableHardwareAcceleration();
  app.commandLine.appendSwitch('process-per-site');
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  app.commandLine.appendSwitch('disable-features', 'SpareRendererForSitePerProcess');
  // Root, in a container of the tests, can have none; an installed face has one or does not run.
  if (INSTALLED || !app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  guardApp(app);
  void app.whenReady().then(() => run(options));
}

function run({ origin, appDir, door, extension }: KioskOptions): void {
  const session = sessions.fromPartition('face');
  endBySignal();
  guardSession(session);
  serve(session, origin, readContent(join(appDir, 'page')));
  watchHelpers();

  let asked: Asked = { kind: 'away' };
  /** What the agent was told last. */
  let covers = false;
  const send = (message: FromFace): void => link.send(message);
  const hearExtension = extension?.join((message) => displays.extend(message));
  const open = (shape: Shape, events: WindowEvents, urgent?: boolean): FaceWindow =>
    openFaceWindow({ session, origin, preload: join(appDir, 'preload.js') }, shape, events, urgent);
  // In evaluation the desktop is somebody's own, and its keys stay hers.
  const hold = extension === undefined ? holdWhileLocked(appDir, () => displays.pad()) : noHold;
  const events = {
    gesture: (gesture: Extract<FromFace, { kind: 'gesture' }>['gesture']) => send({ kind: 'gesture', gesture }),
    answer: (answer: Extract<FromFace, { kind: 'key' }>['answer']) => send({ kind: 'key', answer }),
    extension: (said: unknown) => hearExtension?.(said),
    // An agent need not wait for the next second to know that the face stands.
    drawn: () => {
      if (!covers && displays.cover()) beat();
    },
    broken: () => leave(exitCodes.broken),
    covered: hold.covered,
  };
  const windowed = extension?.windowed ?? null;
  const displays: Displays =
    windowed === null ? coverDisplays(open, events, extension?.coverFor) : showOrdinary(open, windowed, { ...events, closed: () => leave(exitCodes.asked) });
  const activity: Activity | null = INSTALLED || extension !== undefined ? null : watchActivity((gesture) => send({ kind: 'gesture', gesture }));
  const beat = (): void => {
    covers = displays.cover();
    send({ kind: 'beat', covers, hold: hold.state() });
  };
  const holdLockKey = watchLockKey(globalShortcut, () => send({ kind: 'gesture', gesture: { kind: 'lockNow' } }));
  const ask = (next: Asked): void => {
    asked = next;
    displays.ask(asked);
    holdLockKey(asked);
  };
  const link = startLink(door, {
    connected: beat,
    message: (message) => {
      if (message.kind !== 'frame') displays.say(message);
      else ask({ kind: 'frame', frame: message.frame, heardAt: performance.now() });
    },
    away: () => {
      covers = false;
      ask({ kind: 'away' });
    },
  });
  // Twice a second, of this very process: where it hangs, the host sees it.
  if (door.session !== undefined) setInterval(() => link.beat(coverOf(asked) === 'locked' && displays.cover() ? 'covered' : 'open'), 500);
  setInterval(() => {
    displays.second();
    beat();
    if (coverOf(asked) === 'hidden' || coverOf(asked) === 'strip' || coverOf(asked) === 'warning') activity?.look();
  }, 1_000);
}

/** Chromium starts its helpers again by itself; a machine on which they keep ending gets a new face. */
function watchHelpers(): void {
  let lost: readonly number[] = [];
  app.on('child-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const now = performance.now();
    lost = [...lost.filter((at) => now - at < 600_000), now];
    if (lost.length > helpersLost) leave(exitCodes.broken);
  });
}
