/** A key on any keyboard comes in; what it does on the screen that stands goes out. A numeric keypad alone is enough for everything. */
import type { Gesture } from '../core/bridge.ts';
import type { Section } from './picture.ts';

export type KeyDeed = Gesture | { readonly kind: 'first' | 'next' | 'previous' };

/** What leaves each screen; the others are left by `back`. Escape on the warning means she is there. */
const leave: Partial<Readonly<Record<Section, Exclude<Gesture['kind'], 'digit'> | null>>> = {
  pin: 'cancel',
  enrolKey: 'cancel',
  choose: 'notNow',
  reading: 'cancel',
  away: 'keepWorking',
  idle: null,
  readerMissing: null,
  callIt: null,
  welcome: null,
};

/**
 * The deed of a key, or null where the key means nothing here. On a numeric keypad: digits with or without its Num lock, `.` erases,
 * `Enter` presses, `+` and `-` walk through the buttons, `/` leaves, `*` is help.
 */
export function deedOf(key: string, code: string, section: Section): KeyDeed | null {
  // While the screen is wiped, a cloth presses keys as well.
  if (section === 'open' || section === 'lost' || section === 'cleaning') return null;
  const digit = /^Numpad(\d)$/.exec(code)?.[1] ?? (/^\d$/.test(key) ? key : undefined);
  if (digit !== undefined) return section === 'pin' ? { kind: 'digit', digit: Number(digit) } : null;
  if (code === 'NumpadAdd') return { kind: 'next' };
  if (code === 'NumpadSubtract') return { kind: 'previous' };
  if (code === 'NumpadMultiply' || key === 'F1') return section === 'help' ? null : { kind: 'help' };
  if (key === 'Enter' || (key === ' ' && section === 'away')) return { kind: 'first' };
  if (key === 'Escape' || code === 'NumpadDivide') {
    const kind = leave[section];
    return kind === null ? null : { kind: kind ?? 'back' };
  }
  if (section !== 'pin') return null;
  if (key === 'Backspace' || code === 'NumpadDecimal') return { kind: 'erase' };
  return key === 'Delete' ? { kind: 'clear' } : null;
}
