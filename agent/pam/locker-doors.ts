/** Accounts with a session here come in, as they come and go; a door for each one’s lockers goes out, and what they say. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnose } from '../diagnostics.ts';
import type { PamDoor } from './door.ts';
import { type LockerDoorParts, type LockerNews, openLockerDoor } from './locker-door.ts';

export type LockerDoorsParts = Pick<LockerDoorParts, 'offers' | 'peerOf' | 'sessionOf' | 'heard'> & {
  /** `/run/tapward`: the agent's own, which others may pass through and not write to. */
  readonly dir: string;
  readonly diagnose: Diagnose;
};
export type LockerDoors = AsyncDisposable & {
  /** An account whose lockers may ask; a second time changes nothing. Never rejects. */
  readonly admit: (uid: number, account: string) => Promise<void>;
  /** Its last session has ended. */
  readonly dismiss: (uid: number) => Promise<void>;
};

/** A door that cannot be opened; passwords go on to work there. */
export async function attemptDoor(what: string, opening: Promise<PamDoor>, diagnose: Diagnose): Promise<PamDoor | null> {
  try {
    return await opening;
  } catch (why) {
    diagnose('TW1901', `${what}: ${why instanceof Error ? why.message : String(why)}`);
    return null;
  }
}

/** Throws where there is no such folder to make. */
export function openLockerDoors(parts: LockerDoorsParts): LockerDoors {
  const { dir, diagnose, offers, peerOf, sessionOf } = parts;
  const lockerDir = join(dir, 'locker');
  mkdirSync(lockerDir, { recursive: true });
  // Every session's account passes through, whatever the service's umask.
  chmodSync(lockerDir, 0o755);
  const doors = new Map<number, Promise<PamDoor | null>>();
  const closing = new Map<number, Promise<void>>();
  const noted = (text: string): void => diagnose('TW1902', text);
  const heard = (news: LockerNews): void => {
    if (news.kind === 'lockerDied') diagnose('TW1903', `in session ${news.session ?? 'without a name'}`);
    parts.heard(news);
  };
  const close = async (door: Promise<PamDoor | null> | undefined): Promise<void> => (await door)?.close();
  const dismiss = (uid: number): Promise<void> => {
    const closed = close(doors.get(uid));
    doors.delete(uid);
    closing.set(uid, closed);
    return closed;
  };
  return {
    admit: async (uid, account) => {
      const opening = async (): Promise<PamDoor> => {
        // The door before it takes its socket away as it closes.
        await closing.get(uid);
        return openLockerDoor({ path: join(lockerDir, `${uid}.sock`), uid, account, offers, peerOf, sessionOf, noted, heard });
      };
      if (!doors.has(uid)) doors.set(uid, attemptDoor(`locker/${uid}.sock`, opening(), diagnose));
      await doors.get(uid);
    },
    dismiss,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...doors.keys()].map(dismiss));
    },
  };
}
