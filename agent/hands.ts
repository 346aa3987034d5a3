/** A Gesture from a face comes in; the core's Event goes out, and a digit's value goes nowhere but the PIN buffer. */
import type { Gesture } from '../core/bridge.ts';
import type { AttemptId } from '../core/types.ts';
import type { FixedPinBuffer } from './pin-buffer.ts';
import type { Queue } from './queue.ts';

/** `nextAttempt`: an attempt that is no presentation gets a number of its own among theirs. */
export function takeGesture(gesture: Gesture, pin: FixedPinBuffer, queue: Queue, nextAttempt: () => AttemptId): void {
  switch (gesture.kind) {
    case 'digit':
      if (!pin.offer(gesture.digit)) return;
      queue.dispatch({ kind: 'digit' });
      // Nobody asked for it: what the core did not take is gone before anything else happens.
      return pin.withdraw();
    case 'key':
    case 'pointer':
      return queue.dispatch({ kind: 'activity', how: gesture.kind });
    case 'useKey':
    case 'enterCode':
    case 'newPin':
    case 'changePin':
    case 'vouch':
    case 'emergency':
    case 'practise':
      return queue.dispatch({ kind: gesture.kind, attempt: nextAttempt() });
    default:
      return queue.dispatch({ kind: gesture.kind });
  }
}
