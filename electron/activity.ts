/** The system's idle time comes in; while a session is open, that its person is at work goes out. Not in an installed face: there the session's own process reports it. */
import { powerMonitor, screen } from 'electron';
import type { Gesture } from '../core/bridge.ts';

export type Activity = {
  /** Once a second while the session is open. The system does not say what was used: a pointer that moved was it, else a key. */
  readonly look: () => void;
};

export function watchActivity(report: (gesture: Gesture) => void): Activity {
  let pointer = screen.getCursorScreenPoint();
  return {
    look: () => {
      const now = screen.getCursorScreenPoint();
      const moved = now.x !== pointer.x || now.y !== pointer.y;
      pointer = now;
      // Whole seconds: 0 is less than one.
      if (powerMonitor.getSystemIdleTime() === 0) report({ kind: moved ? 'pointer' : 'key' });
    },
  };
}
