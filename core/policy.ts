/** The site's settings as the core reads them, and their defaults. The agent's schema checks a file against this type. */
import type { Grade, Millis, Role } from './types.ts';

/** An exception somebody answers for: a tap with a badge that proves nothing suffices for a while. */
export type UidWindow = {
  /** Who answers for it. */
  readonly owner: string;
  /** The last day it holds, as milliseconds of Unix time at its end (UTC). */
  readonly until: number;
  /** At most 4 h. */
  readonly lasts: Millis;
};

/** UIDs from `from` to `to`, hexadecimal, of the same length; `type` as core/card.ts names it, null: any. */
export type CardRange = { readonly type: string | null; readonly from: string; readonly to: string };

/** Settings that a rule may give one role only. */
export const roleSettings = [
  'leastGrade',
  'windowGrades',
  'windowOverall',
  'windowInactivity',
  'windowAskBefore',
  'uidWindow',
  'inactivity',
  'warning',
  'whoAfter',
  'openOverall',
  'takeOver',
  'undo',
  'ownersTap',
  'badgeMode',
  'stayGrace',
  'vouching',
  'shiftCodes',
  'emergency',
] as const satisfies readonly (keyof Policy)[];
export type RoleSettings = Pick<Policy, (typeof roleSettings)[number]>;

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
  /** PAM services of display managers, at whose screen a tap may stand in for the password. */
  readonly pamServices: readonly string[];
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
  /** However busy: work closes this long after its person's last full second factor (SP 800-63B-4 §2.2.3: at most 24 h). */
  readonly openOverall: Millis;
  /** A window with less than this left asks for the PIN at the tap, not in the middle of the work. */
  readonly windowAskBefore: Millis;
  /** A colleague's tap while a session is open: ask first, go straight to the PIN, or ask but refuse while its person is typing. */
  readonly takeOver: 'ask' | 'switch' | 'refuse';
  /** For this long after a colleague took over, the displaced person's tap brings her work straight back, if her badge proves itself; 0: never. */
  readonly undo: Millis;
  /** The owner's tap while she is signed in. */
  readonly ownersTap: 'lock' | 'keep';
  /** `stay`: the badge rests on the reader, and lifting it locks after `stayGrace`. */
  readonly badgeMode: 'tap' | 'stay';
  readonly stayGrace: Millis;
  /** Locked sessions that may wait in the background; the one unused for longest is signed out beyond that. */
  readonly parkedSessions: number;
  /** Locked in the background for this long, a session is signed out. */
  readonly parkedFor: Millis;
  /** Between the warning and the end of a parked session. */
  readonly parkedWarning: Millis;
  /** The touch screen counts nothing for this long while it is wiped. */
  readonly cleaning: Millis;
  /** Locks at once, in the face; null: none. An Electron accelerator. */
  readonly lockKey: string | null;
  /** A button over open work that locks at once. */
  readonly lockButton: 'off' | 'on';
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
  readonly addBadge: 'off' | 'demo' | 'code';
  /** Digits of a staff number. */
  readonly numberLength: number;
  /** Whether a help-desk code lets somebody in without a badge. */
  readonly shiftCodes: 'off' | 'on';
  /** Whether a colleague's badge and PIN make a spare badge somebody's. */
  readonly vouching: 'off' | 'on';
  readonly vouchLasts: Millis;
  /** Spare badges for one person, and vouches by one person, in seven days. */
  readonly vouchesPerWeek: number;
  /** Emergency access: `on` only where IT has set up an emergency session (see README). */
  readonly emergency: 'off' | 'on';
  readonly emergencyLasts: Millis;
  /** Whether a staff number and the station's emergency code suffice where no PIN can be checked. */
  readonly emergencyClaims: 'off' | 'on';
  /** The program that is told of an emergency, a second authenticator or a vouch, with JSON on its standard input; null: nobody is. */
  readonly notifyHook: string | null;
  /** Days without use after which a badge is listed as stale; with `staleBadges: 'retire'` it opens nothing then. */
  readonly staleAfter: number;
  readonly staleBadges: 'list' | 'retire';
  /** Cards that may be enrolled at the station, by UID range; empty: any. Denied ones never. */
  readonly allowedCards: readonly CardRange[];
  readonly deniedCards: readonly CardRange[];
  /** What holds for a role on this station beyond the rest. */
  readonly roles: Readonly<Record<Role, Partial<RoleSettings>>>;
  /** Whose lock it is that an installed station opens: none but its own screen's, a kiosk's one desktop, or the system's sessions (Linux, Windows). */
  readonly sessions: 'none' | 'kiosk' | 'logind' | 'windows';
  /** With logind: who says that a session is locked. `hint`: the desktop (GNOME, KDE); `locker`: the program that locks, at the agent's door. */
  readonly locker: 'hint' | 'locker';
  /** With logind: a session whose lock was twice not confirmed is ended, its unsaved work with it. */
  readonly endUnlocked: 'off' | 'on';
  /** With logind: the VT of a greeter that neither logind nor LightDM names; 0: none. */
  readonly greeterVt: number;
  /** With a kiosk: the account of the system whose one desktop everybody works in. */
  readonly kioskAccount: string;
  /** With logind: the local account whose session is the site's own for emergencies; '': none. */
  readonly emergencyAccount: string;
  /** With a kiosk: how long the hook files of one event may take together. */
  readonly hookTimeout: Millis;
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
  pamServices: ['lightdm', 'gdm-password', 'sddm', 'greetd'],
  securityKeys: 'off',
  keyPin: 'station',
  inactivity: 300_000,
  warning: 20_000,
  whoAfter: 60_000,
  openOverall: 12 * 3_600_000,
  windowAskBefore: 900_000,
  takeOver: 'ask',
  undo: 10_000,
  ownersTap: 'lock',
  badgeMode: 'tap',
  stayGrace: 3_000,
  parkedSessions: 6,
  parkedFor: 12 * 3_600_000,
  parkedWarning: 60_000,
  cleaning: 30_000,
  lockKey: 'Ctrl+Alt+L',
  lockButton: 'on',
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
  numberLength: 6,
  shiftCodes: 'off',
  vouching: 'off',
  vouchLasts: 12 * 3_600_000,
  vouchesPerWeek: 2,
  emergency: 'off',
  emergencyLasts: 30 * 60_000,
  emergencyClaims: 'off',
  notifyHook: null,
  staleAfter: 90,
  staleBadges: 'list',
  allowedCards: [],
  deniedCards: [],
  roles: {},
  sessions: 'none',
  locker: 'hint',
  endUnlocked: 'off',
  greeterVt: 0,
  kioskAccount: 'kiosk',
  emergencyAccount: '',
  hookTimeout: 5_000,
  stationName: 'Station',
  helpPhone: '4321',
  language: 'en',
  theme: 'auto',
  nightSound: 'low',
};

/** The policy as it holds at this wall-clock time (milliseconds of Unix time): an exception past its last day is none. */
export const inForce = (policy: Policy, wall: number): Policy => (policy.uidWindow !== null && wall > policy.uidWindow.until ? { ...policy, uidWindow: null } : policy);

/** The policy as it holds for this role; every setting has a value, whatever the rules say. */
export function forRole(policy: Policy, role: Role | null): Policy {
  const own = role === null || !Object.hasOwn(policy.roles, role) ? undefined : policy.roles[role];
  return own === undefined ? policy : { ...policy, ...own };
}
