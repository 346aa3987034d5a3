/** Nothing comes in: each setting of Policy goes out with its limits and its meaning, in the order of Policy. `roles` is not among them: the file's rules make it. */
import type { Policy } from '../../core/policy.ts';
import { accelerator, atStart, cardRanges, choice, choices, exact, exception, type Field, filePath, linuxOnly, list, programs, text, time, times, whole } from './field.ts';

/** A setting that the file, or a rule of it, may name. */
export type Key = Exclude<keyof Policy, 'roles'>;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Each setting's limits and meaning. */
export const fields: { readonly [K in Key]: Field<Policy[K]> } = {
  pinLength: whole(6, 12, 'Digits of a station PIN. SP 800-63B-4 asks for 8 beside a badge that proves a key.'),
  leastGrade: choice(['uid', 'aes', 'piv', 'fido'], 'Badges of a lower grade open nothing here; `aes` asks for badges that prove themselves.'),
  windowGrades: choices(['aes', 'piv', 'fido'], 'Grades whose tap alone suffices inside a window that a second factor began.'),
  windowOverall: time(minute, day, 'From the second factor until it is asked for again (SP 800-63B-4 §2.2.3: at most 24 h).'),
  windowInactivity: time(minute, hour, 'Without a sign of the person for this long, it is asked for again (same clause: at most 1 h).'),
  uidWindow: exception('The exception by which a badge that proves nothing opens by a tap alone, inside a window. Each such unlock stands in the ledger as reaching no AAL.'),
  // 000000 is the card itself.
  desfireAid: exact(
    /^(?!0{6})[0-9a-f]{6}$/,
    '6 hexadecimal digits in lower case, not all 0',
    'Application identifier of provable DESFire badges; the same wherever they are personalised.',
  ),
  pivRoots: filePath('The file of root CAs that PIV cards must lead to, PEM or DER.'),
  pivIntermediates: filePath('The file of CAs between those roots and the cards.'),
  pivCrl: filePath('The file of revocations (CRL) that IT puts there; a card it names opens nothing.'),
  pivCrlGrace: time(0, 30 * day, 'How long an overdue list of revocations still counts at a tap; then PIV cards open nothing. At enrolment none that is overdue counts.'),
  pivPins: choice(['off', 'on'], 'Whether a PIV card without a path to a root may be enrolled by its key alone.'),
  keyRoots: filePath('The file of attestation roots that security keys must come from; goes with `keyModels`.'),
  keyModels: list(
    64,
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'AAGUIDs',
    'The models of security keys that are taken, by packed attestation alone: what is built into a computer (TPM) is refused then. Goes with `keyRoots`.',
  ),
  stepUpApps: linuxOnly(programs('Applications that may ask the signed-in person to prove herself anew for one act.')),
  pamServices: linuxOnly(
    list(
      16,
      /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/,
      'names of files in /etc/pam.d',
      'Display managers at whose screen a tap may stand in for the password (Linux). Others’ PAM transactions are refused, and `su`, `sudo`, `sshd` and their like cannot be named.',
    ),
  ),
  securityKeys: choice(['off', 'on'], 'Whether a security key, plugged in or built in, is another way to sign in (WebAuthn).'),
  keyPin: choice(
    ['station', 'key'],
    'The PIN beside a security key at the reader: the station’s, or the key’s own where it was enrolled with one. The key checks its own, and that alone is AAL2.',
  ),
  inactivity: time(10 * second, hour, 'Time without input until the station locks (45 CFR 164.312(a)(2)(iii); SP 800-63B-4 §2.2.3: at most 1 h).'),
  warning: time(5 * second, 2 * minute, 'How long the screen warns before that lock.'),
  whoAfter: time(5 * second, hour, 'Time without input after which a strip says who is signed in.'),
  openOverall: time(minute, day, 'However busy: open work locks this long after its person’s last full second factor (SP 800-63B-4 §2.2.3: at most 24 h).'),
  windowAskBefore: time(0, 4 * hour, 'A window with less than this left asks for the PIN at the tap, not in the middle of the work.'),
  takeOver: choice(
    ['ask', 'switch', 'refuse'],
    'A colleague’s tap while somebody’s work is open: ask first, go straight to the PIN, or ask but refuse while its person is typing.',
  ),
  undo: time(0, minute, 'For this long after a colleague took over, the displaced person’s tap brings her work straight back, if her badge proves itself; 0 s: never.'),
  ownersTap: choice(['lock', 'keep'], 'The owner’s tap while she is signed in: lock, or keep the station open. During a warning it always keeps it open.'),
  badgeMode: choice(['tap', 'stay'], 'Whether a tap is enough (`tap`), or the badge rests on the reader and lifting it locks (`stay`).'),
  stayGrace: time(500, 30 * second, 'A resting badge may be off the reader for this long before the station locks.'),
  parkedSessions: whole(1, 32, 'Locked sessions that may wait in the background; beyond that, the one unused for longest is warned and signed out.'),
  parkedFor: time(minute, 7 * day, 'A session that waited locked for this long is warned and signed out.'),
  parkedWarning: time(0, hour, 'Between that warning and the sign-out; whoever comes back meanwhile keeps her session.'),
  cleaning: time(5 * second, 5 * minute, 'The touch screen counts nothing for this long while it is wiped.'),
  lockKey: accelerator('The key that locks at once.'),
  lockButton: choice(['off', 'on'], 'Whether a button over open work locks at once.'),
  sameBadgeAfter: time(200, minute, 'A badge counts again once it was away from the reader for this long.'),
  keepAfterOpen: time(second, 30 * second, 'The owner’s tap within this time of opening keeps the station open.'),
  typingGuard: time(500, 30 * second, 'The owner’s tap within this time of a key press keeps the station open.'),
  digitsWipedAfter: time(3 * second, minute, 'Typed digits are forgotten after this long without a key.'),
  pinGivesUpAfter: time(5 * second, 2 * minute, 'The PIN screen goes away after this long without a key.'),
  readingStopsAfter: time(2 * second, minute, 'A card that is not read by then is called unreadable.'),
  triesBeforeWait: whole(1, 9, 'Wrong PINs until the first wait.'),
  waits: times(9, second, hour, 'The waits that follow, one for each further wrong PIN; the last one repeats.'),
  blockAfter: whole(2, 10, 'Wrong PINs in a row until the PIN is blocked (SP 800-63B-4 §3.2.10: at most 10).'),
  readerLost: choice(['keep', 'lock'], 'The reader is unplugged while somebody’s work is open: keep it open, or lock.'),
  addBadge: choice(
    ['off', 'demo', 'code'],
    'Whether the screen adds an unknown badge: not at all, by a one-time code from IT, or as a demo person; `demo` exists only in evaluation.',
    ['demo'],
  ),
  numberLength: whole(3, 12, 'Digits of a staff number.'),
  shiftCodes: choice(['off', 'on'], 'Whether a code of the help desk’s, beside her PIN, lets somebody in without a badge for the rest of the shift. It reaches no AAL by itself.'),
  vouching: choice(['off', 'on'], 'Whether a colleague’s badge and PIN make a spare badge somebody’s. It is weaker than a badge of her own, and ledger and screen say so.'),
  vouchLasts: time(minute, day, 'How long such a spare badge counts.'),
  vouchesPerWeek: whole(1, 14, 'Spare badges for one person, and vouches by one person, in 7 days.'),
  emergency: choice(['off', 'on'], 'Whether the locked screen offers emergency access. No button shows until `tapward emergency setup` was run and a session for it is set up.'),
  emergencyLasts: time(5 * minute, 4 * hour, 'How long an emergency session lasts.'),
  emergencyClaims: choice(
    ['off', 'on'],
    'Whether a staff number and the station’s sealed emergency code suffice where no PIN can be checked; the ledger then says `claimed`. It reaches no AAL.',
  ),
  notifyHook: linuxOnly(
    filePath(
      'The program that is told of an emergency, a second authenticator, a code, a new PIN or a spare badge, with JSON on its standard input. Root owns it, and nobody else may write it.',
    ),
  ),
  staleAfter: whole(1, 3650, 'Days without use after which a badge is called stale.'),
  staleBadges: choice(['list', 'retire'], 'Stale badges: only listed, or they open nothing any more.'),
  allowedCards: cardRanges('Cards that may be enrolled at the station; none named: any.'),
  deniedCards: cardRanges('Cards that may not be enrolled at the station, whatever else is allowed.'),
  sessions: atStart(
    choice(
      ['none', 'kiosk', 'logind', 'windows'],
      'What an installed station opens and locks: its own screen alone, the one desktop of a kiosk, or the sessions of the system (logind on Linux, Windows’ own).',
      ['none', 'logind'],
    ),
  ),
  locker: atStart(linuxOnly(choice(['hint', 'locker'], 'With logind: who confirms a lock, the desktop (GNOME, KDE) or the locking program (xsecurelock, swaylock).'))),
  endUnlocked: atStart(
    choice(
      ['off', 'on'],
      'With logind or Windows: a session whose lock was not confirmed twice is ended, its unsaved work with it. With logind it needs the polkit rule 51-tapward-end.rules.',
    ),
  ),
  greeterVt: atStart(linuxOnly(whole(0, 63, 'With logind: the virtual terminal of the greeter, where neither logind nor LightDM names one (GDM: 1); 0: none.'))),
  kioskAccount: atStart(
    linuxOnly(text(32, /^[a-z_][a-z0-9_-]*$/, 'characters of an account’s name', 'With a kiosk: the account of the system whose one desktop everybody works in.')),
  ),
  emergencyAccount: atStart(
    linuxOnly(
      exact(
        /^(|[a-z_][a-z0-9_-]{0,31})$/,
        'the name of a local account, or ""',
        'With logind: the account of this computer whose session emergencies open, and nobody works in; "": none, and no button shows. Needs the polkit rule 51-tapward-end.rules.',
      ),
    ),
  ),
  hookTimeout: time(500, 60_000, 'With a kiosk: how long the hook files of one event may take together; then an opening fails, and a lock stands without them.'),
  stationName: text(40, /^[^\p{C}]+$/u, 'characters', 'The station’s name on the screen; the computer’s own unless set.'),
  helpPhone: text(24, /^[\d +()/.-]+$/, 'characters of a telephone number', 'The number of the help desk on the screen.'),
  language: choice(['en', 'es'], 'The screen’s language until a badge says otherwise.'),
  theme: choice(['day', 'night', 'auto'], 'Light, dark, or dark from 20:00 to 7:00 and where the system asks for dark.'),
  nightSound: choice(['low', 'off'], 'Tones at night: softer, or none.'),
};

/** All of them, in the order of Policy. */
export const keys = (): readonly Key[] => Object.keys(fields) as (keyof typeof fields)[];
/** Whether the file may name it. */
export const isKey = (key: string): key is Key => Object.hasOwn(fields, key);
