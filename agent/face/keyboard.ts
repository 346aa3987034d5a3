/** What each face says of the keyboard comes in, beat by beat; what is known of it goes out, and once for each change that lasts what it means and what to do. */
import type { KeyboardHold } from '../../core/face-link.ts';
import type { Millis } from '../../core/types.ts';

/** Shorter than this nothing is news: an open menu has the keys for a moment, and a helper that ended is back in one. */
const usualLasting: Millis = 2_000;

/** `what`: without a full stop. `mend`: null where it is well. */
type Words = { readonly what: string; readonly mend: string | null };
const beyond = 'Alt+Tab and the system key can leave the locked screen';

export const keyboardWords: Readonly<Record<KeyboardHold, Words>> = {
  none: { what: 'The face holds no keyboard here', mend: null },
  free: { what: 'The program that holds the keyboard while the screen is locked is there', mend: null },
  held: { what: 'The keyboard is held while the screen is locked', mend: null },
  taken: {
    what: `The keyboard was not held while the screen was locked, as another program had it or the system did not give it: ${beyond}`,
    mend: 'Look for a screen locker, a remote desktop or a virtual machine in the kiosk’s session, and end it or its hold on the keyboard. It is tried again at every lock.',
  },
  missing: {
    what: `The program that holds the keyboard does not run: ${beyond}`,
    mend: 'Repair the installation of the face (tapward-keys lies beside it), and allow that program where a list says which may run.',
  },
  noServer: {
    what: `The program that holds the keyboard reaches no X server with XInput 2: ${beyond}`,
    mend: 'Start the face inside an X11 session, with its DISPLAY and XAUTHORITY.',
  },
  wayland: {
    what: `The session is one of Wayland, where only the compositor can hold the keyboard: ${beyond}`,
    mend: 'Give the station an X11 session: choose it at the greeter, or in the kiosk’s session file.',
  },
};
/** Whether keys can leave the locked screen. */
export const keysLeave = (hold: KeyboardHold): boolean => keyboardWords[hold].mend !== null;

export type Keyboard = {
  /** This face's last word. */
  readonly said: (face: object, hold: KeyboardHold) => void;
  readonly gone: (face: object) => void;
  /** The worst that lasts; null: no face has said anything yet. Whoever looks does so while the screen is open: what was wrong at the last lock stands until a later one goes well. */
  readonly now: () => KeyboardHold | null;
};

/** Worst last. */
const order: readonly KeyboardHold[] = ['none', 'free', 'held', 'taken', 'noServer', 'missing', 'wayland'];

/** `changed` hears a sentence when keys can leave the locked screen, when why they can is another, and when they cannot any more. */
export function watchKeyboard(changed: (text: string) => void, lasting: Millis = usualLasting): Keyboard {
  const words = new Map<object, KeyboardHold>();
  let known: KeyboardHold | null = null;
  let due: { readonly hold: KeyboardHold; readonly timer: NodeJS.Timeout } | null = null;

  const settle = (hold: KeyboardHold): void => {
    due = null;
    const [was, is] = [known !== null && keysLeave(known), keysLeave(hold)];
    known = hold;
    if (was || is) changed(sentenceOf(keyboardWords[hold]));
  };
  const weigh = (): void => {
    const worst = order.findLast((hold) => [...words.values()].includes(hold));
    // A keyboard that need not be held says nothing of whether it could be taken from us.
    const next = worst === undefined || (worst === 'free' && known === 'taken') ? known : worst;
    if (due?.hold === next) return;
    clearTimeout(due?.timer);
    due = null;
    if (next !== null && next !== known) due = { hold: next, timer: setTimeout(settle, lasting, next).unref() };
  };
  return {
    said: (face, hold) => {
      if (words.get(face) === hold) return;
      words.set(face, hold);
      weigh();
    },
    gone: (face) => {
      if (words.delete(face)) weigh();
    },
    now: () => known,
  };
}

const sentenceOf = ({ what, mend }: Words): string => (mend === null ? `${what}.` : `${what}. ${mend}`);
