/** A running agent and Windows' host come in; the faces of its sessions get every Frame, and what hands do at them goes to the agent while their session has the console. */

import type { Host } from '../../native/session/windows/host.ts';
import type { Agent } from '../agent.ts';
import type { Diagnose } from '../diagnostics.ts';
import { createFaceSeats } from '../face/door.ts';
import { recordRefusal } from '../face/refusal.ts';
import { watchSessionLines } from './session-lines.ts';

export type SessionFacesParts = {
  readonly agent: Agent;
  readonly host: Host;
  /** Whose screen is seen. */
  readonly hasConsole: (session: number) => boolean;
  /** Whether the face is the lock, as in a kiosk: then its absence is one. Windows' own lock screen needs none. */
  readonly isLock: boolean;
  readonly diagnose: Diagnose;
};

/** Limits and fates of a face are those of Linux' door: only the way to it differs. */
export function seatSessionFaces({ agent, host, hasConsole, isLock, diagnose }: SessionFacesParts): AsyncDisposable {
  const seats = createFaceSeats({
    faces: agent.faces,
    gesture: agent.gesture,
    answer: agent.keyAnswer,
    keyboard: agent.keyboard,
    presence: (present) => {
      diagnose('TW1605', present ? 'covered' : 'not covered');
      if (isLock) agent.queue.dispatch({ kind: 'face', present });
    },
    refused: (what) => recordRefusal(agent, what),
    noted: (text) => diagnose('TW1603', text),
  });
  const lines = watchSessionLines(host, 'face', (session, line) => seats.take(line, null, () => hasConsole(session)));
  return {
    [Symbol.asyncDispose]: async () => {
      lines[Symbol.dispose]();
      await seats.close();
    },
  };
}
