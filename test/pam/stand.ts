/** What the core is doing comes in, made up; real doors with a real module behind real PAM stacks go out, and what they told the agent. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PamDoorLimits } from '../../agent/pam/door.ts';
import { type LockerNews, openLockerDoor } from '../../agent/pam/locker-door.ts';
import { openRootDoor } from '../../agent/pam/root-door.ts';
import { nativeProgram } from '../../build/native.ts';
import type { Gesture } from '../../core/bridge.ts';
import type { Clock } from '../../core/ports.ts';
import type { Grant, Language, State } from '../../core/types.ts';
import { createClock } from '../../native/clock/clock.ts';
import { peerOf } from '../../native/peer/peer.ts';
import { createOffers, type Offers } from '../../native/session/offers.ts';
import { createNamespace, type Namespace, type Person, type Ran, type RunOptions, uids } from './namespace.ts';

export type Stand = AsyncDisposable &
  Omit<Namespace, typeof Symbol.dispose> & {
    readonly clock: Clock;
    readonly offers: Offers;
    readonly noted: string[];
    readonly opened: string[];
    readonly heard: LockerNews[];
    readonly gestures: Gesture[];
    /** What the core asks of whom; null: nothing. */
    readonly asks: (claim: State['claim'], desk?: State['desk']) => void;
    readonly module: string;
    readonly pamtester: (service: string, account: string, options?: RunOptions & { readonly args?: readonly string[]; readonly operations?: readonly string[] }) => Promise<Ran>;
    readonly closeDoors: () => Promise<void>;
  };

/** Stacks of these services hold nothing but our module, so that success is ours alone. */
export const services = ['lightdm', 'su', 'su-l', 'sudo', 'polkit-1', 'sshd', 'other-dm', 'xsecurelock'];

let grants = 0;
export const grantFor = (subscriber: string, clock: Clock, lasts = 10_000, intent: Grant['intent'] = 'signIn'): Grant => ({
  id: `g${++grants}`,
  subscriber,
  intent,
  seq: 1,
  expiresAt: clock.now() + lasts,
});

/** The person whose account this is. */
export const subscriberOf = (account: string): string | null => (account in uids ? `s-${account}` : null);

export const nobody: State['claim'] = { kind: 'none' };
/** She has tapped, and her PIN is asked. */
export const pinOf = (person: Person, more: Partial<Extract<State['claim'], { readonly kind: 'pin' }>> = {}): State['claim'] => ({
  kind: 'pin',
  digits: 0,
  lastKey: 0,
  shown: 0,
  remark: null,
  ask: null,
  tap: {
    attempt: 7,
    subscriber: { id: `s-${person}`, given: '', initial: '', language: null, role: null },
    badge: 'b',
    grade: 'aes',
    keyPin: null,
    tag: null,
    spareUntil: null,
    hint: null,
    arrivedAt: 0,
    readAt: 0,
  },
  ...more,
});

export type StandParts = {
  readonly build?: 'pam' | 'pam-checked' | 'pam-plain';
  readonly limits?: Partial<PamDoorLimits>;
  readonly services?: readonly string[];
  readonly sessionOf?: (pid: number) => string | null;
  /** Of the station. */
  readonly language?: Language;
  /** Told of each gesture: plays the core. */
  readonly core?: (gesture: Gesture, stand: Stand) => void;
};

/** Named by the policy, as far as the policy can; what may never ask is among them, and must be refused all the same. */
const usuallyListed = ['lightdm', 'other-dm', 'su', 'sudo', 'polkit-1', 'sshd'];

export async function openStand({ build = 'pam', limits, services: listed = usuallyListed, sessionOf = () => '2', core, language = 'en' }: StandParts = {}): Promise<Stand> {
  const program = await nativeProgram(build);
  const space = createNamespace();
  const module = join(space.dir, 'pam_tapward.so');
  copyFileSync(program, module);
  for (const service of services) {
    space.stack(service, [`auth sufficient ${module}`, 'auth required pam_deny.so', 'account required pam_permit.so', `session optional ${module}`]);
  }
  const clock = createClock();
  const offers = createOffers(clock);
  const [noted, opened, heard, gestures]: [string[], string[], LockerNews[], Gesture[]] = [[], [], [], []];
  const listeners = new Set<() => void>();
  let state = { claim: nobody, desk: { kind: 'locked' } } as State;
  mkdirSync(join(space.run, 'locker'), { mode: 0o755 });
  const note = (text: string): void => void noted.push(text);
  const doors = await Promise.all([
    openRootDoor({
      path: join(space.run, 'pam.sock'),
      offers,
      peerOf,
      noted: note,
      services: () => listed,
      seat: 'seat0',
      subscriberOf,
      opened: ({ account, session, service }) => void opened.push(`${account} ${session} ${service}`),
      dialogue: {
        state: () => state,
        changes: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        gesture: (gesture) => {
          gestures.push(gesture);
          core?.(gesture, stand);
        },
        pinLength: () => 6,
        now: () => clock.now(),
        language: () => language,
        phone: () => '4321',
      },
      ...(limits === undefined ? {} : { limits }),
    }),
    ...Object.entries(uids).map(([account, uid]) =>
      openLockerDoor({
        path: join(space.run, 'locker', `${uid}.sock`),
        uid,
        account,
        offers,
        peerOf,
        sessionOf,
        noted: note,
        heard: (news) => void heard.push(news),
        ...(limits === undefined ? {} : { limits }),
      }),
    ),
  ]);
  const closeDoors = async (): Promise<void> => void (await Promise.all(doors.splice(0).map((door) => door.close())));
  const stand: Stand = {
    clock,
    offers,
    noted,
    opened,
    heard,
    gestures,
    module,
    closeDoors,
    run: space.run,
    dir: space.dir,
    stack: space.stack,
    exec: space.exec,
    enter: space.enter,
    asks: (claim, desk = { kind: 'locked' }) => {
      state = { ...state, claim, desk };
      for (const listener of listeners) listener();
    },
    pamtester: (service, account, { args = [], operations = ['authenticate'], ...options } = {}) => space.exec(['pamtester', ...args, service, account, ...operations], options),
    [Symbol.asyncDispose]: async () => {
      await closeDoors();
      offers.revoke();
      space[Symbol.dispose]();
    },
  };
  return stand;
}
