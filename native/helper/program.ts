/** The session helper: a program of the session's own user. Orders of the agent come in over its door, hook files run, and how they ended, and that somebody is at work, goes back. It knows nobody's name and opens nothing. */
import { join } from 'node:path';
import { programOf } from '../peer/program.ts';
import { openDesktop } from './desktop.ts';
import { hookEnvironment, runHooks } from './hooks.ts';
import { watchInput } from './input.ts';
import { startAgentLink } from './link.ts';
import { createLocker } from './locker.ts';
import { createServing } from './serving.ts';
import { helperSettings } from './settings.ts';
import { runWindowsHelper } from './windows/program.ts';

const systemPath = '/usr/local/bin:/usr/bin:/bin';

/** Serves its session until it is told to end, or its display is gone. `args`: its command line. Throws one sentence for what it cannot serve. */
export function runHelper(args: readonly string[]): void {
  if (process.platform === 'win32') return runWindowsHelper();
  const settings = helperSettings(args, process.env);
  const desktop = openDesktop(settings.runtime);
  const parts = { folder: settings.hooks, contexts: settings.contexts, env: hookEnvironment(process.env, `${settings.programs}:${systemPath}`) };
  const locker = createLocker(settings.locker, process.env);
  const serving = createServing({
    desktop,
    locker,
    programOf,
    hooks: (order, signal) => runHooks(parts, order, signal),
    send: (message) => link.send(message),
  });
  const link = startAgentLink({ path: settings.socket, agentUid: settings.agentUid, ...serving });
  const end = async (code: number): Promise<void> => {
    link.end();
    await serving.parkShown();
    process.exit(code);
  };
  // Under Wayland nothing here sees input: the walk-away there counts from the last tap or touch of the face.
  if (process.env['DISPLAY'] !== undefined)
    watchInput(
      join(settings.programs, 'tapward-input'),
      (how) => link.send({ kind: 'input', how }),
      () => void end(1),
    );
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => void end(0));
}

if (import.meta.main) runHelper(process.argv.slice(2));
