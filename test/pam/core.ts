/** Gestures come in; what the core would ask and grant for them goes out, made up: one PIN is right, and is judged at once. */
import type { Gesture } from '../../core/bridge.ts';
import type { State } from '../../core/types.ts';
import { grantFor, nobody, pinOf, type Stand } from './stand.ts';

/** Her six digits are being judged. */
export const verifying: State['claim'] = { ...pinOf('alice'), kind: 'verifying', since: 0 } as State['claim'];
/** Plays the core: six digits are judged at once, and a right PIN becomes a grant a moment later. */
export function judge(pin: string, then: (stand: Stand) => void): (gesture: Gesture, stand: Stand) => void {
  let typed = '';
  return (gesture, stand) => {
    typed = gesture.kind === 'digit' ? typed + String(gesture.digit) : '';
    if (typed.length < 6) return;
    const right = typed === pin;
    typed = '';
    stand.asks(verifying);
    setTimeout(() => {
      if (!right) return then(stand);
      stand.asks(nobody, { kind: 'opening', grant: { subscriber: 's-alice' }, tap: { attempt: 7 } } as State['desk']);
      void stand.offers.offer(grantFor('s-alice', stand.clock), { account: 'alice', session: null });
    }, 20);
  };
}
/** It asks again, with so many tries left. */
export const wrong =
  (left: number) =>
  (stand: Stand): void =>
    stand.asks(pinOf('alice', { remark: { kind: 'wrong', left } }));
