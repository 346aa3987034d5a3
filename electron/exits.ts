/** A code comes in and the program ends with it, for whoever starts it again: one of the link's, or its own; until it has, no window is opened anew. */
import { app } from 'electron';
import { faceExits } from '../core/face-link.ts';

export const exitCodes = {
  ...faceExits,
  /** A signal asked it to end, or the evaluation's window was closed. */
  asked: 0,
  /** Started without what it needs; the sentence stands on its error output. */
  unusable: 64,
  /** Its pages or helper processes do not come back: started again, they may. */
  broken: 70,
} as const;

let leaving = false;

/** Ends the program. Electron closes every window first, and quits only when none has taken its place. */
export function leave(code: (typeof exitCodes)[keyof typeof exitCodes]): void {
  leaving = true;
  app.exit(code);
}

export const isLeaving = (): boolean => leaving;
