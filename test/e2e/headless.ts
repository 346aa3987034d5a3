/** An agent comes in; a face without pixels goes out, speaking the bridge's bytes both ways, that can wait for what a person would see. */
import type { Agent } from '../../agent/agent.ts';
import { decodeGesture, encodeGesture, type Frame, type Gesture, type ToFace } from '../../core/bridge.ts';
import type { View } from '../../core/view.ts';

export type HeadlessFace = Disposable & {
  readonly frame: () => Frame;
  readonly cues: readonly string[];
  readonly do: (kind: Exclude<Gesture['kind'], 'digit'>) => void;
  readonly type: (pin: string) => void;
  /** Resolves with the view once `seen` holds; rejects with what is shown instead. */
  readonly until: (what: string, seen: (view: View) => boolean, patience?: number) => Promise<View>;
};

export function headlessFace(agent: Agent): HeadlessFace {
  let frame: Frame | null = null;
  const cues: string[] = [];
  const waiting = new Set<() => void>();
  const leave = agent.faces.connect((message) => {
    // As a real face gets it: as text, not as the agent's own objects.
    const received = JSON.parse(JSON.stringify(message)) as ToFace;
    if (received.kind === 'cue') cues.push(received.tone);
    else if (received.kind === 'frame') frame = received.frame;
    for (const look of waiting) look();
  });
  const current = (): Frame => {
    if (frame === null) throw new Error('the agent has shown nothing yet');
    return frame;
  };
  const send = (gesture: Gesture): void => {
    const decoded = decodeGesture(encodeGesture(gesture));
    if (decoded === null) throw new Error(`the bridge refuses ${gesture.kind}`);
    agent.gesture(decoded);
  };
  return {
    frame: current,
    cues,
    do: (kind) => send({ kind }),
    type: (pin) => {
      for (const digit of pin) send({ kind: 'digit', digit: Number(digit) });
    },
    until: (what, seen, patience = 10_000) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          clearTimeout(late);
          waiting.delete(look);
        };
        const look = (): void => {
          if (frame === null || !seen(frame.view)) return;
          done();
          resolve(frame.view);
        };
        const late = setTimeout(() => {
          done();
          reject(new Error(`expected ${what}, but the screen shows ${JSON.stringify(frame?.view.screen)}`));
        }, patience);
        waiting.add(look);
        look();
      }),
    [Symbol.dispose]: leave,
  };
}
