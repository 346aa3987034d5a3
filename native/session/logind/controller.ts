/** Grants and locks come in, logind's sessions of one seat are opened, switched and locked; each promise resolves on what logind reports, never on a call's return. */
import type { Accounts, Clock, SessionController } from '../../../core/ports.ts';
import type { Grant, Outcome, OutcomeCode, SessionInfo, SessionKey, SessionNews, Snapshot } from '../../../core/types.ts';
import { type Bus, connectBus, systemBus } from '../../dbus/bus.ts';
import type { Offers } from '../offers.ts';
import { createClosing } from './closing.ts';
import type { Facts } from './facts.ts';
import type { Locker } from './locker.ts';
import { type LoginNews, openLogin } from './login.ts';
import { type Attempt, createOpening, type Opened } from './opening.ts';
import { createReports } from './reports.ts';
import { isSame, keyOf, watchSeat } from './seat.ts';
import { holdSleep } from './sleep.ts';

export type LogindOptions = {
  readonly clock: Clock;
  readonly accounts: Accounts;
  /** Where PAM takes grants; null: nobody can sign in anew, and no locker of kind `locker` unlocks. */
  readonly offers: Pick<Offers, 'offer' | 'revoke'> | null;
  readonly locker: Locker;
  /** Whether a session whose lock was not confirmed twice is ended, its unsaved work with it. */
  readonly endUnlocked: 'off' | 'on';
  /** Where a greeter is to be found that logind and LightDM do not know of; 0: nowhere. */
  readonly greeterVt: number;
  /** A locker covers within this many milliseconds, or it does not count: 2 s unless said. */
  readonly lockTakes?: number;
  readonly seat?: string;
  /** Of the system bus. */
  readonly address?: string;
  /** Whose sessions are at this seat, by uid, and whose is shown; told at each change. */
  readonly present?: (people: ReadonlyMap<number, string>, shown: number | null) => void;
  /** For IT: session ids and D-Bus error names, no accounts. */
  readonly diagnose: (text: string) => void;
};

const reconnectAfter = 1_000;
/** Text consoles tell of input only when asked. */
const idleLookedAt = 5_000;
const remembered = 1_000;

