/** Nothing comes in; the codes this program ends with go out, for whoever starts it again. */
export const exitCodes = {
  /** A signal of the supervisor, or the evaluation's window was closed. */
  asked: 0,
  /** Another face runs for this person: start none beside it. */
  second: 3,
  /** Started with a switch that opens it to others. */
  refused: 4,
  /** Its pages or helper processes do not come back: start it again. */
  broken: 5,
  /** Started without what it needs; the sentence stands on its error output. */
  unusable: 6,
} as const;
