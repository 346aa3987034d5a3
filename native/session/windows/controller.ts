/** Grants and locks come in, Windows' own sessions are opened, switched and locked; each promise resolves on a session event, never on what a call returned. */
import type { Accounts, Clock, SessionController } from '../../../core/ports.ts';
import type { Grant, Millis, Outcome, OutcomeCode, SessionInfo, SessionKey, SessionNews, Snapshot } from '../../../core/types.ts';
import { type ClosingTimes, createClosing, usualTimes } from './closing.ts';
import type { Host } from './host.ts';
import { createOpening, type OpeningTimes, usualOpeningTimes } from './opening.ts';
import { type Facts, isSameAccount, isSameKey, watchSeat } from './seat.ts';

export type WindowsOptions = {
  readonly clock: Clock;
  /** Accounts as `DOMAIN\user`; case does not count. */
  readonly accounts: Accounts;
  /** Ended with the controller. */
  readonly host: Host;
  /** See OpeningParts. */
  readonly shareOf: (grant: Grant) => Uint8Array | null;
  readonly reconnect: 'off' | 'on';
  /** Whether a session whose lock was not confirmed twice is signed out, its unsaved work with it. */
  readonly endUnlocked: 'off' | 'on';
  readonly times?: ClosingTimes & OpeningTimes;
  /** For IT: session ids and error codes, no accounts. */
  readonly diagnose: (text: string) => void;
};

const remembered = 1_000;

