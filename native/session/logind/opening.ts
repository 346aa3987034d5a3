/** A grant and the session it is for come in; that session is opened and shown, each step confirmed by logind, or the reason why not goes out. */
import type { Grant, OutcomeCode } from '../../../core/types.ts';
import type { Offers } from '../offers.ts';
import type { Closing } from './closing.ts';
import type { Facts } from './facts.ts';
import type { Locker } from './locker.ts';
import { isSame, type Seat } from './seat.ts';

/** One grant on its way. `ended`: a newer tap or a lock has overtaken it. `redeemed`: the system has taken it. */
export type Attempt = { readonly grant: Grant; readonly ended: AbortSignal; readonly redeemed: () => void };
export type Opened = { readonly kind: 'opened'; readonly session: Facts } | { readonly kind: 'not'; readonly code: OutcomeCode };
export type Opening = {
  readonly unlock: (attempt: Attempt, target: Facts) => Promise<Opened>;
  readonly signIn: (attempt: Attempt, account: string) => Promise<Opened>;
};

const unlockTakes = 2_000;
const activationTakes = 5_000;
/** From the greeter's success to a session on the screen. */
const logonTakes = 15_000;

const not = (code: OutcomeCode): Opened => ({ kind: 'not', code });

export function createOpening({
  seat,
  closing,
  locker,
  offers,
}: {
  readonly seat: Seat;
  readonly closing: Closing;
  readonly locker: Locker;
  readonly offers: Pick<Offers, 'offer' | 'revoke'> | null;
}): Opening {
  const now = (session: Facts): Facts | undefined => seat.sessions().find((s) => isSame(s, session));
  const isOpen = (session: Facts): boolean => seat.lockOf(now(session) ?? session) === 'unlocked';
  const isShown = (session: Facts): boolean => now(session)?.isActive === true;

  /** Everybody else's work is confirmed locked before anything of hers is shown. */
  const closeOthers = (than: Facts | null): Promise<boolean> => closing.lock(seat.sessions().filter((s) => than === null || !isSame(s, than)));
  const show = async (target: Facts, ended: AbortSignal): Promise<OutcomeCode | null> => {
    if (isShown(target)) return null;
    const asked = await seat.login()?.activate(target.id);
    if (asked?.kind !== 'return') return asked?.name.endsWith('NoSuchSession') === true ? 'vanished' : 'rejected';
    await seat.refresh();
    return (await seat.until(() => isShown(target), activationTakes, ended)) ? null : 'timeout';
  };
  const ended = (attempt: Attempt, target: Facts, code: OutcomeCode): Opened => not(attempt.ended.aborted ? 'revoked' : now(target) === undefined ? 'vanished' : code);
  const result = (attempt: Attempt, target: Facts): Opened => {
    const session = now(target);
    return session !== undefined && session.isActive && isOpen(session) && !attempt.ended.aborted ? { kind: 'opened', session } : ended(attempt, target, 'unconfirmed');
  };

  /** First unlocked, then shown: she never sees the lock screen of her own session. */
  const byHint = async (attempt: Attempt, target: Facts): Promise<Opened> => {
    attempt.redeemed();
    if (!isOpen(target)) {
      const asked = await seat.login()?.unlock(target.id);
      if (asked?.kind !== 'return') return not(asked?.name.endsWith('NoSuchSession') === true ? 'vanished' : 'rejected');
      await seat.refresh();
      if (!(await seat.until(() => isOpen(target) || now(target) === undefined, unlockTakes, attempt.ended))) return ended(attempt, target, 'unconfirmed');
    }
    const refused = await show(target, attempt.ended);
    return refused === null ? result(attempt, target) : ended(attempt, target, refused);
  };
  /** Its locker takes the grant by itself, and only where it is shown: so it is shown locked first. Nothing else counts as opened: one that covers and was not heard of would cover still. */
  const byLocker = async (attempt: Attempt, target: Facts): Promise<Opened> => {
    if (offers === null) return not('unsupported');
    if (target.isText) return byHint(attempt, target);
    if (isOpen(target) && !(await closing.lock([target]))) return ended(attempt, target, 'unconfirmed');
    if (attempt.ended.aborted) return not('revoked');
    const offered = offers.offer(attempt.grant, { account: target.account, session: target.id });
    const refused = await show(target, attempt.ended);
    if (refused !== null) offers.revoke();
    const redemption = await offered;
    if (refused !== null) return ended(attempt, target, refused);
    if (redemption.kind !== 'redeemed') return not(redemption.kind);
    attempt.redeemed();
    await seat.until(() => isOpen(target) || now(target) === undefined, activationTakes, attempt.ended);
    // On Wayland the compositor covers still where its locker died instead.
    return seat.hasFallen(target) ? ended(attempt, target, 'unconfirmed') : result(attempt, target);
  };
  return {
    unlock: async (attempt, target) => {
      if (!(await closeOthers(target))) return not('unconfirmed');
      if (attempt.ended.aborted) return not('revoked');
      return locker.kind === 'hint' ? byHint(attempt, target) : byLocker(attempt, target);
    },
    signIn: async (attempt, account) => {
      if (offers === null) return not('unsupported');
      if (!(await closeOthers(null))) return not('unconfirmed');
      if (attempt.ended.aborted) return not('revoked');
      const before = seat.sessions();
      // Shown first: a greeter that takes the grant at once changes what is shown again.
      if (!(await closing.showGreeter())) return not('unsupported');
      if (attempt.ended.aborted) return not('revoked');
      const redemption = await offers.offer(attempt.grant, { account, session: null });
      if (redemption.kind !== 'redeemed') return not(redemption.kind);
      attempt.redeemed();
      const begun = (): Facts | undefined => seat.sessions().find((s) => s.account === account && s.isActive && !s.isClosing && !before.some((b) => isSame(b, s)));
      await seat.refresh();
      if (!(await seat.until(() => begun() !== undefined, logonTakes, attempt.ended))) return not(attempt.ended.aborted ? 'revoked' : 'timeout');
      const session = begun();
      return session === undefined ? not('vanished') : result(attempt, session);
    },
  };
}
