/** The seat comes in; ways to close what is open on it go out: its face locks it, else Windows disconnects it, else, where the site wants it, it is signed out. */
import type { Host } from './host.ts';
import { type Facts, isSameKey, type Seat } from './seat.ts';

/** No session that anybody lists: Windows ends the console's own whatever it is. */
const unlisted = (id: string): Facts => ({ key: { id, epoch: '0' }, account: '', state: 'active', lock: 'unknown', isRemote: false });

export type Closing = {
  /** True once Windows has reported the console locked, or nobody's. `harder`: an earlier lock was not confirmed. */
  readonly close: (harder: boolean) => Promise<boolean>;
  /** True once Windows has reported its end. */
  readonly end: (session: Facts) => Promise<boolean>;
};
export type ClosingTimes = { readonly lock: number; readonly disconnect: number; readonly logoff: number };

export const usualTimes: ClosingTimes = { lock: 3_000, disconnect: 3_000, logoff: 10_000 };

export function createClosing(host: Host, seat: Seat, endUnlocked: 'off' | 'on', times: ClosingTimes, diagnose: (text: string) => void): Closing {
  const isClosed = (): boolean => {
    const active = seat.active();
    return seat.isHealthy() && (active === null || active.lock === 'locked');
  };
  /** Asks, and waits for what Windows reports. An error code ends the waiting early; a success means nothing. */
  const ask = async (verb: 'LOCK' | 'DISCONNECT' | 'LOGOFF', { key: { id: session } }: Facts, within: number, holds: () => boolean): Promise<boolean> => {
    const refused = new AbortController();
    refusals.set(`${verb} ${session}`, (error) => {
      diagnose(`Windows refused ${verb} of session ${session}: error ${error}`);
      refused.abort();
    });
    host.say(verb, session);
    const isConfirmed = await seat.until(holds, within, refused.signal);
    refusals.delete(`${verb} ${session}`);
    if (!isConfirmed && !refused.signal.aborted) diagnose(`${verb} of session ${session} was not confirmed by Windows`);
    return isConfirmed;
  };
  const refusals = new Map<string, (error: number) => void>();
  seat.hear((news) => {
    if (news.kind === 'asked' && news.error !== 0) refusals.get(`${news.verb} ${news.session}`)?.(news.error);
  });
  const isGone = ({ key }: Facts): boolean => seat.isHealthy() && !seat.sessions().some((session) => isSameKey(session.key, key) && session.state !== 'closing');
  const end = (session: Facts): Promise<boolean> => ask('LOGOFF', session, times.logoff, () => isGone(session));
  return {
    end,
    close: async (harder) => {
      const console = seat.console();
      if (isClosed() || console === null) return isClosed();
      const active = seat.active() ?? unlisted(console);
      if (!harder && (await ask('LOCK', active, times.lock, isClosed))) return true;
      if (await ask('DISCONNECT', active, times.disconnect, isClosed)) return true;
      if (harder && endUnlocked === 'on') await end(active);
      return isClosed();
    },
  };
}
