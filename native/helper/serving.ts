/** Orders of the agent come in, hook files run one event after another, and how they ended goes back: what a session helper does on any system. */
import { type ContextId, type FromHelper, isProgramPath, type ToHelper } from '../../core/helper-link.ts';
import type { Desktop } from './desktop.ts';
import type { HookRun, Ran } from './hooks.ts';
import type { Locker } from './locker.ts';

/** For hooks that the helper runs by itself, when no agent is there to say. */
const ownHookTime = 5_000;

export type ServingParts = {
  readonly desktop: Desktop;
  readonly hooks: (order: HookRun, signal: AbortSignal) => Promise<Ran>;
  readonly locker: Locker;
  /** The program file that a process of this account runs; null: it cannot be seen. */
  readonly programOf: (pid: number) => string | null;
  readonly send: (message: FromHelper) => void;
};
export type Serving = {
  readonly take: (order: ToHelper) => void;
  /** What is said first to an agent, once nobody's work is in view that need not be. */
  readonly greet: () => Promise<FromHelper>;
  /** The agent is gone. */
  readonly lost: () => void;
  /** Without an agent nobody's work stays in view; false: it may. */
  readonly parkShown: () => Promise<boolean>;
};

export function createServing({ desktop, hooks, locker, programOf, send }: ServingParts): Serving {
  const running = new Map<number, AbortController>();
  let last: Promise<unknown> = Promise.resolve();

  /** What shows, parks and ends: one event after another, whoever asked. */
  function run(order: HookRun, signal: AbortSignal): Promise<Ran> {
    const { event, context } = order;
    const act = async (): Promise<Ran> => {
      // Said before it is so: a helper that dies in between parks it as it comes back.
      if (event === 'open') desktop.show(context);
      if (event === 'lock' || event === 'switch') locker.lock();
      const ran = await hooks(order, signal);
      if (event === 'open' && ran.how === 'done') locker.open();
      if (event !== 'open' && ran.how === 'done' && isParking(event) && desktop.shown() === context) desktop.show(null);
      return ran;
    };
    // Nobody waits for these, least of all a lock.
    if (event === 'warn' || event === 'emergency') return act();
    const ran = last.then(act);
    last = ran.catch(() => undefined);
    return ran;
  }
  const isParking = (event: HookRun['event']): boolean => event === 'lock' || event === 'switch' || event === 'sign-out';

  /** Without an agent nobody's work stays in view; false: it may. */
  async function parkShown(): Promise<boolean> {
    const context: ContextId | null = desktop.shown();
    if (context !== null) await run({ event: 'lock', context, within: ownHookTime }, new AbortController().signal);
    return desktop.shown() === null;
  }

  function take(order: ToHelper): void {
    if (order.kind === 'stop') return running.get(order.id)?.abort();
    if (order.kind === 'program') {
      const path = programOf(order.pid);
      return send({ kind: 'program', id: order.id, path: isProgramPath(path) ? path : null });
    }
    const { id } = order;
    const stop = new AbortController();
    running.set(id, stop);
    void run(order, stop.signal)
      .then(
        (ran) => send({ kind: 'ran', id, ...ran }),
        () => send({ kind: 'ran', id, how: 'failed', hook: null }),
      )
      .finally(() => running.delete(id));
  }

  return {
    take,
    greet: async () => {
      await parkShown();
      return { kind: 'hello', session: desktop.session, shown: desktop.shown() };
    },
    lost: () => {
      for (const stop of running.values()) stop.abort();
      void parkShown();
    },
    parkShown,
  };
}
