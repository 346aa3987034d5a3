/** The generic account, the station's key for names and the way to end its session come in; a shared kiosk goes out: its controller, what its face's door must tell it, and which program is which. */
import { createHmac, type KeyObject } from 'node:crypto';
import type { ContextId } from '../../core/helper-link.ts';
import type { Clock, SessionController } from '../../core/ports.ts';
import type { Millis, SubscriberId } from '../../core/types.ts';
import type { KioskParts } from '../../native/session/kiosk.ts';
import type { Diagnose } from '../diagnostics.ts';
import { type CoverWatch, createCover } from './cover.ts';
import { type HelperDoorParts, openHelperDoor } from './door.ts';

export type SharedKioskParts = Pick<HelperDoorParts, 'path' | 'peerOf' | 'accepts' | 'silence' | 'visits'> & {
  readonly clock: Clock;
  /** `createKiosk` of native/session/kiosk.ts, from the composition root. */
  readonly create: (parts: KioskParts) => SessionController;
  /** Any secret that stays the same on this station. */
  readonly key: KeyObject | Uint8Array;
  /** Ends the generic account's session; true once the system has reported its end. */
  readonly endSession: () => Promise<boolean>;
  readonly hookTimeout: () => Millis;
  readonly diagnose: Diagnose;
};
export type SharedKiosk = AsyncDisposable & {
  readonly controller: SessionController;
  /** Its `presence` and `beaten` belong into the parts of the face's door. */
  readonly cover: CoverWatch;
  /** Of a process of the generic account, as the helper there sees it. */
  readonly programOf: (pid: number) => Promise<string | null>;
};

/** Rejects where the helper's door cannot be opened; TW1802 has said why. Let go, it parks everybody's work. */
export async function openSharedKiosk({ clock, create, key, endSession, hookTimeout, diagnose, ...door }: SharedKioskParts): Promise<SharedKiosk> {
  const contextOf = (subscriber: SubscriberId): ContextId => contextOfPerson(key, subscriber);
  const cover = createCover();
  // Whoever may write to it may knock; who it is decides.
  const opened = await openHelperDoor({ ...door, mode: 0o666, noted: (text) => diagnose('TW1801', text) }).catch((why: unknown) => {
    diagnose('TW1802', why instanceof Error ? why.message : String(why));
    throw why;
  });
  const controller = create({ clock, contexts: opened.contexts, cover, contextOf, endSession, hookTimeout, noted: (text) => diagnose('TW1803', text) });
  return {
    controller,
    cover,
    programOf: opened.programOf,
    [Symbol.asyncDispose]: async () => {
      await controller[Symbol.asyncDispose]();
      await opened.close();
    },
  };
}

/** The same for the same person on this station, after a restart too; says nothing of who she is to whoever lacks the key. */
export const contextOfPerson = (key: KeyObject | Uint8Array, subscriber: SubscriberId): ContextId =>
  createHmac('sha256', key).update(`tapward context ${subscriber}`).digest('hex').slice(0, 32);
