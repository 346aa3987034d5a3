/** The host comes in; the two ports by which the shared kiosk's controller trusts only Windows go out: what the face's beats say of one session, and that session's end. */
import type { SessionController } from '../../../core/ports.ts';
import type { Millis } from '../../../core/types.ts';
import type { Cover } from '../contexts.ts';
import { createKiosk, type KioskParts } from '../kiosk.ts';
import type { Host } from './host.ts';
import { type Facts, isSameAccount, watchSeat } from './seat.ts';

export type WindowsKioskParts = Omit<KioskParts, 'cover' | 'endSession'> & {
  /** Ended with the controller. */
  readonly host: Host;
  /** Windows' number of the generic account's session, or that account, as `DOMAIN\user` or its user alone: its session at this computer is found, and found again. */
  readonly session: number | string;
  /** Told when a face's word changes: `silent` is one that the host has already asked Windows to disconnect for. */
  readonly heard?: (word: 'covered' | 'open' | 'silent') => void;
};

const endTakes: Millis = 5_000;
/** As in the host: longer without a beat is no face. */
const silence: Millis = 1_750;

/** Windows' number of the session of this account; null: it has none here. */
export function kioskSession(sessions: readonly Facts[], account: string): number | null {
  const is = (facts: Facts): boolean => isSameAccount(facts.account, account) || isSameAccount(facts.account.replace(/^.*\\/, ''), account);
  const found = sessions.find((facts) => is(facts) && facts.state !== 'closing');
  return found === undefined ? null : Number(found.key.id);
}

/** One generic account whose face covers it: what the host hears from the face counts, and what Windows reports of the session; nothing that a call returned. */
export function createWindowsKiosk({ host, session, heard, ...parts }: WindowsKioskParts): SessionController {
  const waiting = new Set<() => void>();
  let beatAt: Millis | null = null;
  let word: 'covered' | 'open' | 'silent' = 'silent';
  let current: number | null = typeof session === 'number' ? session : null;
  const begin = (): void => {
    if (host.isHere() && current !== null) host.say('KIOSK', current);
    beatAt = null;
    word = 'silent';
  };
  host.hear(({ verb, fields: [id, said] }) => {
    if (verb !== 'FACE' || id !== String(current) || (said !== 'covered' && said !== 'open' && said !== 'silent')) return;
    if (said !== word) heard?.(said);
    word = said;
    beatAt = said === 'silent' ? null : parts.clock.now();
    if (said === 'covered') for (const wake of waiting) wake();
  });
  const present = (): boolean => beatAt !== null && parts.clock.now() - beatAt < silence;
  const confirmed = (within: Millis): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (covers: boolean): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve(covers);
      };
      const wake = (): void => end(true);
      const timer = setTimeout(() => end(false), within);
      waiting.add(wake);
    });
  const cover: Cover = { present, confirmed };

  const seat = watchSeat(host, { accountOf: () => null, subscriberOf: () => null }, () => find());
  const find = (): void => {
    if (typeof session === 'number') return;
    const found = kioskSession(seat.sessions(), session);
    if (found === current) return;
    current = found;
    begin();
  };
  host.changed(begin);
  begin();
  const isThere = (): boolean => seat.sessions().some(({ key, state }) => key.id === String(current) && state !== 'closing');
  const endSession = async (): Promise<boolean> => {
    if (!seat.isHealthy() || !isThere() || current === null) return false;
    host.say('LOGOFF', current);
    return seat.until(() => seat.isHealthy() && !isThere(), endTakes);
  };

  const kiosk = createKiosk({ ...parts, cover, endSession });
  return {
    ...kiosk,
    kind: 'windows',
    [Symbol.asyncDispose]: async () => {
      await kiosk[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}