/** Resolves once Windows' sessions are known, or after 5 s without: then nothing opens until they are. */
export async function createWindows(options: WindowsOptions): Promise<SessionController> {
  const { clock, accounts, host, endUnlocked, times = { ...usualTimes, ...usualOpeningTimes }, diagnose } = options;
  const listeners: ((snapshot: Snapshot) => void)[] = [];
  const hearers: ((news: SessionNews) => void)[] = [];
  const used = new Set<string>();
  let pending: { readonly abort: AbortController; isRedeemed: boolean } | null = null;
  let acting = 0;
  let tail: Promise<unknown> = Promise.resolve();
  let seq = 1;
  let told = '';
  /** The session that may be open, since a grant of ours opened it. */
  let granted: SessionKey | null = null;
  /** A grant that Windows had taken when it was overtaken: what still comes of it is closed at once. */
  let disowned: { readonly account: string; readonly until: Millis } | null = null;
  let isOver = false;

  const look = (): void => {
    if (acting > 0) return;
    const now = state();
    if (JSON.stringify(now) === told) return;
    told = JSON.stringify(now);
    seq++;
    findElsewhere();
    const snapshot = { seq, ...now };
    for (const listener of listeners) listener(snapshot);
  };
  const seat = watchSeat(host, accounts, () => look());
  const closing = createClosing(host, seat, endUnlocked, times, diagnose);
  const opening = createOpening({ ...options, seat, times });

  const shown = (): SessionInfo | null => {
    const active = seat.active();
    return active === null ? null : seat.infoOf(active);
  };
  const state = (): Omit<Snapshot, 'seq'> => ({ active: shown(), sessions: seat.sessions().map(seat.infoOf), healthy: seat.isHealthy() && !isOver });
  const tell = (news: SessionNews): void => {
    for (const hear of hearers) hear(news);
  };
  /** Told before the snapshot that shows it. */
  const findElsewhere = (): void => {
    const active = seat.active();
    if (active?.lock !== 'unlocked') return;
    if (granted !== null && isSameKey(granted, active.key)) return;
    if (disowned !== null && clock.now() < disowned.until && isSameAccount(disowned.account, active.account)) return void lock(false);
    granted = active.key;
    tell({ kind: 'openedElsewhere', session: seat.infoOf(active), account: active.account });
  };
  const exclusive = <T>(act: () => Promise<T>): Promise<T> => {
    acting++;
    const done = tail.then(act).finally(() => {
      acting--;
      look();
    });
    tail = done.catch(() => undefined);
    return done;
  };

  const screen = (): 'locked' | 'unknown' => (seat.isHealthy() && seat.active()?.lock !== 'unlocked' && seat.active()?.lock !== 'unknown' ? 'locked' : 'unknown');
  const failed = (code: OutcomeCode): Outcome => ({ kind: 'failed', code, screen: screen() });
  const done = (session: SessionInfo | null, began: number): Outcome => ({ kind: 'done', session, ms: clock.now() - began });
  const close = async (harder: boolean): Promise<boolean> => {
    const isClosed = await closing.close(harder);
    if (isClosed) granted = null;
    return isClosed;
  };
  const lock = (harder: boolean): Promise<Outcome> =>
    exclusive(async () => {
      const began = clock.now();
      return (await close(harder)) ? done(shown(), began) : failed('unconfirmed');
    });

  const open = async (grant: Grant, own: { readonly abort: AbortController; isRedeemed: boolean }): Promise<Outcome> => {
    const began = clock.now();
    if (isOver || !seat.isHealthy()) return failed('unsupported');
    if (used.has(grant.id)) return failed('rejected');
    used.add(grant.id);
    if (used.size > remembered) used.delete(used.values().next().value ?? '');
    if (began >= grant.expiresAt || grant.seq !== seq) return failed('expired');
    if (own.abort.signal.aborted) return failed('revoked');
    const account = accounts.accountOf(grant.subscriber);
    if (account === null) return failed('account');
    const target: Facts | null = seat.sessions().find((s) => isSameAccount(s.account, account) && s.state !== 'closing') ?? null;
    if (grant.intent !== 'signIn' && grant.intent !== 'emergency' && target === null) return failed('noSession');
    if (grant.intent === 'unlock' && target?.state !== 'active') return failed('notConsole');
    // Everybody else's work is confirmed locked before anything of hers is asked for.
    if (!(await close(false))) return failed('unconfirmed');
    const life = grant.expiresAt - clock.now();
    const opened = await opening(
      {
        grant,
        account,
        life,
        ended: own.abort.signal,
        redeemed: () => {
          own.isRedeemed = true;
          tell({ kind: 'redeemed', grant: grant.id });
        },
      },
      target,
    );
    if (opened.kind === 'opened') {
      granted = opened.session.key;
      disowned = null;
      return done(seat.infoOf(opened.session), began);
    }
    // Whatever had come about of it, or comes yet, is closed again, and that is confirmed or not.
    if (own.isRedeemed && opened.refused !== true) disowned = { account, until: clock.now() + times.logon };
    await close(false);
    return failed(opened.code);
  };

  seat.hear((news) => {
    if (news.kind === 'sleep' || news.kind === 'woke') tell({ kind: news.kind });
  });
  await seat.until(() => seat.isHealthy(), 5_000);
  // What was open before us was opened by nobody we know of.
  acting++;
  told = JSON.stringify(state());
  acting--;

  return {
    kind: 'windows',
    snapshot: async () => {
      look();
      return { seq, ...state() };
    },
    lock: (_why, escalate) => {
      pending?.abort.abort();
      return lock(escalate);
    },
    open: (grant) => {
      if (pending?.isRedeemed === true) return Promise.resolve(failed('busy'));
      pending?.abort.abort();
      const own = { abort: new AbortController(), isRedeemed: false };
      pending = own;
      return exclusive(() => open(grant, own)).finally(() => {
        if (pending === own) pending = null;
      });
    },
    signOut: (key) =>
      exclusive(async () => {
        const began = clock.now();
        const session = seat.find(key);
        if (session === null || session.state === 'closing') return failed('vanished');
        return (await closing.end(session)) ? done(null, began) : failed(seat.isHealthy() ? 'timeout' : 'unconfirmed');
      }),
    watch: (listener) => void listeners.push(listener),
    hear: (listener) => void hearers.push(listener),
    [Symbol.asyncDispose]: async () => {
      pending?.abort.abort();
      await lock(false);
      isOver = true;
      await host[Symbol.asyncDispose]();
    },
  };
}
