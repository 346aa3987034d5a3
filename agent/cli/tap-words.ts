/** The rule that decided a tap comes in; what happened, why, and what to do next go out, in words for IT. Every rule has its words, or this does not compile. */
import type { OutcomeCode, SubscriberId, TapReason } from '../../core/types.ts';
import type { Loose, TapAccount } from './taps.ts';

/** `outcome`: two words at most. `rule` and `next`: one sentence each. */
export type Words = { readonly outcome: string; readonly rule: string; readonly next: string };
type Told = Words | ((tap: Whose) => Words);
type Whose = Pick<TapAccount, 'subscriber' | 'outcome'>;

const nothing = 'Nothing to do.';
const kept = (rule: string, next = 'To lock, tap again in a moment, or press Lock now.'): Words => ({ outcome: 'kept open', rule, next });
const ignored = (rule: string, next: string): Words => ({ outcome: 'ignored', rule, next });
const refused = (rule: string, next: string): Words => ({ outcome: 'refused', rule, next });
const ended = (rule: string, next = 'Tap again.'): Words => ({ outcome: 'ended', rule, next });
const newPin = ({ subscriber }: Whose): string => `tapward reset-pin ${subscriber ?? 'PERSON'}`;

export const tapWords: Readonly<Record<TapReason, Told>> = {
  asked: { outcome: 'PIN asked', rule: 'The badge is enrolled here, so a PIN was asked.', next: 'Enter the PIN.' },
  askedSwitch: { outcome: 'asked', rule: 'Somebody else’s work was open, so the screen asked whether to switch.', next: 'Press Switch, then enter the PIN.' },
  opened: { outcome: 'opened', rule: 'Badge and PIN were right, and the system confirmed the open session.', next: nothing },
  switched: { outcome: 'switched', rule: 'Badge and PIN were right, and the system confirmed the change of session.', next: nothing },
  inWindow: { outcome: 'opened', rule: 'She had proved herself with two factors not long ago, so the badge alone was enough.', next: nothing },
  undone: { outcome: 'opened', rule: 'A colleague had taken over a moment before, so the badge brought her work straight back.', next: nothing },
  refusedTyping: refused('The person signed in was typing, and the policy lets nobody take over then.', 'Wait until the person has stopped typing, then tap again.'),
  staying: kept('The badge has to rest on the reader here, and was put back.', 'Lift the badge to lock.'),
  keptPolicy: kept('The policy says that her own tap does not lock.', 'Press Lock now to lock.'),
  emergency: ended('Emergency access was asked for with this badge.', 'Go on at the screen.'),
  form: ignored('The badge was shown for what was being typed at the screen.', 'Go on at the screen.'),
  practice: { outcome: 'practice', rule: 'The tap belonged to the practice.', next: nothing },
  tappedOut: { outcome: 'locked', rule: 'The badge was that of the person signed in, so the tap locked.', next: nothing },
  keptTyping: kept('The person signed in had just pressed a key, so her tap did not lock.'),
  keptOpening: kept('The station was just opening for this person.'),
  keptJustOpened: kept('The station had opened for this person only a moment before.'),
  keptWarning: kept('The walk-away warning stood, so the tap meant: keep working.'),
  keptIdle: kept('The strip said who is signed in, so her tap meant: still here.'),
  keptOwner: kept('Somebody else was being asked for a PIN, and the tap of the person signed in kept her work open.'),
  tooSoon: ignored('The same badge counts again only once it was away from every reader for a moment.', 'Lift the badge, wait a second, tap again.'),
  sameAttempt: ignored('This person was already being asked.', 'Go on at the screen.'),
  besideBadge: ignored('A card that is no badge here lay beside an enrolled one, or came while one was being asked or opened for.', 'Tap the badge alone.'),
  twoBadges: refused('Two enrolled badges lay on the readers at once, so neither counted.', 'Take one away, then tap the other.'),
  unknown: refused('Nobody is enrolled here with this badge.', 'Enrol it: tapward enrol.'),
  revoked: refused('The badge or its person was revoked.', 'If that was a mistake, enrol the person anew: tapward enrol.'),
  unproved: refused(
    'The badge was enrolled as one that proves itself, and what answered could not: a copy, or a broken badge.',
    'Look at `tapward ledger`; give the person a new badge if hers is broken.',
  ),
  tooWeak: refused('The policy asks for badges that prove more than this one can.', 'Give the person a badge of a higher grade, and enrol it.'),
  unusable: refused('The card shows another number at each tap, as phones and bank cards do.', 'Tap the badge alone, away from phone and purse.'),
  unreadable: refused('The card in the field could not be read.', 'Hold the badge on the reader for a second; if that does not help, run tapward doctor.'),
  goneTooSoon: refused('The badge left the reader before it was read.', 'Hold the badge on the reader for a second.'),
  wrongPin: (tap) => refused('The PIN was wrong.', `Enter it again, or set a new one: ${newPin(tap)}.`),
  waiting: (tap) => refused('Too many wrong PINs: this person has to wait.', `Wait for the time on the screen, or set a new PIN: ${newPin(tap)}.`),
  blocked: (tap) => refused('Too many wrong PINs in a row, or none was ever set: the PIN is blocked.', `Set a new one: ${newPin(tap)}.`),
  keyBlocked: ({ subscriber }) =>
    refused(
      'The security key’s own PIN is blocked: too many wrong ones in a row.',
      `Reset the key with its maker’s tool, then enrol it anew: tapward enrol --for ${subscriber ?? 'PERSON'} --as fido.`,
    ),
  cancelled: ended('The PIN screen was left by Cancel or Another way.'),
  declined: ended('Not now was pressed when the screen asked whether to switch.', 'To switch, tap again and press Switch.'),
  timedOut: ended('Nothing was pressed for too long.'),
  displaced: ended('Another badge was tapped before this one was through.'),
  unreachable: { outcome: 'not checked', rule: 'The PIN could not be checked because the store gave no answer; it was not counted as wrong.', next: 'Run tapward doctor.' },
  notOpened: ({ outcome }) => (outcome === null ? { outcome: 'not opened', ...outcomeWords.unconfirmed } : { outcome: 'not opened', ...outcomeWords[outcome] }),
  degraded: { outcome: 'not opened', rule: 'The station is degraded and opens nobody.', next: 'Run tapward doctor.' },
  readerLost: { outcome: 'locked', rule: 'The reader was unplugged, and the policy locks then.', next: 'Plug the reader in again.' },
  added: { outcome: 'added', rule: 'The badge was enrolled from the screen.', next: 'Tap it again to sign in.' },
  busyOpening: ignored('The station was just opening for somebody else.', 'Wait until it has opened, then tap again.'),
  revokedNow: ended('The person was revoked while being asked for the PIN.', 'If that was a mistake, enrol the person anew: tapward enrol.'),
  readerTest: { outcome: 'test', rule: 'The help screen’s reader test used this card.', next: 'Tap again to sign in.' },
  faceLost: { outcome: 'not opened', rule: 'No face covered the screen just then, so the station stayed locked.', next: 'Tap again; if it stays, run tapward doctor.' },
  taken: { outcome: 'taken', rule: 'An administrator’s command was waiting for a badge and took this one.', next: 'Tap again to sign in.' },
};

