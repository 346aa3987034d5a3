/** Options, environment and the clone's folder come in; the folder of the station that is meant goes out, and what is in it. */
import { accessSync, constants, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readEntries } from '../ledger/reading.ts';
import { ledgerDir } from '../store/durable.ts';
import { storePath } from '../store/opening.ts';
import type { Mode } from './command.ts';

/** Where an installed station keeps its state. */
export const installedDir = (): string => (process.platform === 'win32' ? join(process.env['ProgramData'] ?? 'C:\\ProgramData', 'Tapward') : '/var/lib/tapward');

/** `--dir`, else TAPWARD_DIR, else the clone's evaluation, else the installed one. */
export function stationDir(option: string | undefined, clone: string | null): string {
  const named = option ?? process.env['TAPWARD_DIR'];
  if (named !== undefined && named !== '') return resolve(named);
  const evaluation = clone === null ? null : join(clone, '.evaluation');
  return evaluation !== null && existsSync(evaluation) ? evaluation : installedDir();
}

/** One sentence where this account may not even list the folder; null where it may, or there is none. */
export function barredFrom(dir: string): string | null {
  try {
    accessSync(dir, constants.R_OK | constants.X_OK);
    return null;
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? `This account may not look into ${dir}: run the command as root or as the agent’s account.` : null;
  }
}

/** Whether anything of a station was ever here. */
export const isStation = (dir: string): boolean =>
  existsSync(storePath(dir)) || existsSync(ledgerDir(dir)) || ['machine.key', 'machine.cred', 'machine.dpapi'].some((name) => existsSync(join(dir, name)));

export const noStation = (dir: string): string => `There is no station in ${dir}: name its folder with --dir.`;

/** What the station said of itself at its last start; one that never said anything is taken for an installed one, which is the stricter. */
export function modeOf(dir: string): Mode {
  try {
    const started = readEntries(ledgerDir(dir)).findLast(({ entry }) => entry.kind === 'started');
    return started?.entry.kind === 'started' ? started.entry.mode : 'installed';
  } catch {
    return 'installed';
  }
}
