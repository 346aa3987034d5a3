/** Frames and keys come in; while somebody's work is open, the station's lock key goes out as a gesture. In Electron the system itself gives it. */
import { type Bridge, encodeGesture } from '../../core/bridge.ts';

const modifiers = ['ctrlKey', 'altKey', 'shiftKey', 'metaKey'] as const;
/** An accelerator's modifiers, in small letters. */
const names: Readonly<Record<string, (typeof modifiers)[number]>> = {
  control: 'ctrlKey',
  ctrl: 'ctrlKey',
  commandorcontrol: 'ctrlKey',
  cmdorctrl: 'ctrlKey',
  alt: 'altKey',
  option: 'altKey',
  shift: 'shiftKey',
  super: 'metaKey',
  meta: 'metaKey',
  command: 'metaKey',
  cmd: 'metaKey',
};

/** Whether this key press is that accelerator (`F12`, `Control+Alt+L`): the very same modifiers, and the key by its name. */
export function isPressed(accelerator: string, event: Pick<KeyboardEvent, 'key' | (typeof modifiers)[number]>): boolean {
  const parts = accelerator.toLowerCase().split('+');
  const key = parts.pop();
  const held = parts.map((part) => names[part]);
  return event.key.toLowerCase() === key && !held.includes(undefined) && modifiers.every((modifier) => event[modifier] === held.includes(modifier));
}

/** Hears the key wherever in the page the focus is. */
export function listenToLockKey(page: Document, bridge: Bridge): void {
  let wanted: string | null = null;
  bridge.listen((message) => {
    if (message.kind !== 'frame') return;
    const { view, station } = message.frame;
    wanted = view.screen.kind === 'open' || view.screen.kind === 'away' ? station.lockKey : null;
  });
  bridge.onAway(() => {
    wanted = null;
  });
  page.addEventListener(
    'keydown',
    (event) => {
      if (wanted === null || event.repeat || !isPressed(wanted, event)) return;
      event.preventDefault();
      event.stopPropagation();
      bridge.send(encodeGesture({ kind: 'lockNow' }));
    },
    { capture: true },
  );
}
