/** The system's sessions and what their helpers run come in; the sessions whose warnings and sign-outs their own hooks hear of go out. */
import type { SessionController } from '../../core/ports.ts';
import type { SessionInfo, SessionKey } from '../../core/types.ts';

export type SessionHooks = {
  /** The `warn` hooks of this session; nothing waits for them. */
  readonly warn: (session: SessionInfo) => void;
  /** The `sign-out` hooks of this session, which is about to end; within the hooks' own time, whatever becomes of them. */
  readonly leaving: (session: SessionInfo) => Promise<void>;
};

/** A hook that fails keeps no session from ending. */
export function helped(controller: SessionController, hooks: SessionHooks, first: readonly SessionInfo[] = []): SessionController {
  let last = first;
  controller.watch(({ sessions }) => (last = sessions));
  const find = (key: SessionKey): SessionInfo | undefined => last.find((s) => s.key.id === key.id && s.key.epoch === key.epoch);
  return {
    ...controller,
    warn: (key) => {
      const session = find(key);
      if (session !== undefined) hooks.warn(session);
    },
    signOut: async (key) => {
      const session = find(key);
      if (session !== undefined) await hooks.leaving(session);
      return controller.signOut(key);
    },
  };
}
