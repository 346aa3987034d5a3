/** A grant and whose it is come in; it waits at Windows' logon screen, and what Windows made of it goes out, confirmed by a session's own event or the reason why not. */
import type { Grant, OutcomeCode } from '../../../core/types.ts';
import type { Account, Host } from './host.ts';
import { type Facts, isSameAccount, type Seat } from './seat.ts';

/** One grant on its way. `ended`: a newer tap or a lock has overtaken it. */
export type Attempt = {
  readonly grant: Grant;
  readonly account: string;
  /** Milliseconds it has left. */
  readonly life: number;
  readonly ended: AbortSignal;
  readonly redeemed: () => void;
};
export type Opened =
  | { readonly kind: 'opened'; readonly session: Facts }
  /** `refused`: LSA itself said no, and nothing more can come of it. */
  | { readonly kind: 'not'; readonly code: OutcomeCode; readonly refused?: true };
export type OpeningTimes = { readonly logon: number; readonly connect: number };

/** From LogonUI's success to a session on the screen; a first logon loads a profile. */
export const usualOpeningTimes: OpeningTimes = { logon: 60_000, connect: 5_000 };

/** What LSA says of an account rather than of a password (NTSTATUS): restricted, hours, workstation, disabled, expired. */
const accountFaults: ReadonlySet<number> = new Set([0xc000006e, 0xc000006f, 0xc0000070, 0xc0000072, 0xc0000193]);
/** Of a password: wrong, expired, to be changed, and locked out for having been wrong. */
const secretFaults: ReadonlySet<number> = new Set([0xc000006d, 0xc000006a, 0xc0000071, 0xc0000224, 0xc0000234]);
const refusals: Readonly<Record<string, OutcomeCode>> = { noSecret: 'staleSecret', stale: 'staleSecret', notConsole: 'notConsole', expired: 'expired', revoked: 'revoked' };

/** domain\user, or a user of this computer. */
export function accountParts(account: string): Account {
  const cut = account.indexOf('\\');
  return { domain: cut < 0 ? '.' : account.slice(0, cut), user: account.slice(cut + 1) };
}

export type OpeningParts = {
  readonly host: Host;
  readonly seat: Seat;
  /** What her PIN or key made, from which the host derives her record's key; null: the key it keeps for her window. Overwritten when it was sent. */
  readonly shareOf: (grant: Grant) => Uint8Array | null;
  /** Whether an existing session is first asked to come back without a password, as SYSTEM may ask. */
  readonly reconnect: 'off' | 'on';
  readonly times: OpeningTimes;
};

type Heard = { redeemed: boolean; refused: string | null; status: number | null };

export function createOpening({ host, seat, shareOf, reconnect, times }: OpeningParts): (attempt: Attempt, target: Facts | null) => Promise<Opened> {
  const heard = new Map<string, Heard>();
  host.hear(({ verb, fields: [grant = '', value = ''] }) => {
    const about = heard.get(grant);
    if (about === undefined) return;
    if (verb === 'REDEEMED') about.redeemed = true;
    else if (verb === 'REFUSED') about.refused = value;
    else if (verb === 'RESULT') about.status = Number.parseInt(value, 16);
    wake();
  });
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const one of waiting) one();
  };
  /** As the seat's, and looked at when the host says something of a grant as well. */
  const until = async (holds: () => boolean, within: number, ended: AbortSignal): Promise<void> => {
    const done = new AbortController();
    const look = (): void => {
      if (holds() || ended.aborted || !host.isHere()) done.abort();
    };
    waiting.add(look);
    ended.addEventListener('abort', look);
    look();
    await seat.until(() => holds() || !host.isHere(), within, done.signal);
    waiting.delete(look);
    ended.removeEventListener('abort', look);
  };

  const shown = (account: string): Facts | null => {
    const active = seat.active();
    return active !== null && isSameAccount(active.account, account) ? active : null;
  };
  const openOf = (account: string): Facts | null => {
    const active = shown(account);
    return active?.lock === 'unlocked' ? active : null;
  };

  const offer = async ({ grant, account, life, ended, redeemed }: Attempt, target: Facts | null): Promise<Opened> => {
    const about: Heard = { redeemed: false, refused: null, status: null };
    const not = (code: OutcomeCode): Extract<Opened, { kind: 'not' }> => ({ kind: 'not', code: ended.aborted ? 'revoked' : host.isHere() ? code : 'unsupported' });
    const { domain, user } = accountParts(account);
    heard.set(grant.id, about);
    const share = shareOf(grant);
    const line = ['OFFER', grant.id, target?.state === 'active' ? target.key.id : '0', domain, user, Math.max(1, Math.floor(life))] as const;
    if (share === null) host.say(...line, '-');
    else host.saySecret(line, share);

    await until(() => about.redeemed || about.refused !== null, life + 1_000, ended);
    if (!about.redeemed) {
      host.say('REVOKE', grant.id);
      // It may have been taken at this very moment: whoever has it opens nothing that we would not close.
      return not(refusals[about.refused ?? 'expired'] ?? 'rejected');
    }
    redeemed();
    await until(() => openOf(account) !== null || (about.status !== null && about.status !== 0), times.logon, ended);
    const session = openOf(account);
    if (session !== null && !ended.aborted) return { kind: 'opened', session };
    const { status } = about;
    if (status === null) return not('timeout');
    // LogonUI said yes, and no session came of it: nothing was seen to open.
    if (status === 0) return not('unconfirmed');
    return { ...not(secretFaults.has(status) ? 'staleSecret' : accountFaults.has(status) ? 'account' : 'rejected'), refused: true };
  };

  return async (attempt, target) => {
    try {
      if (reconnect === 'on' && target !== null && target.state === 'background') {
        host.say('CONNECT', target.key.id);
        await until(() => shown(attempt.account) !== null, times.connect, attempt.ended);
        const session = openOf(attempt.account);
        if (session !== null && !attempt.ended.aborted) {
          attempt.redeemed();
          return { kind: 'opened', session };
        }
      }
      if (attempt.ended.aborted) return { kind: 'not', code: 'revoked' };
      return await offer(attempt, seat.active() === null ? target : (shown(attempt.account) ?? target));
    } finally {
      heard.delete(attempt.grant.id);
    }
  };
}
