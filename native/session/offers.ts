/** A grant that the core has made comes in and is held for the one program of the operating system that may take it; whether it was taken goes out. */
import type { Clock } from '../../core/ports.ts';
import type { Grant, GrantId } from '../../core/types.ts';

export type Redemption = { readonly kind: 'redeemed' } | { readonly kind: 'revoked' | 'expired' };
/**
 * Whose grant it is and what it opens. `seat` and `tty` only where the greeter is known to name them: without them any local one of the station's seat does.
 * LightDM names its display as tty, and no seat.
 */
export type OfferedTo = {
  readonly account: string;
  /** The logind session to be unlocked; null: a sign-in at the greeter. */
  readonly session: string | null;
  readonly seat?: string;
  readonly tty?: string;
};
/** By a door that has checked who asks and what for. */
export type Asked =
  /** A display manager, as root: its own user, seat and tty. */
  | { readonly door: 'root'; readonly account: string; readonly seat: string; readonly tty: string }
  /** A locker, as the session's user. `session`: the one its process runs in; null: it runs in none (a service of the user's manager). */
  | { readonly door: 'locker'; readonly account: string; readonly session: string | null };
export type Asking =
  /** Taken: this answer comes once per grant. */
  | { readonly kind: 'redeemed'; readonly grant: GrantId }
  /** Nothing is held, or not for this one: no difference is told. */
  | { readonly kind: 'nothing' };

export interface Offers {
  /** Held until redeemed, revoked or expired (grant.expiresAt); a newer offer revokes the one before, and a grant that was offered once is never offered again. */
  offer(grant: Grant, to: OfferedTo): Promise<Redemption>;
  revoke(): void;
  /** One shot. */
  redeem(asked: Asked): Asking;
  /** Whether that would redeem it now: for one who has to be woken first. */
  holds(asked: Asked): boolean;
  /** Called at each new offer, until the returned function is called: for a door at which somebody waits. */
  watch(listener: () => void): () => void;
}

type Held = { readonly grant: Grant; readonly to: OfferedTo; readonly settle: (redemption: Redemption) => void };

/** More grants than a station makes in 30 s, the longest that one lives. */
const remembered = 1_000;

/** `clock`: station time, which counts suspend; a grant does not outlive a closed lid. */
export function createOffers(clock: Clock): Offers {
  const listeners = new Set<() => void>();
  const known = new Set<GrantId>();
  let held: Held | null = null;
  let timer: NodeJS.Timeout | undefined;

  const end = (redemption: Redemption): void => {
    clearTimeout(timer);
    const { settle } = held ?? {};
    held = null;
    settle?.(redemption);
  };
  const isOver = ({ grant }: Held): boolean => clock.now() >= grant.expiresAt;
  // Timers stand still while the computer sleeps: whoever redeems looks at the clock as well.
  const arm = (grant: Grant): void => {
    timer = setTimeout(() => (held !== null && isOver(held) ? end({ kind: 'expired' }) : arm(grant)), Math.max(1, Math.ceil(grant.expiresAt - clock.now())));
  };

  return {
    offer: (grant, to) => {
      end({ kind: 'revoked' });
      if (known.has(grant.id)) return Promise.resolve({ kind: 'revoked' });
      known.add(grant.id);
      if (known.size > remembered) known.delete(known.values().next().value ?? '');
      return new Promise((settle) => {
        held = { grant, to, settle };
        if (isOver(held)) return end({ kind: 'expired' });
        arm(grant);
        for (const listener of listeners) listener();
      });
    },
    revoke: () => end({ kind: 'revoked' }),
    redeem: (asked) => {
      if (held === null || !suits(asked, held.to)) return { kind: 'nothing' };
      if (isOver(held)) {
        end({ kind: 'expired' });
        return { kind: 'nothing' };
      }
      const { id } = held.grant;
      end({ kind: 'redeemed' });
      return { kind: 'redeemed', grant: id };
    },
    holds: (asked) => held !== null && suits(asked, held.to) && !isOver(held),
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A locker opens nothing but its own session; a display manager both signs in and unlocks. */
function suits(asked: Asked, to: OfferedTo): boolean {
  if (asked.account !== to.account) return false;
  switch (asked.door) {
    case 'root':
      return (to.seat === undefined || asked.seat === to.seat) && (to.tty === undefined || asked.tty === to.tty);
    case 'locker':
      return to.session !== null && (asked.session === null || asked.session === to.session);
    default:
      return asked satisfies never;
  }
}