/** Resolves once logind was read for the first time, or is known not to answer: then it is asked again every second, and until it does nothing opens. */
export async function createLogind(options: LogindOptions): Promise<SessionController> {
  const { clock, accounts, offers, locker, seat: name = 'seat0', address = systemBus(), diagnose } = options;
  const used = new Set<string>();
  let pending: { readonly abort: AbortController; readonly isRedeemed: () => boolean } | null = null;
  let acting = 0;
  let tail: Promise<unknown> = Promise.resolve();
  let bus: Bus | null = null;
  let isOver = false;

  const seat = watchSeat({
    name,
    accounts,
    locker,
    changed: () => {
      tellPresent();
      reports.look();
    },
  });
  let told = '';
  const tellPresent = (): void => {
    const people = new Map(seat.sessions().map((s) => [s.uid, s.account]));
    const active = seat.active()?.uid ?? null;
    const now = JSON.stringify([[...people].sort(([a], [b]) => a - b), active]);
    if (now === told) return;
    told = now;
    options.present?.(people, active);
  };
  const closing = createClosing({ ...options, seat, name });
  const opening = createOpening({ seat, closing, locker, offers });
  const hold = holdSleep(address, diagnose);

  /** One action at a time; what the seat shows meanwhile is told once it is over. */
  const exclusive = <T>(act: () => Promise<T>): Promise<T> => {
    acting++;
    const done = tail.then(act).finally(() => {
      acting--;
      reports.look();
    });
    tail = done.catch(() => undefined);
    return done;
  };
  const reports = createReports({
    seat,
    isBusy: () => acting > 0,
    // Behind our back, or by somebody whose grant was overtaken: closed at once.
    shut: () =>
      void exclusive(async () => {
        const active = seat.active();
        if (active !== null && seat.lockOf(active) !== 'locked') await closing.showGreeter();
        await closing.close(false);
        reports.closed();
      }),
  });

  const screen = (): 'locked' | 'unknown' => {
    const active = seat.active();
    return seat.isHealthy() && (active === null || seat.lockOf(active) === 'locked') ? 'locked' : 'unknown';
  };
  const failed = (code: OutcomeCode): Outcome => ({ kind: 'failed', code, screen: screen() });
  const done = (session: SessionInfo | null, began: number): Outcome => ({ kind: 'done', session, ms: clock.now() - began });
  const shown = (): SessionInfo | null => {
    const active = seat.active();
    return active === null ? null : seat.infoOf(active);
  };
  const overtake = (): void => {
    pending?.abort.abort();
    offers?.revoke();
  };
  const lockNow = (harder: boolean): Promise<Outcome> =>
    exclusive(async () => {
      const began = clock.now();
      reports.granted(null);
      await seat.refresh();
      const isClosed = await closing.close(harder);
      reports.closed();
      return isClosed ? done(shown(), began) : failed('unconfirmed');
    });

  const open = async (grant: Grant, abort: AbortController, setRedeemed: () => void): Promise<Outcome> => {
    const began = clock.now();
    if (isOver || !seat.isHealthy()) return failed('unsupported');
    if (used.has(grant.id)) return failed('rejected');
    used.add(grant.id);
    if (used.size > remembered) used.delete(used.values().next().value ?? '');
    if (began >= grant.expiresAt || grant.seq !== reports.snapshot().seq) return failed('expired');
    if (abort.signal.aborted) return failed('revoked');
    const account = accounts.accountOf(grant.subscriber);
    if (account === null) return failed('account');
    const meant = seat.sessions().find((s) => s.account === account && !s.isClosing) ?? null;
    await seat.refresh();
    const target = meant === null ? null : (seat.sessions().find((s) => isSame(s, meant)) ?? null);
    if (meant !== null && target === null) return failed('vanished');
    const isEmergency = grant.intent === 'emergency';
    if (grant.intent !== 'signIn' && !isEmergency && target === null) return failed('noSession');
    // An emergency's session is made anew.
    if (isEmergency && target !== null && !(await closing.end(target))) return failed('rejected');
    if (grant.intent === 'unlock' && target?.isActive !== true) return failed('notConsole');
    const attempt: Attempt = {
      grant,
      ended: abort.signal,
      redeemed: () => {
        setRedeemed();
        reports.tell({ kind: 'redeemed', grant: grant.id });
      },
    };
    const opened: Opened = target === null || isEmergency ? await opening.signIn(attempt, account) : await opening.unlock(attempt, target);
    if (opened.kind === 'opened') {
      reports.granted(keyOf(opened.session));
      return done(seat.infoOf(opened.session), began);
    }
    // Whatever had come about of it is closed again, and that is confirmed or not.
    reports.disown(account);
    await closing.close(false);
    return failed(opened.code);
  };

  const hear = (news: LoginNews): void => {
    if (news.kind === 'sleep' || news.kind === 'woke') {
      reports.tell({ kind: news.kind });
      if (news.kind === 'woke') hold.take();
      // What the core asks for at this news stands in the queue by now.
      else void tail.then(() => hold.release());
    } else if (news.kind === 'lockAsked' && acting === 0 && seat.active()?.id === news.session) reports.tell({ kind: 'lockAsked' });
    if (news.kind === 'restarted') diagnose('logind ended or was started anew');
    void seat.refresh();
  };
  const join = async (): Promise<void> => {
    let joined: Bus | null = null;
    try {
      joined = await connectBus(address);
      bus = joined;
      void joined.closed.then((why) => {
        seat.use(null);
        if (isOver) return;
        diagnose(`the system bus is lost: ${why}`);
        setTimeout(() => isOver || void join(), reconnectAfter);
      });
      seat.use(await openLogin(joined, hear));
      await seat.refresh();
      hold.take();
    } catch (why) {
      diagnose(why instanceof Error ? why.message : String(why));
      if (joined === null) setTimeout(() => isOver || void join(), reconnectAfter);
      else await joined[Symbol.asyncDispose]();
    }
  };
  if (locker.kind === 'locker') {
    locker.onReport(({ account, session: id, how }) => {
      const own = seat.sessions().filter((s) => s.account === account && (id === null || s.id === id));
      const [session] = own;
      // Which of several it covers cannot be told: none is.
      if (session === undefined || own.length > 1) return;
      if (how === 'died') reports.suspect(keyOf(session));
      seat.cover(keyOf(session), how);
    });
  }
  await join();
  reports.begin();
  const looking = setInterval(() => reports.mayBeUsed() && void seat.refresh(), idleLookedAt);

  return {
    kind: 'logind',
    snapshot: async () => {
      if (acting === 0) await seat.refresh();
      return reports.snapshot();
    },
    lock: (_why, escalate) => {
      overtake();
      return lockNow(escalate);
    },
    open: (grant) => {
      if (pending?.isRedeemed() === true) return Promise.resolve(failed('busy'));
      overtake();
      let isRedeemed = false;
      const own = { abort: new AbortController(), isRedeemed: () => isRedeemed };
      pending = own;
      return exclusive(() => open(grant, own.abort, () => (isRedeemed = true))).finally(() => {
        if (pending === own) pending = null;
      });
    },
    signOut: (key: SessionKey) =>
      exclusive(async () => {
        const began = clock.now();
        await seat.refresh();
        const session: Facts | undefined = seat.sessions().find((s) => isSame(s, key));
        if (session === undefined) return failed('vanished');
        return (await closing.end(session)) ? done(null, began) : failed('timeout');
      }),
    watch: (listener: (snapshot: Snapshot) => void) => reports.watch(listener),
    hear: (listener: (news: SessionNews) => void) => reports.hear(listener),
    [Symbol.asyncDispose]: async () => {
      overtake();
      await lockNow(false);
      isOver = true;
      clearInterval(looking);
      hold.release();
      await bus?.[Symbol.asyncDispose]();
    },
  };
}
