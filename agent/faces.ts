/** States come in, every connected face gets the Frame made of them; a Frame whose View has not changed is not sent again. */
import type { Ceremony, Frame, Station, ToFace } from '../core/bridge.ts';
import type { Policy } from '../core/policy.ts';
import type { Clock } from '../core/ports.ts';
import type { Millis, State } from '../core/types.ts';
import { view } from '../core/view.ts';

export type Face = (message: ToFace) => void;
export type Faces = {
  /** Adds a face and shows it the current Frame at once; returns how to take it away again. */
  readonly connect: (face: Face) => () => void;
  readonly publish: (state: State, at: Millis) => void;
  readonly send: (message: ToFace) => void;
};

/** What a face shows of the station itself. */
export function stationOf({ stationName, helpPhone, language, theme, nightSound, lockKey }: Policy, own: Pick<Station, 'computer' | 'version' | 'mode'>): Station {
  return { name: stationName, phone: helpPhone, language, theme, nightSound, lockKey, ...own };
}

export function createFaces(clock: Clock, policy: () => Policy, station: () => Station): Faces {
  const faces = new Set<Face>();
  let last: State | null = null;
  let held: Ceremony | null = null;
  let sent = '';
  const frameOf = (state: State, at: Millis): Frame => ({ view: view(state, at, policy()), now: at, wall: Date.now(), station: station() });
  const send = (message: ToFace): void => {
    if (message.kind === 'ceremony') held = message;
    else if (message.kind === 'ceremonyEnd') held = null;
    for (const face of faces) {
      try {
        face(message);
      } catch {
        // Its connection ends by itself; the others must still be told.
        faces.delete(face);
      }
    }
  };
  return {
    connect: (face) => {
      faces.add(face);
      // What was missed while nobody was connected must not count as sent.
      sent = '';
      if (last !== null) face({ kind: 'frame', frame: frameOf(last, clock.now()) });
      // A face that was started anew goes on with the key that is asked for.
      if (held !== null) face(held);
      return () => faces.delete(face);
    },
    publish: (state, at) => {
      last = state;
      if (faces.size === 0) return;
      const frame = frameOf(state, at);
      const shown = JSON.stringify([frame.view, frame.station]);
      if (shown === sent) return;
      sent = shown;
      send({ kind: 'frame', frame });
    },
    send,
  };
}
