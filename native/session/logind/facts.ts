/** A session's properties as logind gave them come in; what this station wants to know of it goes out, or null for an answer that is none. */
import type { Value } from '../../dbus/unmarshal.ts';

export type Facts = {
  readonly id: string;
  /** When it was made, microseconds since boot: logind reuses ids. */
  readonly epoch: string;
  readonly uid: number;
  readonly account: string;
  /** '' for none: a remote session has no seat. */
  readonly seat: string;
  /** `service`: nobody's session (a service manager, a job, a locker of the display manager's). `unknown`: a class that no logind we know has. */
  readonly of: 'user' | 'greeter' | 'service' | 'unknown';
  /** A text console: nothing in it can lock. */
  readonly isText: boolean;
  readonly isRemote: boolean;
  readonly isActive: boolean;
  readonly isClosing: boolean;
  /** A locker of the session says so; any program of that account can. */
  readonly lockedHint: boolean;
  readonly idleHint: boolean;
  /** Rises with what the desktop or console tells of input. */
  readonly idleSince: string;
};

const wide = (value: Value | undefined): string | null => (typeof value === 'bigint' ? String(value) : null);

export function readFacts(properties: Value | undefined): Facts | null {
  if (!(properties instanceof Map)) return null;
  const of = (name: string): Value | undefined => properties.get(name) as Value | undefined;
  const [id, account, kind, type, state] = ['Id', 'Name', 'Class', 'Type', 'State'].map(of);
  const [isRemote, isActive, lockedHint, idleHint] = ['Remote', 'Active', 'LockedHint', 'IdleHint'].map(of);
  const epoch = wide(of('TimestampMonotonic'));
  const seat = of('Seat');
  const first = (pair: Value | undefined): Value | undefined => (Array.isArray(pair) ? (pair[0] as Value | undefined) : undefined);
  const [seatId, uid] = [first(seat), first(of('User'))];
  if (typeof id !== 'string' || typeof account !== 'string' || typeof seatId !== 'string' || typeof uid !== 'number' || epoch === null) return null;
  if (typeof isRemote !== 'boolean' || typeof isActive !== 'boolean' || typeof lockedHint !== 'boolean' || typeof idleHint !== 'boolean') return null;
  return {
    id,
    epoch,
    uid,
    account,
    seat: seatId,
    of: typeof kind === 'string' ? classOf(kind) : 'unknown',
    isText: type === 'tty' || type === 'unspecified',
    isRemote,
    isActive,
    isClosing: state === 'closing',
    lockedHint,
    idleHint,
    idleSince: wide(of('IdleSinceHintMonotonic')) ?? '0',
  };
}

const services: ReadonlySet<string> = new Set(['lock-screen', 'background', 'background-light', 'manager', 'manager-early', 'none']);

/** sd-login's classes as of systemd 258: `user-early` since 256, `user-light` and `user-early-light` since 258; `user-incomplete` is a person whose account is being set up. */
function classOf(name: string): Facts['of'] {
  if (name === 'user' || name.startsWith('user-')) return 'user';
  if (name === 'greeter') return 'greeter';
  return services.has(name) ? 'service' : 'unknown';
}

/** `a(susso)` of ListSessions: the objects' paths; null: no such list. */
export function readPaths(list: Value | undefined): readonly string[] | null {
  if (!Array.isArray(list)) return null;
  const paths = (list as readonly Value[]).map((one) => (Array.isArray(one) ? (one[4] as Value | undefined) : undefined));
  return paths.every((path) => typeof path === 'string') ? paths : null;
}
