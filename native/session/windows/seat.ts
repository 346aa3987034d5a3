/** The host's lines come in; who has a session, which one the console shows and whether it is locked, as Windows said, go out. */
import type { Accounts } from '../../../core/ports.ts';
import type { SessionInfo, SessionKey } from '../../../core/types.ts';
import type { Host } from './host.ts';
import type { HostLine } from './lines.ts';

export type Facts = {
  readonly key: SessionKey;
  /** domain\user; empty: nobody is logged on. */
  readonly account: string;
  readonly state: SessionInfo['state'];
  readonly lock: SessionInfo['lock'];
  readonly isRemote: boolean;
};
export type SeatNews =
  | { readonly kind: 'event'; readonly session: string; readonly what: string }
  | { readonly kind: 'asked'; readonly verb: string; readonly session: string; readonly error: number }
  | { readonly kind: 'sleep' | 'woke' };

export type Seat = {
  /** Somebody's sessions at this computer itself; remote ones are none of ours. */
  readonly sessions: () => readonly Facts[];
  /** What the console shows, if it is somebody's. */
  readonly active: () => Facts | null;
  /** Its number, whoever's it is; null: not known. */
  readonly console: () => string | null;
  readonly find: (key: SessionKey) => Facts | null;
  readonly infoOf: (facts: Facts) => SessionInfo;
  /** The host answers, and what Windows told it makes sense. A console that is in no list does not: then nothing is known. */
  readonly isHealthy: () => boolean;
  /** True as soon as `holds`, looked at after each line; false after `within` ms or when `ended`. */
  readonly until: (holds: () => boolean, within: number, ended?: AbortSignal) => Promise<boolean>;
  readonly hear: (listener: (news: SeatNews) => void) => void;
};

/** Windows compares accounts so. */
export const isSameAccount = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
export const isSameKey = (one: SessionKey, other: SessionKey): boolean => one.id === other.id && one.epoch === other.epoch;

export function watchSeat(host: Host, accounts: Accounts, changed: () => void): Seat {
  const hearers: ((news: SeatNews) => void)[] = [];
  const waiting = new Set<() => void>();
  /** What an event said last of a session's lock: newer than what a list says, which Windows may fill in later. */
  const said = new Map<string, 'locked' | 'unlocked'>();
  let listed: readonly Facts[] = [];
  let coming: { readonly expected: number; readonly console: string; readonly facts: Facts[] } | null = null;
  let consoleId: string | null = null;

  const look = (): void => {
    for (const wake of waiting) wake();
    changed();
  };
  const factsOf = ([id = '', epoch = '', state, lock, where, domain = '', user = '']: readonly string[]): Facts => {
    const isShown = id === coming?.console && state === 'active';
    return {
      key: { id, epoch },
      account: user === '' ? '' : `${domain}\\${user}`,
      state: state === 'closing' ? 'closing' : isShown ? 'active' : 'background',
      // Nobody comes back to a session that is not shown without proving herself to Windows.
      lock: !isShown ? 'locked' : lock === 'locked' || lock === 'unlocked' ? lock : 'unknown',
      isRemote: where === 'remote',
    };
  };
  const settle = (): void => {
    if (coming === null || coming.facts.length < coming.expected) return;
    listed = coming.facts;
    consoleId = coming.console;
    coming = null;
    for (const id of said.keys()) if (!listed.some((facts) => `${facts.key.id} ${facts.key.epoch}` === id)) said.delete(id);
    look();
  };
  const note = (session: string, what: string): void => {
    const lock = what === 'sessionLock' ? 'locked' : what === 'sessionUnlock' || what === 'sessionLogon' ? 'unlocked' : null;
    const facts = listed.find(({ key }) => key.id === session);
    if (facts === undefined) return;
    if (lock !== null) said.set(`${facts.key.id} ${facts.key.epoch}`, lock);
    // Between the console and nowhere it may have been locked without an event.
    else if (/connect$/i.test(what)) said.delete(`${facts.key.id} ${facts.key.epoch}`);
  };
  host.hear(({ verb, fields }: HostLine) => {
    const [first = '', second = '', third = ''] = fields;
    switch (verb) {
      case 'SESSIONS':
        coming = { expected: Number(first), console: second, facts: [] };
        return settle();
      case 'SESSION':
        coming?.facts.push(factsOf(fields));
        return settle();
      case 'EVENT':
        note(first, second);
        for (const hear of hearers) hear({ kind: 'event', session: first, what: second });
        return look();
      case 'ASKED':
        for (const hear of hearers) hear({ kind: 'asked', verb: first, session: second, error: Number(third) });
        return look();
      case 'SLEEP':
      case 'WOKE':
        for (const hear of hearers) hear({ kind: verb === 'SLEEP' ? 'sleep' : 'woke' });
        return look();
      default:
    }
  });
  host.changed(() => {
    listed = [];
    consoleId = null;
    coming = null;
    said.clear();
    look();
  });

  const lockOf = (facts: Facts): SessionInfo['lock'] => (facts.state === 'active' ? (said.get(`${facts.key.id} ${facts.key.epoch}`) ?? facts.lock) : 'locked');
  const now = (): readonly Facts[] => listed.filter(({ account, isRemote }) => account !== '' && !isRemote).map((facts) => ({ ...facts, lock: lockOf(facts) }));
  return {
    sessions: now,
    active: () => now().find(({ state }) => state === 'active') ?? null,
    console: () => consoleId,
    find: (key) => now().find((facts) => isSameKey(facts.key, key)) ?? null,
    infoOf: ({ key, account, state, lock }) => ({ key, subscriber: accounts.subscriberOf(account), state, lock }),
    isHealthy: () => host.isHere() && consoleId !== null && listed.some(({ key }) => key.id === consoleId),
    until: (holds, within, ended) =>
      new Promise((resolve) => {
        const end = (result: boolean): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          ended?.removeEventListener('abort', wake);
          resolve(result);
        };
        const wake = (): void => {
          if (ended?.aborted === true) end(false);
          else if (holds()) end(true);
        };
        const timer = setTimeout(() => end(holds()), within);
        waiting.add(wake);
        ended?.addEventListener('abort', wake);
        wake();
      }),
    hear: (listener) => void hearers.push(listener),
  };
}
