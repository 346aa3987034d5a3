/** How the displays are covered comes in; while that is locked, keyboard and pointer are held by the helper, and the pad's page gets the keys it lets through; how well they are held goes out. */
import { join } from 'node:path';
import { app, BrowserWindow, type WebContents } from 'electron';
import type { KeyboardHold } from '../core/face-link.ts';
import type { Cover } from './asked.ts';
import { complain } from './complaint.ts';
import { type KeyHold, startKeys, windowId } from './keys.ts';

/** Written in by build/electron.ts: see kiosk.ts. */
declare const INSTALLED: boolean;

/** Helpers there are, by platform. */
const programs: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'tapward-keys', win32: 'tapward-keys.exe' };

export type Hold = {
  /** To be called at every change. */
  readonly covered: (cover: Cover) => void;
  readonly state: () => KeyboardHold;
};
export const noHold: Hold = { covered: () => undefined, state: () => 'none' };

const wordOf = (hold: KeyHold): KeyboardHold => (hold.kind === 'missing' ? hold.cause : hold.kind === 'notHeld' ? 'taken' : hold.kind);

/** `appDir`: where the helper lies while the face runs from the sources; installed, it lies beside the archive, which no program can be started from. */
export function holdWhileLocked(appDir: string, pad: () => WebContents | null): Hold {
  const name = programs[process.platform];
  if (name === undefined) return noHold;
  let locked = false;
  const keys = startKeys({
    program: join(INSTALLED ? process.resourcesPath : appDir, name),
    target: pad,
    hear: (hold) => {
      if (hold.kind === 'missing') complain(`Keys that a window cannot stop are not held. ${hold.why}`);
    },
  });
  const hold = (): void => {
    if (locked) keys.hold(BrowserWindow.getAllWindows().map((window) => windowId(window.getNativeWindowHandle())));
  };
  // A press on a window that the helper does not know is kept from it: a display that is plugged in brings one.
  app.on('browser-window-created', () => setImmediate(hold));
  return {
    covered: (cover) => {
      locked = cover === 'locked';
      if (locked) hold();
      else keys.release();
    },
    state: () => wordOf(keys.state),
  };
}
