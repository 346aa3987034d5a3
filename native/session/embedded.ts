/** Grants come in, sessions that live in this process go out: the evaluation desktop's SessionController, held to the same contract as the OS's. */
import type { Clock, SessionController } from '../../core/ports.ts';
import type { Grant, Outcome, OutcomeCode, SessionInfo, SessionKey, SessionNews, Snapshot, SubscriberId } from '../../core/types.ts';

/** A controller without an OS behind it: one session per person, made at the first sign-in and kept until signed out. */
export function createEmbedded(clock: Clock): SessionController {
  const sessions = new Map<SubscriberId, SessionInfo>();
  const redeemed = new Set<string>();
  const listeners: ((snapshot: Snapshot) => void)[] = [];
  const hearers: ((news: SessionNews) => void)[] = [];
  let active: SubscriberId | null = null;
  let seq = 1;
  let epoch = 0;
  let ended = false;

  const activeSession = (): SessionInfo | null => (active === null ? null : (sessions.get(active) ?? null));
  const shown = (): Snapshot => ({ seq, active: activeSession(), sessions: [...sessions.values()], healthy: !ended });
  const changed = (): void => {
    seq++;
    for (const listener of listeners) listener(shown());
  };
  const refuse = (code: OutcomeCode): Outcome => ({ kind: 'failed', code, screen: activeSession()?.lock === 'unlocked' ? 'unknown' : 'locked' });
  const close = (): void => {
    if (active !== null) amend(active, { lock: 'locked' });
  };
  const amend = (who: SubscriberId, change: Partial<SessionInfo>): void => {
    const was = sessions.get(who);
    if (was !== undefined) sessions.set(who, { ...was, ...change });
  };

  const newKey = (subscriber: SubscriberId): SessionKey => {
    epoch++;
    return { id: `embedded-${subscriber}-${epoch}`, epoch: String(epoch) };
  };

  const redeem = (grant: Grant): Outcome => {
    const began = clock.now();
    if (ended) return refuse('unsupported');
    if (redeemed.has(grant.id)) return refuse('rejected');
    redeemed.add(grant.id);
    if (began >= grant.expiresAt || grant.seq !== seq) return refuse('expired');
    // An emergency session is made anew each time.
    const known = grant.intent === 'emergency' ? undefined : sessions.get(grant.subscriber);
    if ((grant.intent === 'unlock' || grant.intent === 'switch') && known === undefined) return refuse('noSession');
    if (grant.intent === 'unlock' && active !== grant.subscriber) return refuse('notConsole');
    for (const hear of hearers) hear({ kind: 'redeemed', grant: grant.id });
    if (active !== null && active !== grant.subscriber) amend(active, { lock: 'locked', state: 'background' });
    active = grant.subscriber;
    // By its epoch in the id as well: whoever shows it must not take a new session for one that was signed out.
    const session: SessionInfo = { key: known?.key ?? newKey(grant.subscriber), subscriber: grant.subscriber, state: 'active', lock: 'unlocked' };
    sessions.set(grant.subscriber, session);
    changed();
    return { kind: 'done', session, ms: clock.now() - began };
  };

  return {
    kind: 'embedded',
    snapshot: async () => shown(),
    lock: async () => {
      const began = clock.now();
      close();
      changed();
      return { kind: 'done', session: activeSession(), ms: clock.now() - began };
    },
    open: async (grant) => redeem(grant),
    signOut: async (key: SessionKey) => {
      const began = clock.now();
      const session = [...sessions.values()].find((s) => s.key.id === key.id && s.key.epoch === key.epoch);
      if (session?.subscriber == null) return refuse('vanished');
      sessions.delete(session.subscriber);
      if (active === session.subscriber) active = null;
      changed();
      return { kind: 'done', session: null, ms: clock.now() - began };
    },
    watch: (listener) => {
      listeners.push(listener);
    },
    hear: (listener) => {
      hearers.push(listener);
    },
    [Symbol.asyncDispose]: async () => {
      close();
      ended = true;
      changed();
    },
  };
}
