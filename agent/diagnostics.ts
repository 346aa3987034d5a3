/** What IT should know comes in under a stable id; one line goes to journald, or to a file that never outgrows its limit. No secret, no name, no UID is ever passed here. */
import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { priorities, severityOf } from './events/event.ts';
import { systemLog, type Tell } from './events/system-log.ts';

/** Every id that can appear, with its meaning; the README's table is checked against this. An id is never reused. */
export const diagnosticIds = {
  TW1001: 'The agent started.',
  TW1002: 'The agent stopped.',
  TW1003: 'The station is degraded: it opens nobody until the named cause is gone.',
  TW1004: 'The station was set up on another computer: a copy of it, or new hardware. It opens nobody until `tapward setup` is told which.',
  TW1005: 'The station set itself up at this start.',
  TW1006: 'The store was brought to a new version.',
  TW1007: 'The store could not be brought to this version and is as it was: found by the installer, which then installs nothing, or by the agent at its start.',
  TW1101: 'An exception reached the queue; the station locked.',
  TW1102: 'An effect failed; the station locked.',
  TW1201: 'The program that reads badges: started, ended, or restarted.',
  TW1202: 'The PC/SC service: lost, refused, hung or back.',
  TW1203: 'A reader slot is not used, with the reason.',
  TW1204: 'A reader does not answer, or its cards are refused to this program.',
  TW1301: 'A PIN could not be checked because the store or the key derivation did not answer.',
  TW1302: 'The ledger was repaired or found damaged.',
  TW1303: 'A signed checkpoint of the ledger: kept off the station, it shows later whether the ledger was cut short.',
  TW1304: 'Security keys cannot be verified on this computer: none opens anything.',
  TW1305: 'The day of a badge’s last use could not be written down.',
  TW1401: 'The policy was refused, with each fault; the last good policy stays.',
  TW1402: 'The last good policy could not be kept on the disk, or could not be looked at again.',
  TW1403: 'The policy changed, with the settings that differ.',
  TW1404: 'A file of CAs or revocations for PIV cards cannot be used, and cards that depend on it open nothing; or it can be again.',
  TW1501: 'An administrator’s command came over the local door.',
  TW1502: 'The local door could not be opened: commands cannot reach the agent.',
  TW1503: 'The door for applications that ask for a fresh proof: could not be opened, or somebody was turned away.',
  TW1601: 'The face’s program: started, ended and started again, or killed because it did not answer.',
  TW1602: 'The face’s program refused the switches it was started with, which open it to others; it is not started again.',
  TW1603: 'The face’s door: somebody was turned away or put out, with the reason.',
  TW1604: 'The face’s door could not be opened: no screen can be shown.',
  TW1605: 'A face covers every display, or none does any more.',
  TW1606: 'Keys that no window can stop (Alt+Tab, the system key) can leave the locked screen, with the reason; or they cannot any more.',
  TW1701: 'Sessions of the system: logind or its bus was lost, a lock was not confirmed, or no greeter could be shown.',
  TW1702: 'The installed agent could not start, with the reason.',
  TW1901: 'A door for PAM or for lockers could not be opened: passwords work there, taps do not.',
  TW1902: 'A door for PAM or for lockers: somebody was turned away, with the reason.',
  TW1903: 'A locker died without having been unlocked: on X11 its session lay open until the station closed it.',
  TW1904: 'A session was opened at the system’s own screen without a tap: by a password.',
  TW2000: 'Windows’ sessions: the host is not reached, or a lock, a sign-out or a logon was not confirmed by Windows.',
  TW1801: 'The session helper’s door: a helper came or left, was turned away or put out, with the reason.',
  TW1802: 'The session helper’s door could not be opened: no session can be shown or parked.',
  TW1803: 'A hook file failed, was late or was refused, by its event and its name; or nothing covered the desktop and its session was ended.',
  TW2101: 'The notification hook was not run, because others could change it or it cannot be run here; nobody was told.',
  TW2102: 'The notification hook failed twice, or did not end in time; nobody was told.',
  TW2103: 'The ledger could not take an entry of an emergency: it stands in the reserve, and the station needs mending.',
  TW2104: 'Entries of the reserve were taken over into the ledger, or the reserve cannot be used.',
  TW2105: 'A sealed emergency code was used, or could not be checked.',
  TW2201: 'Emergency access opened a session.',
  TW2202: 'A PIN was blocked by wrong ones in a row.',
  TW2203: 'A badge that should prove itself showed another key, or a counter that fell behind: there may be a copy of it.',
  TW2204: 'No badge reader has been there for five minutes.',
  TW2205: 'An emergency was reviewed.',
} as const;
export type DiagnosticId = keyof typeof diagnosticIds;
export type Diagnose = (id: DiagnosticId, text: string) => void;

/** The stable id of what the PC/SC adapter reports under a name of its own. */
export function pcscDiagnosticId(name: string): DiagnosticId {
  if (name.startsWith('reader-skipped')) return 'TW1203';
  if (name === 'service-hung' || name === 'wait-ended') return 'TW1202';
  return name === 'card-refused' || name === 'reader-silent' ? 'TW1204' : 'TW1201';
}

const fileLimit = 1_000_000;

/** One line each, to the system's log. Under systemd (which sets JOURNAL_STREAM) that is journald, and standard error with sd-daemon(3)'s priority where it does not listen; elsewhere also `agent.log` in `dir`, and one older file of the same limit. */
export function createDiagnostics(dir: string, tell: Tell = {}): Diagnose {
  const system = systemLog(tell);
  if (process.env['JOURNAL_STREAM'] !== undefined)
    return (id, text) => {
      if (system?.(id, shown(text)) !== true) process.stderr.write(`<${priorities[severityOf(id)]}>${line(id, text)}\n`);
    };
  const path = join(dir, 'agent.log');
  return (id, text) => {
    if (tell.windows !== undefined) system?.(id, shown(text));
    try {
      if (sizeOf(path) > fileLimit) renameSync(path, `${path}.1`);
      appendFileSync(path, `${new Date().toISOString()} ${line(id, text)}\n`, { mode: 0o600 });
    } catch {
      // A full disk must not stop the station from locking; the ledger, which must be writable, says so itself.
    }
  };
}

const shown = (text: string): string => text.replace(/[\r\n]+/g, ' ').slice(0, 500);
const line = (id: DiagnosticId, text: string): string => `${id} ${shown(text)}`;

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
