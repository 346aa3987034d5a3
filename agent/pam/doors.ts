/** A running agent and the grants held for the operating system come in; the doors for PAM and for lockers go out, one for root and one for each account with a session here. */
import { join } from 'node:path';
import type { Accounts } from '../../core/ports.ts';
import type { Millis } from '../../core/types.ts';
import type { Offers } from '../../native/session/offers.ts';
import type { Agent } from '../agent.ts';
import type { Diagnose } from '../diagnostics.ts';
import type { DialogueParts } from './dialogue.ts';
import type { PamPeer } from './door.ts';
import type { LockerNews } from './locker-door.ts';
import { attemptDoor, type LockerDoors, openLockerDoors } from './locker-doors.ts';
import { openRootDoor, type RootDoorParts } from './root-door.ts';

export type PamDoorsParts = {
  /** `/run/tapward`: the agent's own, which others may pass through and not write to. */
  readonly dir: string;
  readonly agent: Pick<Agent, 'queue' | 'faces' | 'gesture' | 'policy'>;
  readonly accounts: Accounts;
  /** Station time. */
  readonly now: () => Millis;
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
export type PamDoors = LockerDoors;

/** Never rejects: a door that cannot be opened is told to IT, and passwords go on to work there. */
export async function openPamDoors(parts: PamDoorsParts): Promise<PamDoors> {
  const { dir, agent, accounts, offers, peerOf, sessionOf, diagnose } = parts;
  const noted = (text: string): void => diagnose('TW1902', text);
  const lockers = openLockerDoors({ dir, offers, peerOf, sessionOf, diagnose, heard: parts.heard });
  const root = await attemptDoor(
    'pam.sock',
    openRootDoor({
      path: join(dir, 'pam.sock'),
      offers,
      peerOf,
      noted,
      seat: parts.seat ?? 'seat0',
      dialogue: dialogueOf(agent, parts.now),
      services: () => agent.policy().pamServices,
      subscriberOf: (account) => accounts.subscriberOf(account),
      opened: (opened) => {
        diagnose('TW1904', `through the PAM service ${opened.service}`);
        parts.opened(opened);
      },
      ...(parts.rootUid === undefined ? {} : { uid: parts.rootUid }),
    }),
    diagnose,
  );
  return {
    admit: lockers.admit,
    dismiss: lockers.dismiss,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([root?.close(), lockers[Symbol.asyncDispose]()]);
    },
  };
}

/** What the PIN dialogue needs of a running agent. Its Views change whenever what is asked of the person does. */
export const dialogueOf = ({ queue, faces, gesture, policy }: PamDoorsParts['agent'], now: () => Millis): DialogueParts => ({
  state: queue.state,
  changes: (listener) => faces.connect((message) => void (message.kind === 'frame' && listener())),
  gesture,
  pinLength: () => policy().pinLength,
  now,
  language: () => policy().language,
  phone: () => policy().helpPhone,
});
