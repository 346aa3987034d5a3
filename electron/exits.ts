/** Nothing comes in; the codes this program ends with go out, for whoever starts it again: those of the link, and its own. */
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
