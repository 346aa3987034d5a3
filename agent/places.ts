/** The environment comes in; where an installed station keeps its state, its policy and its doors goes out, and the policy that lies there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '../core/policy.ts';
import { installedDir } from './cli/place.ts';
import type { Fault } from './policy/fault.ts';
import { lastGoodIn } from './policy/last-good.ts';
import { noRegistry, readSources } from './policy/reading.ts';
import { judgeSources } from './policy/sources.ts';

/** `state`: the agent's own, 0700. `run`: its doors, gone at shutdown. */
export type Places = { readonly state: string; readonly run: string; readonly policy: string };

/** As systemd made them for the unit (STATE_DIRECTORY and the like, systemd.exec(5)); the same without it. On Windows one folder, as the host made it: doors are pipes there. */
export const installedPlaces = (env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): Places =>
  platform === 'win32'
    ? { state: installedDir(), run: installedDir(), policy: join(installedDir(), 'policy.json') }
    : {
        state: env['STATE_DIRECTORY'] ?? installedDir(),
        run: env['RUNTIME_DIRECTORY'] ?? '/run/tapward',
        policy: join(env['CONFIGURATION_DIRECTORY'] ?? '/etc/tapward', 'policy.json'),
      };

/** Beside the store; an installed station's own lies where administrators look for it. */
export function policyPath(dir: string, mode: 'evaluation' | 'installed'): string {
  const beside = join(dir, 'policy.json');
  return mode === 'installed' && !existsSync(beside) ? installedPlaces().policy : beside;
}

/** Where no agent runs: the policy as it held last or would at the next start, and what is wrong with the sources. The registry's is not in it: on Windows the agent alone reads this. */
export function readInstalledPolicy({ policy: path, state }: Places, computer: string): { readonly policy: Policy; readonly faults: readonly Fault[] } {
  const site = { mode: 'installed', stationName: computer, computer, platform: process.platform } as const;
  const said = judgeSources(readSources(path, noRegistry), site);
  const kept = said.faults.length === 0 ? null : lastGoodIn(state, null).load();
  const found = [said, ...(kept === null ? [] : [judgeSources(kept, site)])].find(({ faults }) => faults.length === 0) ?? judgeSources([], site);
  return { policy: found.resolveOn(computer).policy, faults: said.faults };
}
