/** The session helper on Windows: a program of the session's own user, started there by the host. Orders of the agent come in over the host's pipe, hook files run, and how they ended, and that somebody is at work, goes back. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { sessionPipe } from '../../../core/host-link.ts';
import { openDesktop } from '../desktop.ts';
import { runHooks } from '../hooks.ts';
import { createServing } from '../serving.ts';
import type { HookTrust } from './hook-file.ts';
import { windowsHookEnvironment, windowsHooks } from './hooks.ts';
import { startHostLink } from './link.ts';
import { loadWindowsSystem } from './system.ts';

/** As the host reads it for walk-away: no finer, so that it says how long nobody was there, and nothing of what was typed. */
const lookEvery = 1_000;

/** Serves its session until Windows ends it. Throws one sentence where it was not started as the host does. `trust`: whose files are hooks; the administrators', unless a test says. */
export function runWindowsHelper(trust: Omit<HookTrust, 'sddlOf'> = {}, env: NodeJS.ProcessEnv = process.env): void {
  const { TAPWARD_SESSION: said = '', LOCALAPPDATA: local, ProgramData: shared = 'C:\\ProgramData' } = env;
  if (!/^\d{1,9}$/.test(said) || local === undefined) throw new Error('The Tapward service starts this in each session: TAPWARD_SESSION and LOCALAPPDATA are not set.');
  const session = Number(said);
  const system = loadWindowsSystem();
  const own = join(local, 'Tapward');
  // Windows takes nothing away with a session that ends: what one has shown is not what a later one shows.
  const desktop = openDesktop(join(own, 'sessions', logonOf(session, env)));
  const parts = {
    folder: join(shared, 'Tapward', 'hooks.d'),
    contexts: join(own, 'contexts'),
    env: windowsHookEnvironment(env, dirname(process.execPath), system.folder),
    system: windowsHooks(system, trust),
  };
  const serving = createServing({
    desktop,
    programOf: () => null,
    hooks: (order, signal) => runHooks(parts, order, signal),
    send: (message) => link.send(message),
    // The host asks for Windows' own lock; in a kiosk the face is what locks.
    locker: { lock: () => undefined, open: () => undefined },
  });
  const link = startHostLink({ path: sessionPipe('helper', session), session, lock: system.lock, ...serving });
  let last = system.lastInput();
  setInterval(() => {
    const now = system.lastInput();
    // Whichever it was: Windows does not say.
    if (now !== last) link.send({ kind: 'input', how: 'pointer' });
    last = now;
  }, lookEvery);
}

/** The same as long as this logon lasts. */
const logonOf = (session: number, { SESSIONNAME = '', TAPWARD_LOGON = '' }: NodeJS.ProcessEnv): string =>
  createHash('sha256').update(`${session} ${SESSIONNAME} ${TAPWARD_LOGON}`).digest('hex').slice(0, 16);
