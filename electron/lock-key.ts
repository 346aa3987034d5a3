/** What the agent shows comes in; while somebody's work is open, the site's lock key is held system-wide, and a press goes out. */
import type { GlobalShortcut } from 'electron';
import type { Asked } from './asked.ts';
import { complain } from './complaint.ts';

type Shortcuts = Pick<GlobalShortcut, 'register' | 'unregister'>;

/** Call the answer at every change. A key that another program has is said once, and tried again. */
export function watchLockKey(shortcuts: Shortcuts, press: () => void): (asked: Asked) => void {
  let held: string | null = null;
  let said: string | null = null;

  return (asked) => {
    const wanted = keyOf(asked);
    if (wanted === held) return;
    if (held !== null) shortcuts.unregister(held);
    held = wanted !== null && takes(shortcuts, wanted, press) ? wanted : null;
    if (wanted === null || held === wanted || said === wanted) return;
    said = wanted;
    complain(`The lock key ${wanted} is not held: another program has it, or it is no key. Choose another as lockKey in the policy.`);
  };
}

/** Beneath the warning her work is still open. */
function keyOf(asked: Asked): string | null {
  if (asked.kind === 'away') return null;
  const { view, station } = asked.frame;
  return view.screen.kind === 'open' || view.screen.kind === 'away' ? station.lockKey : null;
}

function takes(shortcuts: Shortcuts, key: string, press: () => void): boolean {
  try {
    return shortcuts.register(key, press);
  } catch {
    return false;
  }
}
