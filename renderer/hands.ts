/** What hands do anywhere on the face comes in: clicks, keys, fingers on the pad; gestures go out. Nothing here knows what they will do. */
import type { Gesture } from '../core/bridge.ts';
import { deedOf } from './keys.ts';
import { listenToPad } from './pad.ts';
import type { Section } from './picture.ts';

export type Hands = {
  /** The section that stands now. */
  readonly section: () => Section;
  readonly gesture: (gesture: Gesture) => void;
  readonly testSound: () => void;
  /** Any touch or key at all, before what it means. */
  readonly touched: () => void;
};

/** Listens to the face's buttons and, while it covers the work, to the keys of the whole document. */
export function listenToHands(root: HTMLElement, { section, gesture, testSound, touched }: Hands): void {
  const { ownerDocument } = root;

  for (const pad of root.querySelectorAll('.pad')) listenToPad(pad, gesture);
  root.querySelector('[data-out="strip"]')?.addEventListener('pointerdown', () => gesture({ kind: 'pointer' }));
  root.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>('button') : null;
    if (button === null || button.closest('.pad') !== null) return;
    if (button.dataset['out'] === 'testSound') testSound();
    const kind = button.dataset['do'];
    if (kind !== undefined) gesture({ kind: kind as Exclude<Gesture['kind'], 'digit'> });
  });

  ownerDocument.addEventListener('pointerdown', touched, { capture: true });
  ownerDocument.addEventListener('keydown', (event) => {
    touched();
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const deed = deedOf(event.key, event.code, section());
    if (deed === null) return;
    switch (deed.kind) {
      case 'first':
        // A focused button is pressed by the browser itself, in the face or in the tray beside it.
        if (ownerDocument.activeElement instanceof HTMLButtonElement) return;
        visible('button.first')[0]?.click();
        break;
      case 'next':
        walk(1);
        break;
      case 'previous':
        walk(-1);
        break;
      default:
        gesture(deed);
    }
    event.preventDefault();
  });

  const visible = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)].filter((button) => button.getClientRects().length > 0);

  /** Moves the focus through the buttons beside the pad, round and round. */
  function walk(by: 1 | -1): void {
    const buttons = visible('button').filter((button) => button.closest('.pad') === null);
    const at = buttons.findIndex((button) => button === ownerDocument.activeElement);
    buttons.at(at < 0 ? Math.min(0, by) : (at + by) % buttons.length)?.focus();
  }
}
