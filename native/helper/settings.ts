/** The session helper's command line comes in; its settings go out, or one sentence on what is wrong with it. */

import { join } from 'node:path';
import { parseArgs } from 'node:util';

export type HelperSettings = {
  /** The agent's door. */
  readonly socket: string;
  /** Who must be listening there. */
  readonly agentUid: number;
  readonly hooks: string;
  readonly contexts: string;
  /** Tapward's own programs, which hooks find beside the system's. */
  readonly programs: string;
  readonly runtime: string;
  /** A program to start at each lock beside the face, root's alone; null: none. */
  readonly locker: string | null;
};

const options = {
  socket: { type: 'string', default: '/run/tapward/helper.sock' },
  'agent-uid': { type: 'string' },
  hooks: { type: 'string', default: '/etc/tapward/hooks.d' },
  programs: { type: 'string', default: '/usr/lib/tapward/hooks' },
  locker: { type: 'string' },
} as const;

/** `env` must name HOME and XDG_RUNTIME_DIR, as a session's does. Throws the sentence. */
export function helperSettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): HelperSettings {
  const { values } = parseArgs({ args: [...args], options, strict: true });
  const agentUid = Number(values['agent-uid'] ?? Number.NaN);
  const { HOME: home, XDG_RUNTIME_DIR: runtime } = env;
  if (!Number.isSafeInteger(agentUid) || agentUid < 0) throw new Error('Say which account the agent runs as: --agent-uid and its number.');
  if (home === undefined || runtime === undefined) throw new Error('Start this in a session: HOME and XDG_RUNTIME_DIR are not set.');
  const { socket, hooks, programs, locker } = values;
  return { socket, agentUid, hooks, programs, runtime, contexts: join(home, '.local/state/tapward'), locker: locker ?? null };
}
