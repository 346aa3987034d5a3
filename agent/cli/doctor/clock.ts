/** The computer's two clocks and the ledger's last time come in; findings about the time that entries carry go out. Nothing is ever opened or closed by this time. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Status } from '../../admin/contract.ts';
import type { Recorded } from '../../ledger/reading.ts';
import { localTime, span } from '../answer.ts';
import { bad, type Finding, ok, said, warn } from './finding.ts';

/** No station of this version ran before it. */
const earliest = Date.UTC(2026, 0, 1);
/** A clock that was set by less than this needs no reader's eye. */
const worthTelling = 30_000;

/** `wall`: Unix milliseconds; `at`: station time of the same moment. */
export function clockFindings(now: { readonly wall: number; readonly at: number }, status: Status | null, last: Recorded | null): readonly Finding[] {
  return [wallFinding(now, status, last), syncFinding()];
}

function wallFinding(now: { readonly wall: number; readonly at: number }, status: Status | null, last: Recorded | null): Finding {
  const set = 'Set date and time (timedatectl set-time), or switch time synchronisation on.';
  if (now.wall < earliest) return bad('clock', said`The clock says ${localTime(now.wall)}, which cannot be`, set);
  if (last !== null && last.wall > now.wall + worthTelling)
    return bad('clock', said`The clock says ${localTime(now.wall)}, but the ledger’s last entry is ${span(last.wall - now.wall)} ahead of it`, set);
  const moved = status === null ? 0 : now.wall - now.at - (status.started.wall - status.started.at);
  if (Math.abs(moved) > worthTelling)
    return warn(
      'clock',
      said`The clock was set ${moved > 0 ? 'forward' : 'back'} by ${span(Math.abs(moved))} since the agent started`,
      'Times in the ledger from before are off by that much: note it beside the ledger.',
    );
  return ok('clock', said`The clock says ${localTime(now.wall)}, and the ledger agrees`);
}

function syncFinding(): Finding {
  if (process.platform !== 'linux' || !existsSync('/run/systemd/system'))
    return warn('time-sync', said`Whether the clock is synchronised cannot be seen here`, 'See that this computer asks a time server.');
  const asked = spawnSync('timedatectl', ['show', '--property=NTPSynchronized', '--value'], { encoding: 'utf8', timeout: 5_000 });
  if (asked.status !== 0) return warn('time-sync', said`Whether the clock is synchronised cannot be seen here`, 'See that this computer asks a time server.');
  return asked.stdout.trim() === 'yes'
    ? ok('time-sync', said`The clock is synchronised`)
    : warn('time-sync', said`The clock is not synchronised`, 'Run timedatectl set-ntp true, and see that a time server can be reached.');
}
