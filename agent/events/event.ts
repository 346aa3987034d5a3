/** A diagnostic id comes in; what the system's own log says with it goes out: severity, number, message id, what to do. All of it is as stable as the id. */
import { createHash } from 'node:crypto';
import type { DiagnosticId } from '../diagnostics.ts';

/** As syslog(3) has them; an id that stands for good and bad news has the severity of the bad. */
export type Severity = 'error' | 'warning' | 'notice' | 'info';
export const priorities: Readonly<Record<Severity, number>> = { error: 3, warning: 4, notice: 5, info: 6 };

/** Whatever is named in none of these is a warning. */
const severities: Readonly<Record<Exclude<Severity, 'warning'>, readonly DiagnosticId[]>> = {
  error: ['TW1003', 'TW1004', 'TW1007', 'TW1101', 'TW1102', 'TW1302', 'TW1304', 'TW1502', 'TW1602', 'TW1604', 'TW1702', 'TW1802', 'TW1901', 'TW2103'],
  notice: ['TW1001', 'TW1002', 'TW1005', 'TW1006', 'TW1403', 'TW1904', 'TW2104', 'TW2205'],
  info: ['TW1201', 'TW1303', 'TW1501', 'TW1605', 'TW1801'],
};

/** What IT does about it, in one or two sentences. */
const mends: Partial<Readonly<Record<DiagnosticId, string>>> = {
  TW1001: 'Nothing is to be done.',
  TW1002: 'Nothing is to be done where it was meant to. Otherwise look at what stands before it.',
  TW1003: 'Run `tapward doctor` on the station: it names the cause and its mend. Runbook “Station will not unlock”.',
  TW1004: 'Say which it is with `tapward setup`. Runbook “A cloned station”.',
  TW1005: 'Nothing is to be done.',
  TW1006: 'Nothing is to be done.',
  TW1007: 'Free the disk where that is what it says; otherwise stay with the version before, or install it again, and report this. Runbook “Roll back”.',
  TW1101: 'The agent locked and goes on. Report it with a support bundle; if it comes back, restart the agent.',
  TW1102: 'Look whether the disk is full, then restart the agent. Runbook “A full disk”.',
  TW1201: 'Nothing is to be done, unless it comes every few minutes: then replace the reader or its cable.',
  TW1202: 'See whether pcscd runs. Runbook “Reader dead”.',
  TW1203: 'If badges go into that slot, have it looked at; otherwise nothing is to be done.',
  TW1204: 'Unplug the reader and plug it in again; if that does not help, restart pcscd. Runbook “Reader dead”.',
  TW1301: 'Look whether disk and memory suffice. Nobody’s PIN was counted as wrong.',
  TW1302: 'Keep the disk as it is, then run `tapward ledger verify`.',
  TW1303: 'Let your log server keep it: against it, a ledger that was cut short is found.',
  TW1304: 'Repair the installation; until then people use badges and PINs.',
  TW1305: 'Look whether the disk is full. Runbook “A full disk”.',
  TW1401: 'Check the file with `tapward policy check`. Runbook “Policy refused”.',
  TW1402: 'Look whether the disk is full and the agent’s folder its own. Runbook “A full disk”.',
  TW1403: 'Nothing is to be done where one of you changed it.',
  TW1404: 'Put that file right; it counts within a second. `tapward doctor` says the same of all of them.',
  TW1501: 'Nothing is to be done where it was one of you.',
  TW1502: 'Restart the agent; taps go on to work meanwhile.',
  TW1503: 'Look which program asks, and whether "stepUpApps" names it.',
  TW1601: 'Nothing is to be done, unless it comes every few minutes: then repair the installation of the face.',
  TW1602: 'Somebody started the face with a debugging switch: take it away, and find out who.',
  TW1603: 'Look who is at the station: a program that is no face tried to be one.',
  TW1604: 'Restart the agent; nobody can sign in at this station until then.',
  TW1605: 'Nothing is to be done.',
  TW1606: 'Do what the line says. Runbook “Keys leave the locked screen”.',
  TW1701: 'Look at the session on the station; if its lock is not confirmed again, restart the computer.',
  TW1702: 'Mend what the line says. Passwords work meanwhile.',
  TW1801: 'Nothing is to be done, unless people are turned away: then sign the session out and in again.',
  TW1802: 'Restart the agent; passwords work meanwhile.',
  TW1803: 'Look at that hook file: run it by hand as the account of the session.',
  TW1901: 'Restart the agent; passwords work meanwhile.',
  TW1902: 'Look which program asked: it is not one of the display managers or lockers that the policy names.',
  TW1903: 'Find out why the locker ended. The station has closed the session.',
  TW1904: 'Nothing is to be done where somebody was meant to use a password.',
  TW2000: 'Restart the Tapward service; if it comes back, restart the computer.',
  TW2101: 'Give the hook and every folder above it to root, with no right to write for anybody else.',
  TW2102: 'Run the hook by hand, and tell whoever should have heard.',
  TW2103: 'Free the disk, then restart the agent. Runbook “A full disk”.',
  TW2104: 'Nothing is to be done where entries were taken over; otherwise free the disk and restart the agent.',
  TW2105: 'Make a new code with `tapward emergency setup`, and put it into the envelope.',
  TW2201: 'Review it: `tapward emergency list`, then `tapward emergency review`.',
  TW2202: 'Wait for the call. Runbook “Blocked PIN”.',
  TW2203: 'Look which badge with `tapward why`, and revoke it where its owner still has hers.',
  TW2204: 'Send somebody to the reader. Runbook “Reader dead”.',
  TW2205: 'Nothing is to be done.',
};

export const severityOf = (id: DiagnosticId): Severity => (['error', 'notice', 'info'] as const).find((severity) => severities[severity].includes(id)) ?? 'warning';
export const mendOf = (id: DiagnosticId): string => mends[id] ?? 'Run `tapward doctor` on the station.';
/** Windows’ EventID: the digits of the id. */
export const numberOf = (id: DiagnosticId): number => Number(id.slice(2));

/** Made once, for these ids alone. */
const namespace = Buffer.from('6b0c7c0e5f0d4a2f9a553bd2b0f6d1c4', 'hex');

/** journald’s MESSAGE_ID: the UUID of version 5 (RFC 9562 §5.5) of the id, 32 hexadecimal digits. */
export function messageId(id: DiagnosticId): string {
  const uuid = createHash('sha1').update(namespace).update(id).digest().subarray(0, 16);
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x50;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid.toString('hex');
}