/** Why a permitted open was not confirmed. */
export const outcomeWords: Readonly<Record<OutcomeCode, Pick<Words, 'rule' | 'next'>>> = {
  vanished: { rule: 'The PIN was right, but the session ended before it could open.', next: 'Tap again: a new session is made.' },
  notConsole: { rule: 'The PIN was right, but the session is not the one at this screen.', next: 'Tap again.' },
  noSession: { rule: 'The PIN was right, but there was no session to open.', next: 'Tap again: a new session is made.' },
  staleSecret: { rule: 'The PIN was right, but the system no longer takes the stored password.', next: 'Sign in once with the password.' },
  account: { rule: 'The PIN was right, but the system refused the account (expired, locked or to be changed).', next: 'Mend the account in the directory, then tap again.' },
  rejected: { rule: 'The PIN was right, but the system rejected the grant.', next: 'Tap again; if it stays, run tapward doctor.' },
  timeout: { rule: 'The PIN was right, but the system did not answer in time.', next: 'Tap again; if it stays, restart the computer.' },
  unconfirmed: { rule: 'The PIN was right, but the system did not confirm the open session, so the station locked.', next: 'Tap again; if it stays, run tapward doctor.' },
  unsupported: { rule: 'The PIN was right, but this system cannot open a session that way.', next: 'Run tapward doctor.' },
  busy: { rule: 'The PIN was right, but the system was at another session.', next: 'Tap again.' },
  revoked: { rule: 'A newer tap came before the system had taken this one.', next: 'Tap again.' },
  expired: { rule: 'The PIN was right, but the sessions had changed in between.', next: 'Tap again.' },
};

const looseWords: Readonly<Record<Exclude<Loose, 'underWay'>, Words>> = {
  agentStopped: { outcome: 'cut off', rule: 'The agent stopped before this tap was through.', next: 'Tap again.' },
  outcomeUnknown: { outcome: 'unknown', rule: 'The agent stopped while the station was opening; at its next start it locked.', next: 'Tap again.' },
};

/** What became of one tap. */
export function tell(tap: TapAccount): Words {
  if (tap.loose === 'outcomeUnknown' || tap.loose === 'agentStopped') return looseWords[tap.loose];
  const told: Told | undefined = tapWords[tap.reason];
  // The ledger is a file: what it says may have been changed.
  if (told === undefined) return { outcome: 'unknown', rule: 'The ledger names no rule that this version knows.', next: 'Run tapward ledger verify.' };
  const words = typeof told === 'function' ? told(tap) : told;
  if (tap.wrongPins === 0) return words;
  const wrong = tap.wrongPins === 1 ? 'one wrong PIN' : `${tap.wrongPins} wrong PINs`;
  const gaveUp = tap.reason === 'cancelled' || tap.reason === 'timedOut';
  return { ...words, rule: `${words.rule.slice(0, -1)}, after ${wrong}.`, next: gaveUp ? `Tap again, or set a new PIN: ${newPin(tap)}.` : words.next };
}

/** What the rule alone says, of a tap that was not made. */
export function ruleOf(reason: TapReason, subscriber: SubscriberId): string {
  const told = tapWords[reason];
  return (typeof told === 'function' ? told({ subscriber, outcome: null }) : told).rule;
}
