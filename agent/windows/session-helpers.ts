/** Windows' host comes in; each session's own helper is told to run its hooks as its session opens and locks, and what it hears of input goes out while its session is the open one. Nothing waits for a helper, and none can open. */
import type { ContextId, HookEvent } from '../../core/helper-link.ts';
import type { Millis, SessionInfo, Snapshot, SubscriberId } from '../../core/types.ts';
import type { Host } from '../../native/session/windows/host.ts';
import type { Diagnose } from '../diagnostics.ts';
import { createHelperDesk, type HelperDesk } from '../helper/door.ts';
import type { SessionHooks } from '../helper/helped.ts';
import { followSessions } from '../helper/session-events.ts';
import { watchSessionLines } from './session-lines.ts';

export type WindowsHelpersParts = {
  readonly host: Host;
  readonly contextOf: (subscriber: SubscriberId) => ContextId;
  readonly hookTimeout: () => Millis;
  /** The person at the open session used it. */
  readonly used: (how: 'key' | 'pointer') => void;
  readonly diagnose: Diagnose;
};
export type WindowsHelpers = Disposable &
  SessionHooks & {
    /** For each snapshot of the controller. */
    readonly saw: (snapshot: Snapshot) => void;
  };

export function createWindowsHelpers({ host, contextOf, hookTimeout, used, diagnose }: WindowsHelpersParts): WindowsHelpers {
  const desks = new Map<number, HelperDesk>();
  let active: string | null = null;
  const deskOf = (session: number): HelperDesk => {
    const known = desks.get(session);
    if (known !== undefined) return known;
    const desk = createHelperDesk({ noted: (text) => diagnose('TW1801', text) });
    desk.contexts.hear((how) => void (active === String(session) && used(how)));
    desks.set(session, desk);
    return desk;
  };
  const lines = watchSessionLines(host, 'helper', (session, line) => deskOf(session).take(line));
  const run = async (event: HookEvent, { key, subscriber }: SessionInfo): Promise<void> => {
    const desk = desks.get(Number(key.id));
    if (desk === undefined || subscriber === null) return;
    const report = await desk.contexts.run(event, contextOf(subscriber), hookTimeout());
    if (report.how !== 'done' && report.how !== 'away') diagnose('TW1803', `${event}: ${report.hook ?? 'the hooks'}, ${report.how}`);
  };
  const follow = followSessions((event, session) => void run(event, session));
  return {
    warn: (session) => void run('warn', session),
    leaving: (session) => run('sign-out', session),
    saw: (snapshot) => {
      active = follow(snapshot)?.key.id ?? null;
      for (const session of desks.keys()) if (!snapshot.sessions.some(({ key }) => key.id === String(session))) desks.delete(session);
    },
    [Symbol.dispose]: () => lines[Symbol.dispose](),
  };
}
