/** Fingers on the keys of the pad come in; one press each goes out, at the moment of contact. */
import type { Gesture } from '../core/bridge.ts';
import type { Millis } from '../core/types.ts';

/** A wet glove bounces: a second contact on the same key this soon after the last touch is the same press. */
export const bounce: Millis = 60;

/** Calls `press` for each key pressed by finger, mouse, pen, or by assistive technology, which clicks without a pointer. */
export function listenToPad(pad: Element, press: (gesture: Gesture) => void): void {
  const touched = new Map<Element, Millis>();
  const keyOf = (event: Event): HTMLElement | null => (event.target instanceof Element ? event.target.closest('button') : null);

  pad.addEventListener('pointerdown', (event) => {
    const key = keyOf(event);
    if (!(event instanceof PointerEvent) || key === null || (event.pointerType === 'mouse' && event.button !== 0)) return;
    // Focus stays on the heading, so that a screen reader is not led about by each digit.
    event.preventDefault();
    const last = touched.get(key);
    touched.set(key, event.timeStamp);
    if (last === undefined || event.timeStamp - last >= bounce) press(gestureOf(key));
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    pad.addEventListener(end, (event) => {
      const key = keyOf(event);
      if (key !== null && touched.has(key)) touched.set(key, event.timeStamp);
    });
  }
  pad.addEventListener('mousedown', (event) => event.preventDefault());
  pad.addEventListener('click', (event) => {
    const key = keyOf(event);
    // A click that a pointer made has a count of at least 1, and was heard at its contact.
    if (key !== null && event instanceof MouseEvent && event.detail === 0) press(gestureOf(key));
  });
}

const gestureOf = (key: HTMLElement): Gesture => {
  const { digit } = key.dataset;
  return digit !== undefined ? { kind: 'digit', digit: Number(digit) } : { kind: key.dataset['do'] === 'clear' ? 'clear' : 'erase' };
};
