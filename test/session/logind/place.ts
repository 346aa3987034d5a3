/** A stand with logind comes in; controllers on it go out, with a display manager and lockers that take grants as PAM would, and the wait for what they report. */
import type { SessionController } from '../../../core/ports.ts';
import type { Grant, SessionNews, Snapshot } from '../../../core/types.ts';
import { createClock } from '../../../native/clock/clock.ts';
import { createLogind, type LogindOptions } from '../../../native/session/logind/controller.ts';
import type { Locker } from '../../../native/session/logind/locker.ts';
import { createOffers, type Offers } from '../../../native/session/offers.ts';
import type { SeatStand } from './stand.ts';

export const clock = createClock();
export const vtOf: Readonly<Record<string, number>> = { sam: 5, ana: 6, mallory: 8, greeter: 7 };
/** Account and subscriber share their name's beginning; `mallory` has an account and is not enrolled. */
export const accounts = {
  accountOf: (subscriber: string): string | null => (subscriber === 's-sam' || subscriber === 's-ana' ? subscriber.slice(2) : null),
  subscriberOf: (account: string): string | null => (account === 'sam' || account === 'ana' ? `s-${account}` : null),
};
export const hinted: Locker = { kind: 'hint' };

let number = 0;
export const grantFor = (subscriber: string, intent: Grant['intent'], { seq }: Snapshot, more: Partial<Grant> = {}): Grant => ({
  id: `logind-${++number}`,
  subscriber,
  intent,
  seq,
  expiresAt: clock.now() + 30_000,
  ...more,
});

/** The greeter lets in whoever a grant is held for: PAM, and then a session on that person's VT. Stops with the returned function. */
export function greet(seat: SeatStand, offers: Offers, how: { readonly account?: string; readonly begins?: boolean } = {}): () => void {
  const look = (): void => {
    for (const account of how.account === undefined ? ['sam', 'ana'] : [how.account]) {
      if (offers.redeem({ door: 'root', account, seat: 'seat0', tty: 'tty7' }).kind !== 'redeemed' || how.begins === false) continue;
      void seat.enter(account, { vt: vtOf[account] ?? 0 }).then((id) => seat.activate(id));
    }
  };
  return offers.watch(() => setImmediate(look));
}

export type Place = AsyncDisposable & {
  readonly c: SessionController;
  readonly offers: Offers;
  readonly news: readonly SessionNews[];
  readonly snapshots: readonly Snapshot[];
  readonly said: readonly string[];
};

/** Every session of earlier tests is gone, and a greeter stands on its VT. */
export async function place(seat: SeatStand, options: Partial<LogindOptions> & { readonly greeter?: boolean } = {}): Promise<Place> {
  await seat.clear();
  if (options.greeter !== false) await seat.activate(await seat.enter('greeter', { vt: 7, of: 'greeter' }));
  const offers = createOffers(clock);
  const said: string[] = [];
  const c = await createLogind({
    clock,
    accounts,
    offers,
    locker: hinted,
    endUnlocked: 'off',
    greeterVt: 0,
    address: seat.address,
    diagnose: (text) => said.push(text),
    ...options,
  });
  const news: SessionNews[] = [];
  const snapshots: Snapshot[] = [];
  c.hear((one) => news.push(one));
  c.watch((one) => snapshots.push(one));
  return { c, offers, news, snapshots, said, [Symbol.asyncDispose]: () => c[Symbol.asyncDispose]() };
}

/** Looks every 10 ms; throws with `what` after 8 s. */
export async function until(what: string, seen: () => boolean | Promise<boolean>, patience = 8_000): Promise<void> {
  for (const end = performance.now() + patience; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, 10))) if (await seen()) return;
  throw new Error(`not within ${patience} ms: ${what}`);
}
