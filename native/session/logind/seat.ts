/** logind's sessions come in as they are read; what one seat shows goes out: its people's sessions with their locks, and a way to wait until it shows something else. */
import type { Accounts } from '../../../core/ports.ts';
import type { SessionInfo, SessionKey } from '../../../core/types.ts';
import type { Facts } from './facts.ts';
import type { Locker, LockerReport } from './locker.ts';
import type { Login } from './login.ts';

export type Seat = {
  /** False while logind does not answer: nothing shown is to be believed then. */
  readonly isHealthy: () => boolean;
  /** People's sessions at this seat, and what may be one: a class that nobody here knows. Remote ones and greeters are none. */
  readonly sessions: () => readonly Facts[];
  readonly greeter: () => Facts | null;
  readonly active: () => Facts | null;
  readonly lockOf: (session: Facts) => SessionInfo['lock'];
  readonly infoOf: (session: Facts) => SessionInfo;
  /** What a locker of kind `locker` said of itself. */
  readonly cover: (key: SessionKey, how: LockerReport['how']) => void;
  /** Its locker died last, and opened nobody’s work. */
  readonly hasFallen: (key: SessionKey) => boolean;
  /** Reads everything anew. */
  readonly refresh: () => Promise<void>;
  /** Settles with whether `seen` came to hold within `patience` milliseconds, or at once with false when `ended` is. */
  readonly until: (seen: () => boolean, patience: number, ended?: AbortSignal) => Promise<boolean>;
  /** The connection to logind; null: none. */
  readonly use: (login: Login | null) => void;
  readonly login: () => Login | null;
};

export const keyOf = ({ id, epoch }: Facts): SessionKey => ({ id, epoch });
export const isSame = (a: SessionKey, b: SessionKey): boolean => a.id === b.id && a.epoch === b.epoch;
export const nameOf = ({ id, epoch }: SessionKey): string => `${id} ${epoch}`;

/** `changed` is called after each reading, before anybody who waits. */
export function watchSeat({
  name,
  accounts,
  locker,
  changed,
}: {
  readonly name: string;
  readonly accounts: Accounts;
  readonly locker: Locker;
  readonly changed: () => void;
}): Seat {
  const waiting = new Set<() => void>();
  const locking = new Map<string, LockerReport['how']>();
  let login: Login | null = null;
  let known: readonly Facts[] = [];
  let isHealthy = false;
  let reading: Promise<void> | null = null;
  let isStale = false;

  const sessions = (): readonly Facts[] => known.filter((s) => (s.of === 'user' || s.of === 'unknown') && s.seat === name && !s.isRemote);
  const lockOf = (session: Facts): SessionInfo['lock'] => {
    if (!isHealthy) return 'unknown';
    return (locker.kind === 'hint' ? session.lockedHint : locking.get(nameOf(session)) === 'covered') ? 'locked' : 'unlocked';
  };
  const told = (): void => {
    changed();
    for (const look of waiting) look();
  };
  const read = async (): Promise<void> => {
    do {
      isStale = false;
      const from = login;
      const found = (await from?.sessions()) ?? null;
      if (from !== login) isStale = true;
      else {
        isHealthy = found !== null;
        // What was known of a logind that fell silent is kept: who is to be locked.
        known = found ?? known;
        if (found !== null) for (const old of locking.keys()) if (!found.some((s) => nameOf(s) === old)) locking.delete(old);
      }
    } while (isStale);
    reading = null;
    told();
  };
  return {
    isHealthy: () => isHealthy,
    sessions,
    greeter: () => known.find((s) => s.of === 'greeter' && s.seat === name && !s.isClosing) ?? null,
    active: () => sessions().find((s) => s.isActive) ?? null,
    lockOf,
    infoOf: (session) => ({
      key: keyOf(session),
      subscriber: accounts.subscriberOf(session.account),
      state: session.isClosing ? 'closing' : session.isActive ? 'active' : 'background',
      lock: lockOf(session),
    }),
    cover: (key, how) => {
      locking.set(nameOf(key), how);
      told();
    },
    hasFallen: (key) => locking.get(nameOf(key)) === 'died',
    refresh: () => {
      if (reading === null) return (reading = read());
      isStale = true;
      return reading;
    },
    until: (seen, patience, ended) =>
      new Promise((resolve) => {
        const settle = (result: boolean): void => {
          clearTimeout(late);
          waiting.delete(look);
          ended?.removeEventListener('abort', stop);
          resolve(result);
        };
        const stop = (): void => settle(false);
        const look = (): void => {
          if (isHealthy && seen()) settle(true);
        };
        const late = setTimeout(settle, patience, false);
        waiting.add(look);
        ended?.addEventListener('abort', stop);
        if (ended?.aborted === true) stop();
        else look();
      }),
    use: (next) => {
      login = next;
      if (next === null) {
        isHealthy = false;
        told();
      }
    },
    login: () => login,
  };
}
