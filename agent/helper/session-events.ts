/** Snapshots of the system's sessions come in; which session opened, locked or gave way to another goes out, as the events of its hooks. */
import type { HookEvent } from '../../core/helper-link.ts';
import { emergencySession } from '../../core/opening.ts';
import type { SessionInfo, Snapshot } from '../../core/types.ts';

const isOpen = (session: SessionInfo | undefined): boolean => session?.state === 'active' && session.lock === 'unlocked';

/** For each snapshot in turn; answers the session that is open, if one is. */
export function followSessions(run: (event: HookEvent, session: SessionInfo) => void): (snapshot: Snapshot) => SessionInfo | null {
  let before: readonly SessionInfo[] = [];
  return ({ sessions }) => {
    const now = sessions.find((s) => isOpen(s)) ?? null;
    for (const session of sessions) {
      const was = isOpen(before.find((s) => s.key.id === session.key.id && s.key.epoch === session.key.epoch));
      if (session.subscriber === null || was === isOpen(session)) continue;
      if (!was && session.subscriber === emergencySession) run('emergency', session);
      run(!was ? 'open' : now === null ? 'lock' : 'switch', session);
    }
    before = sessions;
    return now;
  };
}
