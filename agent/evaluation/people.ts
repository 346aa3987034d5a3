/** Nothing comes in: the five people of an evaluation and those that are added with a real badge go out, with roles, staff numbers, virtual UIDs and PINs that stand on the terminal. None of them exists in an installed station. */
import type { Language, Role } from '../../core/types.ts';
import { fixedBytes } from '../pin-buffer.ts';

export type DemoPerson = {
  readonly given: string;
  readonly initial: string;
  readonly language: Language | null;
  readonly role: Role;
  readonly number: string;
  readonly pin: string;
};
/** Digits of every demo PIN, and of every demo staff number. */
export const demoPinLength = 6;
export const demoNumberLength = 6;

export const demoPeople: readonly (DemoPerson & { readonly uid: string })[] = [
  { given: 'Sam', initial: 'B', language: null, role: 'nurse', number: '204817', uid: '04a1b2c3d4e501', pin: '482915' },
  { given: 'Ana', initial: 'K', language: null, role: 'nurse', number: '730551', uid: '04a1b2c3d4e502', pin: '730164' },
  { given: 'Luz', initial: 'M', language: 'es', role: 'nurse', number: '662299', uid: '04a1b2c3d4e503', pin: '915026' },
  { given: 'Omar', initial: 'T', language: null, role: 'physician', number: '318446', uid: '04a1b2c3d4e504', pin: '629470' },
  { given: 'Mei', initial: 'L', language: null, role: 'physician', number: '597120', uid: '04a1b2c3d4e505', pin: '574093' },
];

/** Who an unknown badge becomes, in order; once all are taken, the last one gets the badge as well. */
export const addedPeople: readonly DemoPerson[] = [
  { given: 'Robin', initial: 'S', language: null, role: 'nurse', number: '441903', pin: '638204' },
  { given: 'Noor', initial: 'D', language: null, role: 'nurse', number: '826075', pin: '184629' },
  { given: 'Kim', initial: 'P', language: null, role: 'physician', number: '153928', pin: '907351' },
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
