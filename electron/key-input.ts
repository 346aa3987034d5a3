/** The bytes of a helper that holds keys come in; what each says of the hold, or the input events that a page gets for a key, go out. */
import type { KeyboardInputEvent } from 'electron';

export type HeardByte =
  | { readonly kind: 'hold'; readonly hold: 'held' | 'notHeld' | 'free' }
  | { readonly kind: 'key'; readonly inputs: readonly KeyboardInputEvent[] }
  /** Not a byte of our helper. */
  | { readonly kind: 'nonsense' };

type Key = { readonly keyCode: string; readonly text?: true; readonly shift?: true };

/** The keys that native/x11/choice.c lets through, by its bytes. A keypad's own keys keep their place: the page knows them by it. */
const keys: Readonly<Record<string, Key>> = {
  ...Object.fromEntries(Array.from('0123456789', (digit) => [digit, { keyCode: digit, text: true }])),
  '\r': { keyCode: 'Return', text: true },
  ' ': { keyCode: 'Space', text: true },
  '\t': { keyCode: 'Tab' },
  T: { keyCode: 'Tab', shift: true },
  '\b': { keyCode: 'Backspace' },
  '\x7f': { keyCode: 'Delete' },
  '\x1b': { keyCode: 'Escape' },
  '?': { keyCode: 'F1' },
  L: { keyCode: 'Left' },
  R: { keyCode: 'Right' },
  U: { keyCode: 'Up' },
  D: { keyCode: 'Down' },
  '.': { keyCode: 'numdec' },
  '+': { keyCode: 'numadd' },
  '-': { keyCode: 'numsub' },
  '*': { keyCode: 'nummult' },
  '/': { keyCode: 'numdiv' },
};

const inputsOf = ({ keyCode, text, shift }: Key): readonly KeyboardInputEvent[] => {
  const modifiers: KeyboardInputEvent['modifiers'] = shift ? ['shift'] : [];
  const types = ['keyDown', ...(text ? (['char'] as const) : []), 'keyUp'] as const;
  return types.map((type) => ({ type, keyCode, modifiers }));
};

/** Made once: hearing a digit makes no new string, and leaves none behind. */
const table: readonly HeardByte[] = Array.from({ length: 256 }, (_, byte): HeardByte => {
  const letter = String.fromCharCode(byte);
  const key = keys[letter];
  if (key !== undefined) return { kind: 'key', inputs: inputsOf(key) };
  const hold = ({ h: 'held', n: 'notHeld', f: 'free' } as const)[letter];
  return hold === undefined ? { kind: 'nonsense' } : { kind: 'hold', hold };
});

/** What one byte of the helper says. */
export function heardByte(byte: number): HeardByte {
  return table[byte] ?? { kind: 'nonsense' };
}
