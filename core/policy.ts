/** The site's settings as the core reads them, and their defaults. The agent's schema checks a file against this type. */
import type { Grade, Millis } from './types.ts';

/** An exception somebody answers for: a tap with a badge that proves nothing suffices for a while. */
export type UidWindow = {
  /** Who answers for it. */
  readonly owner: string;
  /** The last day it holds, as milliseconds of Unix time at its end (UTC). */
  readonly until: number;
  /** At most 4 h. */
  readonly lasts: Millis;
};

export type Policy = {
  /** Digits of a station PIN, 6 to 12. SP 800-63B-4 §3.1.1.2 wants 8 beside a badge that proves a key. */
  readonly pinLength: number;
  /** Badges of a lower grade open nothing here. */
  readonly leastGrade: Grade;
  /** Grades whose tap alone suffices inside a window that a second factor began. `uid` is never one of them. */
  readonly windowGrades: readonly Grade[];
  /** From the second factor until it is asked again (SP 800-63B-4 §2.2.3: at most 24 h). */
  readonly windowOverall: Millis;
  /** Without a sign of her for this long, it is asked again (same clause: at most 1 h). */
  readonly windowInactivity: Millis;
  /** null: a badge that proves nothing never opens by a tap alone. */
  readonly uidWindow: UidWindow | null;
  /** Application identifier of provable DESFire badges, 6 hexadecimal digits. */
  readonly desfireAid: string;
  /** Files of PIV's trust: roots, intermediates, revocations; null: none. */
  readonly pivRoots: string | null;
  readonly pivIntermediates: string | null;
  readonly pivCrl: string | null;
  /** How long after its nextUpdate a list of revocations still counts at a tap. */
  readonly pivCrlGrace: Millis;
  /** Whether an administrator may enrol a PIV card whose certificate leads to no root, by its key alone. */
  readonly pivPins: 'off' | 'on';
  /** Attestation roots of security keys, and the models taken; neither: any model. */
  readonly keyRoots: string | null;
  readonly keyModels: readonly string[];
  /** Applications that may ask for a fresh proof, by the program file they run; what the screen calls each. */
  readonly stepUpApps: readonly { readonly program: string; readonly name: string }[];
  /** Whether a security key in the face (WebAuthn) is another way in. */
  readonly securityKeys: 'off' | 'on';
  /** Beside a security key at the reader that has a PIN of its own: whose PIN is asked. `key`: its own, which it checks itself (SP 800-63B-4 §3.1.7). */
  readonly keyPin: 'station' | 'key';
  /** Inactivity until the station locks (45 CFR 164.312(a)(2)(iii); SP 800-63B-4 §2.2.3: at most 1 h). */
  readonly inactivity: Millis;
  /** How long the walk-away warning stands before that lock. */
  readonly warning: Millis;
  /** Idle time after which the strip says who is signed in. */
  readonly whoAfter: Millis;
  /** A colleague's tap while a session is open: ask first, or go straight to the PIN. */
  readonly takeOver: 'ask' | 'switch';
  /** Out of the field for this long before the same badge counts again. */
  readonly sameBadgeAfter: Millis;
  /** The owner's tap within this time of opening means keep. */
  readonly keepAfterOpen: Millis;
  /** The owner's tap within this time of a key press means keep. */
  readonly typingGuard: Millis;
  /** Typed digits are wiped after this long without a key. */
  readonly digitsWipedAfter: Millis;
  /** The PIN screen gives up after this long without a key. */
  readonly pinGivesUpAfter: Millis;
  /** A card that is in the field but not read by then is unreadable. */
  readonly readingStopsAfter: Millis;
  /** Wrong PINs until the first wait. */
  readonly triesBeforeWait: number;
  /** The waits that follow, in order; the last one repeats. */
  readonly waits: readonly Millis[];
  /** Wrong PINs in a row that block (SP 800-63B-4 §3.2.10: at most 10). */
  readonly blockAfter: number;
  /** A reader that vanishes under an open session: keep it, or lock. */
  readonly readerLost: 'keep' | 'lock';
  /** Adding an unknown badge from the screen: `demo` exists only in evaluation. */
  readonly addBadge: 'off' | 'demo';
  /** Shown on the screen. */
  readonly stationName: string;
  readonly helpPhone: string;
  readonly language: 'en' | 'es';
  readonly theme: 'day' | 'night' | 'auto';
  readonly nightSound: 'low' | 'off';
};

export const defaultPolicy: Policy = {
  pinLength: 6,
  leastGrade: 'uid',
  windowGrades: ['aes', 'piv', 'fido'],
  windowOverall: 4 * 3_600_000,
  windowInactivity: 3_600_000,
  uidWindow: null,
  desfireAid: '545701',
  pivRoots: null,
  pivIntermediates: null,
  pivCrl: null,
  pivCrlGrace: 24 * 3_600_000,
  pivPins: 'off',
  keyRoots: null,
  keyModels: [],
  stepUpApps: [],
  securityKeys: 'off',
  keyPin: 'station',
  inactivity: 300_000,
  warning: 20_000,
  whoAfter: 60_000,
  takeOver: 'ask',
  sameBadgeAfter: 1_000,
  keepAfterOpen: 3_000,
  typingGuard: 2_000,
  digitsWipedAfter: 10_000,
  pinGivesUpAfter: 20_000,
  readingStopsAfter: 10_000,
  triesBeforeWait: 5,
  waits: [30_000, 60_000, 300_000],
  blockAfter: 10,
  readerLost: 'keep',
  addBadge: 'off',
  stationName: 'Station',
  helpPhone: '4321',
  language: 'en',
  theme: 'auto',
  nightSound: 'low',
};

/** The policy as it holds at this wall-clock time (milliseconds of Unix time): an exception past its last day is none. */
export const inForce = (policy: Policy, wall: number): Policy => (policy.uidWindow !== null && wall > policy.uidWindow.until ? { ...policy, uidWindow: null } : policy);
