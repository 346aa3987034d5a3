/** The five people of an evaluation, and those that are added with a real badge: names, virtual UIDs and PINs that stand on the terminal. None of them exists in an installed station. */
import type { Language } from '../../core/types.ts';
import { fixedBytes } from '../pin-buffer.ts';

export type DemoPerson = { readonly given: string; readonly initial: string; readonly language: Language | null; readonly pin: string };
/** Digits of every demo PIN. */
export const demoPinLength = 6;

export const demoPeople: readonly (DemoPerson & { readonly uid: string })[] = [
  { given: 'Sam', initial: 'B', language: null, uid: '04a1b2c3d4e501', pin: '482915' },
  { given: 'Ana', initial: 'K', language: null, uid: '04a1b2c3d4e502', pin: '730164' },
  { given: 'Luz', initial: 'M', language: 'es', uid: '04a1b2c3d4e503', pin: '915026' },
  { given: 'Omar', initial: 'T', language: null, uid: '04a1b2c3d4e504', pin: '629470' },
  { given: 'Mei', initial: 'L', language: null, uid: '04a1b2c3d4e505', pin: '574093' },
];

/** Who an unknown badge becomes, in order; once all are taken, the last one gets the badge as well. */
export const addedPeople: readonly DemoPerson[] = [
  { given: 'Robin', initial: 'S', language: null, pin: '638204' },
  { given: 'Noor', initial: 'D', language: null, pin: '184629' },
  { given: 'Kim', initial: 'P', language: null, pin: '907351' },
];

/** The tray's badge that nobody has enrolled. */
export const strangerUid = '04f0e1d2c3b4a5';

/** The sealed code of the evaluation, which stands on the terminal as well. */
export const demoEmergencyCode = '481516234208';

export function digitsOf(pin: string): Uint8Array {
  const digits = fixedBytes(pin.length);
  for (let i = 0; i < pin.length; i++) digits[i] = pin.charCodeAt(i) - 0x30;
  return digits;
}
