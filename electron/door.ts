/** How the program was started comes in; the path of the agent's door goes out, and whether whoever owns it may be believed. */
import { lstatSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sessionPipe } from '../core/host-link.ts';

/** The installed agent's account and its door for faces. */
const agentAccount = 'tapward';
const installedDoor = '/run/tapward/face.sock';

export type Door = {
  readonly path: string;
  /** On Windows: of the session whose pipe it is, which the host owns and hands letters through; without one it is the agent's own socket. */
  readonly session?: number;
  /** Looked at before each connection: why nobody is to be believed there, or null. */
  readonly fault: () => string | null;
};

/** Installed: the one fixed door, in a folder that only root or the agent's account can write; on Windows the pipe of the session that the host has started us in. */
export function doorOfInstallation(): Door {
  if (process.platform === 'win32') return doorOfSession(process.env['TAPWARD_SESSION'] ?? '');
  return { path: installedDoor, fault: () => folderFault(dirname(installedDoor), [0, ...uidOf(agentAccount)]) };
}

/** Nothing here can ask Windows whose pipe it is: the host starts no face before it holds the pipe itself (native/windows/host/session_programs.cpp). */
function doorOfSession(said: string): Door {
  const session = /^[0-9]{1,9}$/.test(said) ? Number(said) : null;
  return session === null
    ? { path: sessionPipe('face', 0), fault: () => 'TAPWARD_SESSION names no session: the Tapward service starts the face' }
    : { path: sessionPipe('face', session), session, fault: () => null };
}

/** Not installed: `--door=PATH` names it. Throws one sentence where it does not. */
export function doorOfArguments(args: readonly string[]): Door {
  const path = args.find((arg) => arg.startsWith('--door='))?.slice('--door='.length);
  if (path === undefined || path === '') throw new Error('The face needs its agent: start it with --door=PATH, the path of the agent’s socket.');
  const [, session] = /^\\\\\.\\pipe\\tapward-face-(\d{1,9})$/.exec(path) ?? [];
  return session === undefined ? { path, fault: () => null } : doorOfSession(session);
}

/** Why a folder may hold somebody else's socket, in words; null: only one of these accounts can have put it there. */
export function folderFault(folder: string, owners: readonly number[]): string | null {
  try {
    const found = lstatSync(folder);
    if (!found.isDirectory()) return `${folder} is no folder`;
    if (!owners.includes(found.uid)) return `${folder} belongs to another account`;
    if ((found.mode & 0o022) !== 0) return `${folder} may be written by others`;
    return null;
  } catch {
    return `${folder} is not there`;
  }
}

function uidOf(account: string): readonly number[] {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${account}:`));
    const uid = Number(line?.split(':')[2] ?? Number.NaN);
    return Number.isInteger(uid) ? [uid] : [];
  } catch {
    return [];
  }
}
