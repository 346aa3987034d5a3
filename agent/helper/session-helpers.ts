/** The system's sessions come in as they open and lock; each account's own helper is told to run its hooks, and what it hears of input goes out while hers is the session that is open. Nothing waits for a helper, and none can open. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ContextId, HookEvent } from '../../core/helper-link.ts';
import type { Millis, SessionInfo, Snapshot, SubscriberId } from '../../core/types.ts';
import type { Diagnose } from '../diagnostics.ts';
import { type HelperDoor, type HelperDoorParts, openHelperDoor } from './door.ts';
import type { SessionHooks } from './helped.ts';
import { followSessions } from './session-events.ts';

export type SessionHelpersParts = Pick<HelperDoorParts, 'peerOf' | 'silence'> & {
  /** `/run/tapward`: the agent's own, which others may pass through and not write to. */
  readonly dir: string;
  /** The account of the session that a person has here; null: none. */
  readonly uidOf: (subscriber: SubscriberId) => number | null;
  readonly contextOf: (subscriber: SubscriberId) => ContextId;
  readonly hookTimeout: () => Millis;
  /** The person at the open session used it. */
  readonly used: (how: 'key' | 'pointer') => void;
  readonly diagnose: Diagnose;
};
export type SessionHelpers = AsyncDisposable &
  SessionHooks & {
    /** An account whose helper may come, at `helper/<uid>.sock`; a second time changes nothing. */
    readonly admit: (uid: number) => Promise<void>;
    readonly dismiss: (uid: number) => Promise<void>;
    /** Of a process of this account, as its own helper sees it; null: nobody can say. */
    readonly programOf: (application: { readonly uid: number; readonly pid: number }) => Promise<string | null>;
    /** For each snapshot of the controller. */
    readonly saw: (snapshot: Snapshot) => void;
  };

export function createSessionHelpers({ dir, uidOf, contextOf, hookTimeout, used, diagnose, ...door }: SessionHelpersParts): SessionHelpers {
  const folder = join(dir, 'helper');
  mkdirSync(folder, { recursive: true });
  // Whatever the unit's UMask: others pass through it.
  chmodSync(folder, 0o755);
  const doors = new Map<number, Promise<HelperDoor | null>>();
  let active: number | null = null;

  const closing = new Map<number, Promise<void>>();
  const open = async (uid: number): Promise<HelperDoor | null> => {
    try {
      // The door before it takes its socket away as it closes.
      await closing.get(uid);
      const opened = await openHelperDoor({
        ...door,
        path: join(folder, `${uid}.sock`),
        mode: 0o666,
        accepts: (peer) => peer.uid === uid,
        noted: (text) => diagnose('TW1801', text),
      });
      opened.contexts.hear((how) => void (active === uid && used(how)));
      return opened;
    } catch (why) {
      diagnose('TW1802', why instanceof Error ? why.message : String(why));
      return null;
    }
  };
  const run = async (event: HookEvent, { subscriber }: SessionInfo): Promise<void> => {
    if (subscriber === null) return;
    const uid = uidOf(subscriber);
    const at = uid === null ? null : await doors.get(uid);
    const report = await at?.contexts.run(event, contextOf(subscriber), hookTimeout());
    if (report !== undefined && report.how !== 'done' && report.how !== 'away') diagnose('TW1803', `${event}: ${report.hook ?? 'the hooks'}, ${report.how}`);
  };
  const follow = followSessions((event, session) => void run(event, session));
  return {
    admit: async (uid) => {
      if (!doors.has(uid)) doors.set(uid, open(uid));
      await doors.get(uid);
    },
    dismiss: async (uid) => {
      const closed = close(doors.get(uid));
      doors.delete(uid);
      closing.set(uid, closed);
      await closed;
    },
    warn: (session) => void run('warn', session),
    leaving: (session) => run('sign-out', session),
    programOf: async ({ uid, pid }) => (await doors.get(uid))?.programOf(pid) ?? null,
    saw: (snapshot) => {
      const now = follow(snapshot);
      active = now?.subscriber == null ? null : uidOf(now.subscriber);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...[...doors.values()].map(close), ...closing.values()]);
    },
  };
}

const close = async (door: Promise<HelperDoor | null> | undefined): Promise<void> => (await door)?.close();
