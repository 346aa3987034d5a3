/** A running agent and the grants held for the operating system come in; the doors for PAM and for lockers go out, one for root and one for each account with a session here. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Accounts } from '../../core/ports.ts';
import type { Offers } from '../../native/session/offers.ts';
import type { Agent } from '../agent.ts';
import type { Diagnose } from '../diagnostics.ts';
import type { DialogueParts } from './dialogue.ts';
import type { PamDoor, PamPeer } from './door.ts';
import { type LockerNews, openLockerDoor } from './locker-door.ts';
import { openRootDoor, type RootDoorParts } from './root-door.ts';

export type PamDoorsParts = {
  /** `/run/tapward`: the agent's own, which others may pass through and not write to. */
  readonly dir: string;
  readonly agent: Pick<Agent, 'queue' | 'faces' | 'gesture' | 'policy'>;
  readonly accounts: Accounts;
  readonly offers: Offers;
  readonly peerOf: (fd: number) => PamPeer | null;
  readonly sessionOf: (pid: number) => string | null;
  /** To the session controller, which escalates a `lockerDied` at once. */
  readonly heard: (news: LockerNews) => void;
  readonly opened: RootDoorParts['opened'];
  readonly diagnose: Diagnose;
  readonly seat?: string;
  readonly rootUid?: number;
};
export type PamDoors = AsyncDisposable & {
  /** An account whose lockers may ask; a second time changes nothing. */
  readonly admit: (uid: number, account: string) => Promise<void>;
  /** Its last session has ended. */
  readonly dismiss: (uid: number) => Promise<void>;
};

/** Never rejects: a door that cannot be opened is told to IT, and passwords go on to work there. */
export async function openPamDoors(parts: PamDoorsParts): Promise<PamDoors> {
  const { dir, agent, accounts, offers, peerOf, sessionOf, diagnose } = parts;
  const noted = (text: string): void => diagnose('TW1902', text);
  const attempt = (what: string, opening: Promise<PamDoor>): Promise<PamDoor | null> =>
    opening.catch((why: unknown) => {
      diagnose('TW1901', `${what}: ${why instanceof Error ? why.message : String(why)}`);
      return null;
    });
  const lockerDir = join(dir, 'locker');
  mkdirSync(lockerDir, { recursive: true });
  // Every session's account passes through, whatever the service's umask.
  chmodSync(lockerDir, 0o755);
  const root = await attempt(
    'pam.sock',
    openRootDoor({
      path: join(dir, 'pam.sock'),
      offers,
      peerOf,
      noted,
      seat: parts.seat ?? 'seat0',
      dialogue: dialogueOf(agent),
      services: () => agent.policy().pamServices,
      subscriberOf: (account) => accounts.subscriberOf(account),
      opened: (opened) => {
        diagnose('TW1904', `through the PAM service ${opened.service}`);
        parts.opened(opened);
      },
      ...(parts.rootUid === undefined ? {} : { uid: parts.rootUid }),
    }),
  );
  const lockers = new Map<number, Promise<PamDoor | null>>();
  const heard = (news: LockerNews): void => {
    if (news.kind === 'lockerDied') diagnose('TW1903', `in session ${news.session ?? 'without a name'}`);
    parts.heard(news);
  };
  const closing = new Map<number, Promise<void>>();
  const close = async (door: Promise<PamDoor | null> | undefined): Promise<void> => (await door)?.close();
  const dismiss = (uid: number): Promise<void> => {
    const closed = close(lockers.get(uid));
    lockers.delete(uid);
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
      if (!lockers.has(uid)) lockers.set(uid, attempt(`locker/${uid}.sock`, opening()));
      await lockers.get(uid);
    },
    dismiss,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([root?.close(), ...[...lockers.keys()].map(dismiss)]);
    },
  };
}

/** What the PIN dialogue needs of a running agent. Its Views change whenever what is asked of the person does. */
export const dialogueOf = ({ queue, faces, gesture, policy }: PamDoorsParts['agent']): DialogueParts => ({
  state: queue.state,
  changes: (listener) => faces.connect((message) => void (message.kind === 'frame' && listener())),
  gesture,
  pinLength: () => policy().pinLength,
});
