/** The environment comes in; where an installed station keeps its state, its policy and its doors goes out, and the policy that lies there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPolicy, type Policy } from '../core/policy.ts';
import { installedDir } from './cli/place.ts';
import { readPolicy } from './policy-file.ts';

/** `state`: the agent's own, 0700. `run`: its doors, gone at shutdown. */
export type Places = { readonly state: string; readonly run: string; readonly policy: string };

/** As systemd made them for the unit (STATE_DIRECTORY and the like, systemd.exec(5)); the same without it. On Windows one folder, as the host made it: doors are pipes there. */
export const installedPlaces = (env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): Places => platform === 'win32' ? { state: installedDir(), run: installedDir(), policy: join(installedDir(), 'policy.json') } : ({
  state: env['STATE_DIRECTORY'] ?? installedDir(),
  run: env['RUNTIME_DIRECTORY'] ?? '/run/tapward',
  policy: join(env['CONFIGURATION_DIRECTORY'] ?? '/etc/tapward', 'policy.json'),
});

/** Beside the store; an installed station's own lies where administrators look for it. */
export function policyPath(dir: string, mode: 'evaluation' | 'installed'): string {
  const beside = join(dir, 'policy.json');
  return mode === 'installed' && !existsSync(beside) ? installedPlaces().policy : beside;
}

/** The policy in force, and what is wrong with the file: then the defaults hold, all of them. */
export function readInstalledPolicy({ policy: path }: Places, computer: string): { readonly policy: Policy; readonly faults: readonly string[] } {
  const found = readPolicy(path, { mode: 'installed', stationName: computer });
  return found.kind === 'refused' ? { policy: { ...defaultPolicy, stationName: computer }, faults: found.faults } : { policy: found.policy, faults: [] };
}
