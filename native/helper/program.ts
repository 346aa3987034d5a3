/** The session helper: a program of the session's own user. Orders of the agent come in over its door, hook files run, and how they ended, and that somebody is at work, goes back. It knows nobody's name and opens nothing. */
import { join } from 'node:path';
import { type ContextId, isProgramPath, type ToHelper } from '../../core/helper-link.ts';
import { programOf } from '../peer/program.ts';
import { openDesktop } from './desktop.ts';
import { type HookRun, type Ran, runHooks } from './hooks.ts';
import { watchInput } from './input.ts';
import { startAgentLink } from './link.ts';
import { createLocker } from './locker.ts';
import { helperSettings } from './settings.ts';

/** For hooks that the helper runs by itself, when no agent is there to say. */
const ownHookTime = 5_000;
const systemPath = '/usr/local/bin:/usr/bin:/bin';

/** Serves its session until it is told to end, or its display is gone. `args`: its command line. Throws one sentence for what it cannot serve. */
export function runHelper(args: readonly string[]): void {
  const settings = helperSettings(args, process.env);
  const desktop = openDesktop(settings.runtime);
  const parts = { folder: settings.hooks, contexts: settings.contexts, path: `${settings.programs}:${systemPath}`, env: process.env };
  const locker = createLocker(settings.locker, process.env);
  const running = new Map<number, AbortController>();
  let last: Promise<unknown> = Promise.resolve();

  /** What shows, parks and ends: one event after another, whoever asked. */
  function run(order: HookRun, signal: AbortSignal): Promise<Ran> {
    const { event, context } = order;
    const act = async (): Promise<Ran> => {
      // Said before it is so: a helper that dies in between parks it as it comes back.
      if (event === 'open') desktop.show(context);
      if (event === 'lock' || event === 'switch') locker.lock();
      const ran = await runHooks(parts, order, signal);
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
      return link.send({ kind: 'program', id: order.id, path: isProgramPath(path) ? path : null });
    }
    const { id } = order;
    const stop = new AbortController();
    running.set(id, stop);
    void run(order, stop.signal).then(
      (ran) => link.send({ kind: 'ran', id, ...ran }),
      () => link.send({ kind: 'ran', id, how: 'failed', hook: null }),
    ).finally(() => running.delete(id));
  }

  const link = startAgentLink({
    path: settings.socket,
    agentUid: settings.agentUid,
    greet: async () => {
      await parkShown();
      return { kind: 'hello', session: desktop.session, shown: desktop.shown() };
    },
    take,
    lost: () => {
      for (const stop of running.values()) stop.abort();
      void parkShown();
    },
  });
  const end = async (code: number): Promise<void> => {
    link.end();
    await parkShown();
    process.exit(code);
  };
  // Under Wayland nothing here sees input: the walk-away there counts from the last tap or touch of the face.
  if (process.env['DISPLAY'] !== undefined) watchInput(join(settings.programs, 'tapward-input'), (how) => link.send({ kind: 'input', how }), () => void end(1));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => void end(0));
}

if (import.meta.main) runHelper(process.argv.slice(2));
