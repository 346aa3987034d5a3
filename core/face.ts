/** Whether a face covers the displays comes in; the stronger lock that takes its place goes out (a station without a face must not look open, nor open). */
import { also, closeDesk, endClaim, lockDesk, stay } from './moves.ts';
import type { Millis, State, Step } from './types.ts';

/** Under open work a face that restarts by itself disturbs nobody; one that stays away for this long could not cover the screen any more. */
const faceGrace: Millis = 4_000;

/** Until the first face has come, none is missed: the station starts locked. */
export function faceCame(state: State, present: boolean, at: Millis): Step {
  const { face, desk } = state;
  if (present) {
    if (face.kind === 'there') return stay(state);
    const found = stay({ ...state, face: { kind: 'there' } }, { kind: 'record', entry: { kind: 'face', change: 'found' } });
    // Where the face is the lock, it may be what was waited for: nobody is kept out until the next try.
    return desk.kind === 'locking' ? also(found, (s) => lockDesk(s, desk.why, at)) : found;
  }
  if (face.kind !== 'there') return stay(state);
  const lost = stay({ ...state, face: { kind: 'missing', since: at }, help: null }, { kind: 'record', entry: { kind: 'face', change: 'lost' } });
  // What was typed at a screen that is gone must not go on by itself.
  return also(lost, (s) => also(endClaim(s, 'faceLost', at), (t) => (desk.kind === 'open' ? stay(t) : closeDesk(t, 'faceLost', at, true))));
}

/** When an open desk has to close because its face is away; null: it need not. */
export const faceDeadline = ({ face, desk }: State): Millis | null => (face.kind === 'missing' && desk.kind === 'open' ? face.since + faceGrace : null);

/** Run by `settle`. */
export function settleFace(state: State, at: Millis): Step {
  const due = faceDeadline(state);
  return due !== null && at >= due ? also(endClaim(state, 'faceLost', at), (s) => lockDesk(s, 'faceLost', at, true)) : stay(state);
}
