/** A seat comes in; ways to close what is open on it go out: lock and have it confirmed, else the greeter's VT, else, where the site wants it, the session's end. */
import type { Facts } from './facts.ts';
import { isSame, nameOf, type Seat } from './seat.ts';

export type Closing = {
  /** Asks each of these to lock; true once all of them are, or are gone. Text consoles have nothing that locks and are left out. */
  readonly lock: (sessions: readonly Facts[]) => Promise<boolean>;
  /** Shows the greeter; true once nobody's session is shown any more. */
  readonly showGreeter: () => Promise<boolean>;
  /** Everything on this seat. True once all is confirmed locked. `harder`: an earlier lock was not confirmed; ends those, where it may, whose own lock was missed then and is again. */
  readonly close: (harder: boolean) => Promise<boolean>;
  /** Ends it; true once it is gone. */
  readonly end: (session: Facts) => Promise<boolean>;
};
export type ClosingParts = {
  readonly seat: Seat;
  readonly name: string;
  readonly endUnlocked: 'off' | 'on';
  readonly greeterVt: number;
  readonly lockTakes?: number;
  readonly diagnose: (text: string) => void;
};

const switchTakes = 3_000;
const endTakes = 5_000;

export function createClosing({ seat, name, endUnlocked, greeterVt, lockTakes = 2_000, diagnose }: ClosingParts): Closing {
  /** By name, what the closing before this one left open: nothing is ended at the first lock that it misses. */
  let missed: ReadonlySet<string> = new Set();
  const now = (session: Facts): Facts | null => seat.sessions().find((s) => isSame(s, session)) ?? null;
  const isClosed = (session: Facts): boolean => {
    const found = now(session);
    return found === null || found.isClosing || seat.lockOf(found) === 'locked';
  };
  const lockOne = async (session: Facts): Promise<boolean> => {
    const asked = await seat.login()?.lock(session.id);
    if (asked?.kind === 'error') diagnose(`session ${session.id} was not asked to lock: ${asked.name}`);
    await seat.refresh();
    const isConfirmed = await seat.until(() => isClosed(session), lockTakes);
    if (!isConfirmed) diagnose(`the lock of session ${session.id} was not confirmed${session.of === 'unknown' ? ', whose class no systemd known here has' : ''}`);
    return isConfirmed;
  };
  const lock = async (sessions: readonly Facts[]): Promise<boolean> =>
    (await Promise.all(sessions.filter((s) => !s.isText && !isClosed(s)).map(lockOne))).every((isConfirmed) => isConfirmed);

  const showGreeter = async (): Promise<boolean> => {
    const login = seat.login();
    if (login === null) return false;
    const greeter = seat.greeter();
    const ways = [
      ...(greeter === null ? [] : [() => login.activate(greeter.id)]),
      () => login.showGreeter(name),
      ...(greeterVt === 0 ? [] : [() => login.switchTo(name, greeterVt)]),
    ];
    for (const way of ways) {
      const answer = await way();
      if (answer.kind === 'error') continue;
      await seat.refresh();
      if (await seat.until(() => seat.active() === null, switchTakes)) return true;
    }
    diagnose('no greeter could be shown: name its VT with "greeterVt"');
    return false;
  };
  const end = async (session: Facts): Promise<boolean> => {
    const answer = await seat.login()?.terminate(session.id);
    if (answer?.kind === 'error') diagnose(`session ${session.id} was not ended: ${answer.name}`);
    await seat.refresh();
    return seat.until(() => now(session) === null, endTakes);
  };
  return {
    lock,
    showGreeter,
    end,
    close: async (harder) => {
      await lock(seat.sessions());
      const active = seat.active();
      // A text console among them: what cannot lock is at least not shown.
      if (active !== null && !isClosed(active)) await showGreeter();
      // Where logind is silent no lock can be seen, and none was missed.
      const open = seat.isHealthy() ? seat.sessions().filter((s) => !s.isText && !isClosed(s)) : [];
      if (harder && endUnlocked === 'on') for (const session of open) if (missed.has(nameOf(session)) && session.of === 'user') await end(session);
      missed = new Set(open.map(nameOf));
      return seat.isHealthy() && seat.active() === activeLocked(seat) && seat.sessions().every((s) => s.isText || isClosed(s));
    },
  };
}

/** The session that is shown, if it is locked; null where none is shown. Anything else is not closed. */
function activeLocked(seat: Seat): Facts | null | undefined {
  const active = seat.active();
  return active === null || seat.lockOf(active) === 'locked' ? active : undefined;
}
