/** The logind controller with real PAM before it comes in: who signs in does so through our module at the greeter's door, who unlocks through it at her locker's; the contract of every SessionController is tested on it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectBus } from '../../native/dbus/bus.ts';
import type { LockerReport } from '../../native/session/logind/locker.ts';
import { openLogin } from '../../native/session/logind/login.ts';
import { sessionControllerContract } from '../contract/session-controller.ts';
import { need } from '../needs.ts';
import { place } from '../session/logind/place.ts';
import { type SeatStand, startSeat } from '../session/logind/stand.ts';
import { type Person, uids } from './namespace.ts';
import { openStand, type Stand } from './stand.ts';

const skip = need('linux', 'root', 'logind', 'vts', 'pamStack');
const vtOf: Readonly<Record<Person, number>> = { alice: 5, bob: 6 };
const people = Object.keys(vtOf) as Person[];

let seat: SeatStand;
let stand: Stand;
let stack: AsyncDisposableStack;
/** Every transaction that let somebody in, by its service. */
const passed: string[] = [];

before(async () => {
  if (skip !== false) return;
  stack = new AsyncDisposableStack();
  seat = stack.use(await startSeat({}, { enter: [], people: { ...uids, greeter: 40_003 } }));
  stand = stack.use(await openStand({ services: ['lightdm'], sessionOf: () => null }));
  stand.stack('swaylock', [`auth sufficient ${stand.module}`, 'auth required pam_deny.so']);
});
after(() => stack?.disposeAsync());

/** The greeter and each session's locker: nothing of theirs opens but by PAM's word. */
async function attend(report: (one: LockerReport) => void): Promise<AsyncDisposable> {
  const bus = await connectBus(seat.address);
  const sessions = new Map<string, Person>();
  const covered = new Set<string>();
  const tell = (session: string, how: 'covered' | 'opened'): void => {
    const account = sessions.get(session);
    if (account === undefined) return;
    if (how === 'covered') covered.add(session);
    else covered.delete(session);
    report({ account, session, how });
  };
  await openLogin(bus, (news) => void (news.kind === 'lockAsked' && tell(news.session, 'covered')));
  const signIn = async (account: Person): Promise<void> => {
    if ((await stand.pamtester('lightdm', account, { args: ['-I', 'tty=:0'] })).code !== 0) return;
    passed.push('lightdm');
    const id = await seat.enter(account, { vt: vtOf[account] });
    sessions.set(id, account);
    await seat.activate(id);
  };
  const unlock = async (account: Person, session: string): Promise<void> => {
    if ((await stand.pamtester('swaylock', account, { as: account })).code !== 0) return;
    passed.push('swaylock');
    tell(session, 'opened');
  };
  const look = (): void => {
    for (const account of people) {
      const session = [...covered].find((id) => sessions.get(id) === account);
      if (stand.offers.holds({ door: 'locker', account, session: null })) void (session !== undefined && unlock(account, session));
      else if (stand.offers.holds({ door: 'root', account, seat: 'seat0', tty: ':0' })) void signIn(account);
    }
  };
  const leave = stand.offers.watch(() => setImmediate(look));
  return {
    [Symbol.asyncDispose]: async () => {
      leave();
      await bus[Symbol.asyncDispose]();
    },
  };
}

sessionControllerContract('logind behind PAM', {
  clock: { now: () => stand.clock.now() },
  skip,
  make: async () => {
    const listeners: ((one: LockerReport) => void)[] = [];
    const around = await attend((one) => listeners.forEach((listener) => listener(one)));
    const { c } = await place(seat, {
      accounts: {
        accountOf: (subscriber) => people.find((account) => subscriber === `s-${account}`) ?? null,
        subscriberOf: (account) => (account in uids ? `s-${account}` : null),
      },
      offers: stand.offers,
      locker: { kind: 'locker', onReport: (listener) => void listeners.push(listener) },
    });
    return {
      ...c,
      [Symbol.asyncDispose]: async () => {
        await c[Symbol.asyncDispose]();
        await around[Symbol.asyncDispose]();
      },
    };
  },
  people: ['s-alice', 's-bob'],
});

test('each of them was let in by the module, at the greeter’s door and at her locker’s', { skip }, () => {
  assert.deepEqual([...new Set(passed)].toSorted(), ['lightdm', 'swaylock']);
  assert.ok(passed.length >= 12, passed.join(' '));
  assert.deepEqual([stand.noted, stand.opened], [[], []]);
});
