/** This computer comes in, as its system tells of it; what another one would not have in common with it goes out: a mark of the installed system, and one of the board it runs on. Neither tells what it was made of. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { windowsMachine } from './windows-machine.ts';

/** Hex digits; null: cannot be had here. */
export type MachineMarks = { readonly system: string | null; readonly board: string | null };

/** Tapward's own, for sd_id128_get_machine_app_specific(3): nobody else's mark of this computer is like ours. */
export const applicationId = '5b6c1c0b54274bd0a5f1f0a3cf1d77e2';
/** The credential by which systemd, which may read the board's number, passes it to an agent that may not. */
export const boardCredential = 'tapward-board';

/** What makers left unset on thousands of boards alike. */
const unset = new Set(['03000200-0400-0500-0006-000700080009', '12345678-1234-5678-90ab-cddeefaabbcc', 'fefefefe-fefe-fefe-fefe-fefefefefefe']);

export function machineMarks(): MachineMarks {
  const { system, board } = process.platform === 'win32' ? windowsMachine() : { system: read('/etc/machine-id'), board: boardOfLinux() };
  return marksOf(system, board);
}

/** `system`: 32 hex digits, dashes or not; `board`: a UUID of SMBIOS. Anything else is none. */
export function marksOf(system: string | null, board: string | null): MachineMarks {
  const id = (system ?? '').trim().toLowerCase().replaceAll('-', '');
  const uuid = (board ?? '').trim().toLowerCase();
  const isBoard = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) && !/^(0|f)\1*$/.test(uuid.replaceAll('-', '')) && !unset.has(uuid);
  return { system: /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id) ? appSpecific(id) : null, board: isBoard ? appSpecific(uuid.replaceAll('-', '')) : null };
}

/** As systemd derives it: HMAC-SHA-256 of the application's id under the machine's, its first 16 bytes as a random UUID (RFC 9562 §5.4). */
function appSpecific(id: string): string {
  const mark = createHmac('sha256', Buffer.from(id, 'hex')).update(Buffer.from(applicationId, 'hex')).digest().subarray(0, 16);
  mark[6] = ((mark[6] ?? 0) & 0x0f) | 0x40;
  mark[8] = ((mark[8] ?? 0) & 0x3f) | 0x80;
  return mark.toString('hex');
}

function boardOfLinux(): string | null {
  const passed = process.env['CREDENTIALS_DIRECTORY'];
  return (passed === undefined ? null : read(join(passed, boardCredential))) ?? read('/sys/class/dmi/id/product_uuid');
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
