/** The environment comes in; where an installed station keeps its state, its policy and its doors goes out, and the policy that lies there. */
import { join } from 'node:path';
import { defaultPolicy, type Policy } from '../core/policy.ts';
import { installedDir } from './cli/place.ts';
import { readPolicy } from './policy-file.ts';

/** `state`: the agent's own, 0700. `run`: its doors, gone at shutdown. */
export type Places = { readonly state: string; readonly run: string; readonly policy: string };

/** As systemd made them for the unit (STATE_DIRECTORY and the like, systemd.exec(5)); the same without it. */
export const installedPlaces = (env: NodeJS.ProcessEnv = process.env): Places => ({
  state: env['STATE_DIRECTORY'] ?? installedDir(),
  run: env['RUNTIME_DIRECTORY'] ?? '/run/tapward',
  policy: join(env['CONFIGURATION_DIRECTORY'] ?? '/etc/tapward', 'policy.json'),
});

/** The policy in force, and what is wrong with the file: then the defaults hold, all of them. */
export function readInstalledPolicy({ policy: path }: Places, computer: string): { readonly policy: Policy; readonly faults: readonly string[] } {
  const found = readPolicy(path, { mode: 'installed', stationName: computer });
  return found.kind === 'refused' ? { policy: { ...defaultPolicy, stationName: computer }, faults: found.faults } : { policy: found.policy, faults: [] };
}
